from __future__ import annotations

import random
from typing import Any

import pytest

from scraper.errors import LayoutChanged
from scraper.health import Verdict, judge
from scraper.ports import PageTask, TaskKind
from scraper.tally import Tally

NAMES = {"listed.album": 0.99, "listed.image_url": 0.97, "listed.rank_shown": 1.0}
SONG = {
    "song.album": 0.99,
    "song.image_url": 0.98,
    "song.genres": 0.97,
    "song.released_text": 0.95,
    "song.credits": 0.8,
    "song.lyrics": 0.92,
}


def tally(draw: random.Random | None = None, listed: int = 700, songs: int = 300, shares: dict[str, float] | None = None) -> Tally:
    """A run whose records have each field with its share: as drawn, or exactly."""

    def hits(total: int, share: float) -> int:
        return round(total * share) if draw is None else sum(draw.random() < share for _ in range(total))

    found = Tally()
    wanted = NAMES | SONG | {"likes.known": 0.99} | (shares or {})
    found.fields.update({"listed": listed, "song": songs})
    found.fields.update(
        {name: hits(listed if name.startswith("listed") else songs, share) for name, share in wanted.items() if name != "likes.known"}
    )
    found.likes_asked = {str(number) for number in range(listed)}
    found.likes_known = {str(number) for number in range(hits(listed, wanted["likes.known"]))}
    found.pages.update({"list": 15, "song": songs})
    found.lists["genre/GN0100/steady"] = 50
    return found


HISTORY = [tally().coverage() for _ in range(3)]


def test_a_run_like_the_earlier_ones_is_ok() -> None:
    assert judge(tally(), HISTORY).verdict is Verdict.OK


def test_two_hundred_good_runs_with_natural_variation_raise_no_alarm() -> None:
    draw = random.Random(11)
    history: list[dict[str, Any]] = []
    for _ in range(200):
        # Each run has its own mix of songs: the true shares wander as well as the counts.
        shares = {name: min(max(share + draw.gauss(0, 0.012), 0.0), 1.0) for name, share in (NAMES | SONG).items()}
        run = tally(draw, listed=draw.randint(300, 800), songs=draw.randint(0, 300), shares=shares)
        run.lists["genre/GN0100/steady"] = draw.randint(44, 50)
        found = judge(run, history)
        assert found.verdict is Verdict.OK, found.reasons
        history = [run.coverage(), *history][:5]


@pytest.mark.parametrize("name", [*NAMES, *SONG, "likes.known"])
def test_a_field_that_vanishes_is_noticed_and_named(name: str) -> None:
    found = judge(tally(shares={name: 0.0}), HISTORY)
    assert found.verdict is (Verdict.BROKEN if name in ("song.lyrics", "likes.known") else Verdict.DEGRADED)
    assert len(found.reasons) == 1
    assert "0%" in found.reasons[0]


def test_a_field_that_thins_out_degrades() -> None:
    found = judge(tally(shares={"song.lyrics": 0.70}), HISTORY)
    assert (found.verdict, found.reasons) == (Verdict.DEGRADED, ("lyrics: 70% of 300, 92% in good runs",))


def test_a_first_run_without_a_field_is_noticed_without_history() -> None:
    assert judge(tally(shares={"song.lyrics": 0.0}), []).verdict is Verdict.BROKEN
    assert judge(tally(shares={"song.genres": 0.0}), []).verdict is Verdict.DEGRADED
    assert judge(tally(shares={"listed.image_url": 0.0}), []).verdict is Verdict.OK  # the layout of 2017 shows no covers


def test_a_handful_of_records_proves_nothing() -> None:
    assert judge(tally(listed=12, songs=5, shares={"song.lyrics": 0.0, "song.genres": 0.0}), HISTORY).verdict is Verdict.OK


def test_a_list_of_half_its_length_degrades_only_a_whole_run() -> None:
    short = tally()
    short.lists["genre/GN0100/steady"] = 20
    assert judge(short, HISTORY).verdict is Verdict.DEGRADED
    assert judge(short, HISTORY, whole=False).verdict is Verdict.OK


def test_pages_that_cannot_be_read_break_a_run_when_they_are_many() -> None:
    error = LayoutChanged("title", ".song_name", "https://x/song")
    few, many = tally(), Tally()
    for found, times in ((few, 1), (many, 3)):
        for number in range(times):
            found.refused(PageTask(f"song/{number}", TaskKind.SONG, "u"), error)
    assert judge(few, HISTORY).verdict is Verdict.DEGRADED
    broken = judge(many, HISTORY)
    assert broken.verdict is Verdict.BROKEN
    assert ".song_name" in broken.reasons[0]
    assert "https://x/song" in broken.reasons[0]


def test_the_tallies_of_two_crawlers_add_up() -> None:
    one, other = tally(), tally()
    other.songs = {"1", "2"}
    one.songs = {"2", "3"}
    one.merge(other)
    assert one.fields["listed"] == 1400
    assert one.songs == {"1", "2", "3"}
    assert one.lists["genre/GN0100/steady"] == 100
