"""Checks of this machine: Python, names, browser, driver, fonts, clock, room on the disk."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import reumi
from reumi.doctor.finding import Finding, fail, ok, warn
from reumi.settings import Settings

PACKAGES = ("scraper", "storage", "tagging", "recommender", "migrations", "reumi")
_LEAST_ROOM, _LITTLE_ROOM = 200 * 2**20, 2 * 2**30
_OLDEST_YEAR = 2024


def python() -> Iterator[Finding]:
    """Versions of Python and ReUmi."""
    yield ok("python", f"{platform.python_version()} ({sys.executable}), reumi {reumi.__version__}")


def names() -> Iterator[Finding]:
    """Whether another distribution took one of ReUmi's general package names."""
    home = Path(reumi.__file__).resolve().parent.parent
    owners = packages_distributions()
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        places = [Path(place).resolve().parent for place in (spec.submodule_search_locations or [])] if spec else []
        others = [owner for owner in owners.get(name, []) if owner.lower() != "reumi"]
        if home not in places or others:
            who = f"{', '.join(others)} brings one too" if others else f"`import {name}` finds {places[0] if places else 'nothing'}"
            yield fail("names", f"the package `{name}` is not ReUmi's own: {who}", "install ReUmi into an environment of its own")
            return
    yield ok("names", f"{', '.join(PACKAGES)} are ReUmi's own")


def browser(settings: Settings, start: bool) -> Iterator[Finding]:
    """A browser and a driver that fit, and, if wished, that they start."""
    from scraper.browser import Browser, BrowserPlan, find_browser
    from scraper.errors import BrowserMissing, FetchFailed

    if not settings.grid_url:
        try:
            path = find_browser()
        except BrowserMissing as missing:
            yield fail("browser", *str(missing).split(": ", 1))
            return
        version = _version(path)
        yield ok("browser", f"{path} {version}")
        yield _driver(version)
    if not start:
        return
    try:
        Browser(BrowserPlan(settings.user_agent, settings.page_timeout, settings.grid_url)).end()
    except (BrowserMissing, FetchFailed) as error:
        yield fail("browser", f"it does not start: {error}", "start it by hand and see what it says")
    else:
        yield ok("browser", f"starts and ends{f' on the Grid {settings.grid_url}' if settings.grid_url else ''}")


def fonts() -> Iterator[Finding]:
    """Whether a picture of a page shows Korean."""
    lister = shutil.which("fc-list")
    if lister is None:
        yield warn("fonts", "cannot be listed (no fc-list)", "only pictures of kept pages need Korean fonts: install fontconfig to check")
        return
    found = subprocess.run([lister, ":lang=ko", "family"], capture_output=True, check=False, timeout=20).stdout.decode("utf-8", "replace")
    families = sorted({line.split(",")[0] for line in found.splitlines() if line.strip()})
    if families:
        yield ok("fonts", f"{len(families)} families with Korean, such as {families[0]}")
    else:
        yield warn("fonts", "none has Korean: pictures of kept pages show boxes", "sudo apt install fonts-noto-cjk")


def clock() -> Iterator[Finding]:
    """Whether the time zone data are there and the clock is not plainly wrong."""
    now = datetime.now(UTC)
    try:
        seoul = now.astimezone(ZoneInfo("Asia/Seoul"))
    except ZoneInfoNotFoundError:
        yield fail("clock", "the time zone Asia/Seoul is not known here", "pip install tzdata")
        return
    if now.year < _OLDEST_YEAR:
        yield fail("clock", f"says {now:%Y-%m-%d}, which cannot be", "set the clock, and keep it right with NTP")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, {seoul:%H:%M} in Seoul")


def room(folder: Path) -> Iterator[Finding]:
    """Free space where the data set lies."""
    free = shutil.disk_usage(folder if folder.is_dir() else Path.cwd()).free
    said = f"{free / 2**30:.1f} GiB free in {folder}"
    if free < _LEAST_ROOM:
        yield fail("disk", said, "free some space: a crawl could not be saved")
    elif free < _LITTLE_ROOM:
        yield warn("disk", said, "free some space soon: an hourly chart needs about a gigabyte a year")
    else:
        yield ok("disk", said)


def _driver(browser_version: str) -> Finding:
    path = shutil.which("chromedriver")
    if path is None:
        return warn(
            "driver",
            "no chromedriver on PATH: the first crawl downloads one",
            "sudo apt install chromium-driver, to do without the network",
        )
    version = _version(path)
    if version.split(".")[0] != browser_version.split(".")[0]:
        return fail("driver", f"{path} {version} is for another browser than {browser_version}", "install the two in the same version")
    return ok("driver", f"{path} {version}")


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=30).stdout.decode("utf-8", "replace")
    number = re.search(r"\d+(\.\d+)+", said)
    return number[0] if number else "of an unknown version"
