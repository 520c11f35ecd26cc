"""What the data page reads, kept for as long as the data set does not change."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from reumi.web import house
from storage.catalog import Catalog, LikeObservation, RankObservation, SongFilter, SongView
from storage.export import ExportOrder, export
from storage.genre_feelings import GenreFeeling, genre_feelings
from storage.runs import RunView, recent_runs
from storage.snapshot import data_version
from storage.stats import Stats

MOST_SHOWN = 300


def version() -> str:
    """Changes when songs or emotions change: the key under which everything below is kept."""
    return f"{house.answers().settings.database_url} {data_version(house.answers().engine)}"


@lru_cache(maxsize=2)
def stats(_version: str) -> Stats:
    """Counts over the whole data set."""
    return Catalog(house.answers().engine).stats()


@lru_cache(maxsize=2)
def feelings(_version: str) -> list[GenreFeeling]:
    """Songs and mean emotions by genre and main emotion."""
    return genre_feelings(house.answers().engine)


@lru_cache(maxsize=32)
def songs(_version: str, wanted: SongFilter) -> tuple[int, list[SongView]]:
    """How many songs fit, and the best-liked of them."""
    found = sorted(Catalog(house.answers().engine).search(wanted), key=lambda song: -(song.likes or 0))
    return len(found), found[:MOST_SHOWN]


@lru_cache(maxsize=8)
def csv(_version: str, wanted: SongFilter) -> bytes:
    """The songs that fit as CSV for a spreadsheet: without lyrics, and with nothing that it would run as a formula."""
    with tempfile.TemporaryDirectory(prefix="reumi-csv-") as folder:
        path = Path(folder) / "songs.csv"
        export(house.answers().engine, path, ExportOrder(wanted=wanted, lyrics=False, guard=True))
        return path.read_bytes()


def histories(song_id: str) -> tuple[list[LikeObservation], list[RankObservation]]:
    """A song's likes and ranks, oldest first."""
    catalog = Catalog(house.answers().engine)
    return catalog.like_history(song_id), catalog.rank_history(song_id)


def runs() -> list[RunView]:
    """The latest crawl runs."""
    return recent_runs(house.answers().engine, 8)
