from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from scraper.errors import Blocked, BrowserDied, BudgetSpent, Disallowed, FetchFailed, ServerError
from scraper.fetch import retry_after_seconds
from scraper.politeness import Budget, Manners, RetryPolicy, Robots, Throttle
from scraper.ports import Page


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.starts: list[float] = []

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def throttle(self, gap: float, jitter: float = 0.3) -> Throttle:
        return Throttle(gap, jitter, self.wait, lambda: self.now, seed=3)

    def send(self, throttle: Throttle, takes: float = 0.0) -> None:
        throttle.admit()
        self.starts.append(self.now)
        self.now += takes
        throttle.observe(takes)


def _most_in_any(window: float, starts: list[float]) -> int:
    return max(sum(start <= other < start + window for other in starts) for start in starts)


def test_the_gap_varies_both_ways_and_costs_no_time_in_the_long_run() -> None:
    clock = Clock()
    throttle = clock.throttle(3.0)
    for _ in range(200):
        clock.send(throttle, takes=0.2)
    gaps = [later - earlier for earlier, later in zip(clock.starts, clock.starts[1:], strict=False)]
    assert min(gaps) < 2.6
    assert max(gaps) > 3.4
    assert min(gaps) >= 3.0 * 0.7 - 1e-9
    assert clock.starts[-1] - clock.starts[0] <= 199 * 3.0 * 1.01


@pytest.mark.parametrize("seed", range(20))
def test_no_window_of_ten_seconds_holds_more_requests_than_the_policy_allows(seed: int) -> None:
    clock, draw = Clock(), random.Random(seed)
    throttle = Throttle(3.0, 0.3, clock.wait, lambda: clock.now, seed=seed)
    for _ in range(300):
        clock.now += draw.choice([0.0, 0.0, 4.0])  # work between requests
        clock.send(throttle, takes=draw.uniform(0, 1.4))
    assert _most_in_any(10.0, clock.starts) <= 4


def test_a_slow_site_is_given_as_much_rest_as_it_worked() -> None:
    clock = Clock()
    throttle = clock.throttle(3.0)
    for _ in range(20):
        clock.send(throttle, takes=5.0)
    assert throttle.current_gap() == pytest.approx(10.0)
    for _ in range(30):
        clock.send(throttle, takes=0.1)
    assert throttle.current_gap() == 3.0


def test_no_gap_is_owed_to_this_very_machine() -> None:
    clock = Clock()
    throttle = clock.throttle(0.0)
    for _ in range(5):
        clock.send(throttle, takes=2.0)
    assert clock.now == 110.0


def test_a_budget_lets_exactly_its_requests_through() -> None:
    budget = Budget(3)
    for _ in range(3):
        budget.take()
    with pytest.raises(BudgetSpent, match="3"):
        budget.take()
    assert budget.spent == 3


RULES = "User-agent: *\nAllow: /chart\nDisallow: /\nCrawl-delay: 7\n"
SITE = "https://www.melon.com"


def test_robots_rules_are_obeyed_by_path_and_agent() -> None:
    robots = Robots(RULES, "ReUmi/0.1")
    assert robots.allows(f"{SITE}/chart/index.htm")
    assert not robots.allows(f"{SITE}/song/detail.htm?songId=1")
    assert robots.allows(f"{SITE}/robots.txt")
    assert robots.crawl_delay == 7.0
    assert Robots(f"User-agent: reumi\nAllow: /\n\n{RULES}", "ReUmi/0.1").allows(f"{SITE}/song/detail.htm")


def test_a_forbidden_address_is_neither_counted_nor_waited_for() -> None:
    clock = Clock()
    manners = Manners(clock.throttle(3.0), Budget(5), Robots(RULES, "ReUmi/0.1"))
    with pytest.raises(Disallowed):
        manners.admit(f"{SITE}/song/detail.htm?songId=1")
    assert (manners.budget.spent, clock.now) == (0, 100.0)
    manners.admit(f"{SITE}/chart/index.htm")
    assert manners.budget.spent == 1


@pytest.mark.parametrize(("status", "allowed"), [(200, False), (404, True), (410, True)])
def test_a_site_without_a_robots_file_forbids_nothing(status: int, allowed: bool) -> None:
    assert Robots.read(Page(f"{SITE}/robots.txt", RULES, status, 0.0), "ReUmi").allows(f"{SITE}/genre/x") is allowed


def test_a_robots_file_that_cannot_be_had_allows_nothing() -> None:
    with pytest.raises(Blocked):
        Robots.read(Page(f"{SITE}/robots.txt", "no", 406, 0.0), "ReUmi")
    with pytest.raises(FetchFailed):
        Robots.read(Page(f"{SITE}/robots.txt", "oops", 503, 0.0), "ReUmi")


def test_refusals_are_waited_out_a_minute_then_ten_then_the_run_stops() -> None:
    policy, refusal = RetryPolicy(), Blocked("u", "HTTP 406")
    assert [policy.after_refusal(refusal, number) for number in (1, 2, 3)] == [60.0, 600.0, None]


def test_retry_after_is_honoured_where_it_is_longer() -> None:
    policy = RetryPolicy()
    assert policy.after_refusal(Blocked("u", "HTTP 429", retry_after=90.0), 1) == 90.0
    assert policy.after_refusal(Blocked("u", "HTTP 429", retry_after=5.0), 1) == 60.0
    assert policy.after_refusal(Blocked("u", "HTTP 429", retry_after=4000.0), 1) is None
    assert policy.after_failure(ServerError("u", "HTTP 503", retry_after=30.0), 1) == 30.0


def test_each_kind_of_failure_has_its_own_patience() -> None:
    policy = RetryPolicy()
    assert [policy.after_failure(FetchFailed("u", "timeout"), n) for n in (1, 2, 3, 4)] == [2.0, 20.0, 200.0, None]
    assert [policy.after_failure(ServerError("u", "500"), n) for n in (1, 2, 3)] == [2.0, 20.0, None]
    assert [policy.after_failure(BrowserDied("u", "x"), n) for n in (1, 7, 8)] == [0.0, 0.0, None]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("90", 90.0), (" 7 ", 7.0), ("Fri, 27 Nov 2026 00:02:00 GMT", 120.0), ("Thu, 26 Nov 2026 00:00:00 GMT", 0.0), (None, None)]
    + [(text, None) for text in ("soon", "²", "-5", "9" * 400, "")],
)
def test_a_retry_after_header_is_seconds_or_a_date_or_nothing(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, datetime(2026, 11, 27, tzinfo=UTC)) == seconds
