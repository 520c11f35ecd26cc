"""Checks of the site: reachable, its robots.txt, its clock against ours, and who we say we are."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from reumi.doctor.finding import Finding, fail, ok, warn
from reumi.settings import Settings
from scraper.errors import ScraperError
from scraper.politeness.robots import Robots
from scraper.ports import Page
from scraper.records import Chart, ListKey
from scraper.site import SEVEN_GENRES, Site

_SECONDS = 10.0
_MOST_SKEW = 60.0


def identity(settings: Settings) -> Iterator[Finding]:
    """Whether the site's people could write to the crawler's."""
    if "set REUMI_USER_AGENT" in settings.user_agent and not Site(settings.site_url).is_loopback:
        yield warn("manners", "the User-Agent names nobody", 'REUMI_USER_AGENT="ReUmi/0.1 (+mailto:you@example.org)"')
    else:
        yield ok("manners", f"User-Agent {settings.user_agent}")


def site(settings: Settings) -> Iterator[Finding]:
    """One request: the site's robots.txt."""
    place = Site(settings.site_url)
    request = urllib.request.Request(place.robots_url(), headers={"User-Agent": settings.user_agent})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            status, date, text = answer.status, answer.headers.get("Date"), answer.read(500_000).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            status, date, text = error.code, error.headers.get("Date"), ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        yield warn("network", f"{place.root} cannot be reached ({reason})", "crawling needs it; everything else works without")
        return
    yield ok("network", f"{place.root} answers (HTTP {status} for robots.txt)")
    yield from _skew(date)
    yield _robots(place, settings, Page(place.robots_url(), text, status, 0.0))


def _robots(place: Site, settings: Settings, page: Page) -> Finding:
    from reumi.jobs.selection import Selection

    try:
        rules = Robots.read(page, settings.user_agent)
    except ScraperError as error:
        return fail("robots", str(error), "wait and try again; ReUmi does not crawl without having read it")
    lists = [*Selection(genres=(SEVEN_GENRES[0].code,)).lists(), ListKey(chart=Chart.TOP100)]
    urls = [*(place.list_url(key) for key in lists), place.song_url("1"), place.likes_url(["1"])]
    forbidden = [url for url in urls if not rules.allows(url)]
    if forbidden:
        return warn("robots", f"forbids {len(forbidden)} of {len(urls)} kinds of page to this User-Agent", "read docs/crawling.md first")
    delay = f", with {rules.crawl_delay:g} s between requests" if rules.crawl_delay else ""
    return ok("robots", f"allows what a crawl reads{delay}")


def _skew(date: str | None) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return
    skew = (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()
    if abs(skew) > _MOST_SKEW:
        yield warn("clock", f"differs from the site's by {skew:+.0f} s", "keep it right with NTP: slots and rows carry its time")
