from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from reumi.schedule.cron import Cron
from reumi.schedule.timetable import CronTimetable, IntervalTimetable, slots_between

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")


def local_slots(line: str, zone: ZoneInfo, start: str, count: int) -> list[str]:
    timetable, found = CronTimetable(Cron.read(line), zone), []
    slot = datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC)
    for _ in range(count):
        following = timetable.next_after(slot)
        assert following is not None
        slot = following
        found.append(f"{slot.astimezone(zone):%a %m-%d %H:%M %z}")
    return found


@pytest.mark.parametrize(
    ("line", "slots"),
    [
        ("7 * * * *", ["Tue 11-24 10:07 +0900", "Tue 11-24 11:07 +0900"]),
        ("20 13 * * *", ["Tue 11-24 13:20 +0900", "Wed 11-25 13:20 +0900"]),
        ("40 4 * * mon", ["Mon 11-30 04:40 +0900", "Mon 12-07 04:40 +0900"]),
        ("0 0 * * 0", ["Sun 11-29 00:00 +0900", "Sun 12-06 00:00 +0900"]),
        ("0 0 * * 7", ["Sun 11-29 00:00 +0900", "Sun 12-06 00:00 +0900"]),
        ("0 9 1 * fri", ["Fri 11-27 09:00 +0900", "Tue 12-01 09:00 +0900"]),
        ("*/20 9-10 * * 1-5", ["Tue 11-24 10:20 +0900", "Tue 11-24 10:40 +0900", "Wed 11-25 09:00 +0900"]),
        ("0 0 29 feb *", ["Tue 02-29 00:00 +0900"]),
        ("@daily", ["Wed 11-25 00:00 +0900"]),
        ("30 23 31 12 *", ["Thu 12-31 23:30 +0900", "Fri 12-31 23:30 +0900"]),
    ],
)
def test_slots_are_those_of_cron(line: str, slots: list[str]) -> None:
    assert local_slots(line, SEOUL, "2026-11-24T10:05", len(slots)) == slots


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("* * * *", "five fields"),
        ("60 * * * *", "minute field has `60`"),
        ("* 24 * * *", "hour field has `24`"),
        ("* * 0 * *", "day of the month field has `0`"),
        ("* * * 13 *", "month field has `13`"),
        ("* * * * someday", "day of the week field has `someday`"),
        ("*/0 * * * *", "no step"),
        ("*/ * * * *", "no step"),
        ("9-5 * * * *", "runs backwards"),
    ],
)
def test_a_wrong_line_names_its_field(line: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        Cron.read(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("* * * * *", "every minute"),
        ("7 * * * *", "every hour at minute 7"),
        ("20 13 * * *", "every day at 13:20"),
        ("40 4 * * mon", "every Monday at 04:40"),
        ("0 4 1,15 * fri", "on day 1 and 15 of the month or every Friday at 04:00"),
        ("0 0 1 jan *", "on day 1 of the month in Jan at 00:00"),
        ("5 * * * sat", "every Saturday, every hour at minute 5"),
    ],
)
def test_a_line_can_be_said_in_words(line: str, words: str) -> None:
    assert Cron.read(line).words() == words


def test_a_skipped_time_comes_later_and_a_doubled_one_comes_once() -> None:
    assert local_slots("30 2 * * *", BERLIN, "2026-03-28T12:00", 2) == ["Sun 03-29 03:30 +0200", "Mon 03-30 02:30 +0200"]
    assert local_slots("30 2 * * *", BERLIN, "2026-10-24T12:00", 2) == ["Sun 10-25 02:30 +0200", "Mon 10-26 02:30 +0100"]


def test_an_hourly_line_runs_in_both_hours_of_a_doubled_one() -> None:
    slots = local_slots("0 * * * *", BERLIN, "2026-10-25T01:30", 3)
    assert slots == ["Sun 10-25 02:00 +0200", "Sun 10-25 02:00 +0100", "Sun 10-25 03:00 +0100"]


@given(
    minute=st.integers(0, 59),
    hours=st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True),
    day=st.one_of(st.just("*"), st.integers(1, 31).map(str)),
    month=st.one_of(st.just("*"), st.integers(1, 12).map(str)),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
)
def test_slots_agree_with_apscheduler_where_weekdays_play_no_part(
    minute: int, hours: list[int], day: str, month: str, start: datetime
) -> None:
    if day in ("30", "31") and month not in ("*", "1", "3"):
        return
    hour = ",".join(map(str, hours))
    ours = CronTimetable(Cron.read(f"{minute} {hour} {day} {month} *"), SEOUL)
    theirs = CronTrigger(minute=minute, hour=hour, day=day, month=month, timezone=SEOUL)
    instant = start.replace(tzinfo=UTC)
    assert ours.next_after(instant) == theirs.get_next_fire_time(None, instant + timedelta(microseconds=1))


@given(st.datetimes(datetime(2001, 1, 1), datetime(2035, 1, 1)), st.integers(10, 400_000))
def test_intervals_do_not_move_with_the_start(start: datetime, seconds: int) -> None:
    timetable = IntervalTimetable(timedelta(seconds=seconds), SEOUL)
    first = timetable.next_after(start.replace(tzinfo=UTC))
    assert first is not None
    assert timedelta(0) < first - start.replace(tzinfo=UTC) <= timedelta(seconds=seconds)
    assert timetable.next_after(first - timedelta(microseconds=1)) == first
    assert timetable.next_after(first) == first + timedelta(seconds=seconds)


def test_slots_between_leave_the_first_instant_out_and_the_last_in() -> None:
    timetable = CronTimetable(Cron.read("0 * * * *"), SEOUL)
    three, five = datetime(2026, 1, 1, 3, tzinfo=UTC), datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert [slot.hour for slot in slots_between(timetable, three, five)] == [4, 5]


def test_a_line_that_never_comes_has_no_slot() -> None:
    assert CronTimetable(Cron.read("0 0 30 2 *"), SEOUL).next_after(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize("hour", [0, 5, 11, 20])
@pytest.mark.parametrize(
    ("line", "gap"),
    [
        ("0 9 * * mon-fri", timedelta(days=3)),
        ("*/10 9-17 * * *", timedelta(hours=15, minutes=10)),
        ("0 9-18 * * mon-fri", timedelta(days=2, hours=15)),
        ("*/5 * * * *", timedelta(minutes=5)),
        ("0 4 1 * *", timedelta(days=31)),
    ],
)
def test_the_longest_gap_is_that_of_a_night_or_a_weekend_whenever_it_is_asked_for(line: str, gap: timedelta, hour: int) -> None:
    timetable = CronTimetable(Cron.read(line), SEOUL)
    assert timetable.longest_gap(datetime(2026, 11, 24, hour, tzinfo=UTC)) == gap


def test_the_longest_gap_of_an_interval_is_the_interval() -> None:
    assert IntervalTimetable(timedelta(seconds=10), SEOUL).longest_gap(datetime(2026, 11, 24, tzinfo=UTC)) == timedelta(seconds=10)
