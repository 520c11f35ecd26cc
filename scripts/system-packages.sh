#!/bin/sh
# Installs what ReUmi needs from Debian or Ubuntu, and only what is missing: Chromium with its driver, a Korean font, Python's venv module.
# Where that is not permitted, or the system is another one, it names what to install and stops.
set -eu

# Debian's and Ubuntu's names for the same two packages.
chromium=chromium driver=chromium-driver
if grep -qs '^ID=ubuntu' /etc/os-release; then chromium=chromium-browser driver=chromium-chromedriver; fi

missing=""
need() { missing="$missing $1"; }

command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || need "$chromium"
command -v chromedriver >/dev/null 2>&1 || need "$driver"
fc-list :lang=ko 2>/dev/null | grep -q . || need fonts-nanum
"${PYTHON:-python3}" -c 'import ensurepip, venv' >/dev/null 2>&1 || need python3-venv

[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        as_root="sudo"
    else
        echo "reumi: these Debian packages are missing and this user may not install them; ask for: apt-get install$missing" >&2
        exit 1
    fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "reumi: this system has no apt-get; install by hand: Chromium, its driver (chromedriver), a Korean font (needed:$missing)" >&2
    exit 1
fi

echo "installing from the system's packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # the list is meant to split into words
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
