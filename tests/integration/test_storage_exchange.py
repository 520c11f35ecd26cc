"""Export and import: what leaves in any format comes back the same, and nothing is ever half done."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from scraper.ports import Harvest, PageTask, TaskKind
from scraper.records import Artist, Credit, ListedSong, Listing, ListKey, LyricsStatus, SongDetail
from storage.catalog import Catalog, SongFilter
from storage.crawl_store import CrawlStore
from storage.emotions import EmotionStore, SongEmotionRow
from storage.engine import reading, writing
from storage.errors import ExportFailed, ImportFailed
from storage.export import ExportOrder, export
from storage.formats import FORMATS
from storage.import_csv import import_file
from storage.import_rows import derived_id
from storage.models import Base
from storage.runs import start_run
from storage.schema import open_for_writing
from storage.snapshot import data_version, index_rows

NOON = datetime(2026, 11, 1, 3, tzinfo=UTC)
KEY = ListKey(genre_code="GN0100", listing=Listing.STEADY)
AWKWARD = '=1+1 "따옴표", 쉼표\r\n둘째\r셋째\n🎈 ' + "각"  # the last is 각 in its decomposed form
COUNTS = (5, 1, 0, 1, 1, 26, 1)
PROBABILITIES = (0.1, 0.02, 1 / 3, 0.1, 1e-17, 0.2, 0.3)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    store = CrawlStore(engine, start_run(engine, {}, "http://site", "test", False), "me", lambda: NOON)
    songs = (
        ListedSong("1", AWKWARD, (Artist("-가수", "7"), Artist("@둘째")), rank=1, album="007", image_url="http://site/1.jpg"),
        ListedSong("2", "노래", (Artist("가수"),), rank=2),
        ListedSong("30000000000000000001", "긴 번호", (Artist("가수"),), rank=3, adult=True, available=False),
    )
    pages = [
        Harvest(NOON, KEY, songs, likes={"1": 173_113}),
        Harvest(NOON + timedelta(days=1), KEY, songs[:1], likes={"1": 173_200}),
        Harvest(
            NOON,
            detail=SongDetail(
                "1", AWKWARD, songs[0].artists, LyricsStatus.OK, AWKWARD, genres=("발라드",), released_text="2017.06.26",
                released=date(2017, 6, 26), credits=(Credit("지은이", "작사", "9"),),
            ),
        ),
    ]  # fmt: skip
    for number, harvest in enumerate(pages):
        page = PageTask(str(number), TaskKind.LIST, "http://site")
        store.add([page])
        store.save(page, harvest)
    labels = EmotionStore(engine, "f" * 64, lambda: NOON)
    labels.save([SongEmotionRow("1", "h", 35, COUNTS, PROBABILITIES, "슬픔")], {})
    return engine


@pytest.fixture
def other(tmp_path: Path) -> Engine:
    return open_for_writing(f"sqlite:///{tmp_path / 'other.db'}")


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What an export carries, table by table."""
    left_out = {"updated_at", "genre_source"}
    found = {}
    with reading(engine) as connection:
        for name in ("songs", "song_emotions"):
            table = Base.metadata.tables[name]
            query = select(*(column for column in table.c if column.name not in left_out)).order_by(*table.primary_key)
            found[name] = [tuple(row) for row in connection.execute(query)]
    return found


@pytest.mark.parametrize("ending", FORMATS)
def test_everything_survives_the_way_out_and_in_again(filled: Engine, other: Engine, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"songs.{ending}"
    assert export(filled, file).rows == 3
    report = import_file(other, file)
    assert (report.new, report.rejections, report.ignored, report.labelled) == (3, [], [], 1)
    assert content(other) == content(filled)
    again = import_file(other, file)
    assert (again.new, again.changed, again.unchanged, again.labelled) == (0, 0, 3, 0)


@pytest.mark.parametrize("ending", FORMATS)
def test_importing_an_export_into_its_own_database_changes_nothing(filled: Engine, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"songs.{ending}"
    export(filled, file)
    before = data_version(filled)
    assert import_file(filled, file).unchanged == 3
    assert data_version(filled) == before


def test_the_original_layout_is_the_originals_to_the_letter(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.csv"
    export(filled, file, ExportOrder(layout="original"))
    assert file.read_bytes().startswith(b"\xef\xbb\xbftitle,singer,lyrics,img,like,emotions,category\r\n")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        first, second, _third = csv.DictReader(stream)
    assert first == {
        "title": AWKWARD,
        "singer": "-가수, @둘째",
        "lyrics": AWKWARD,
        "img": "http://site/1.jpg",
        "like": "173,200",
        "emotions": "[5, 26, 0, 1, 1, 1, 1]",
        "category": "슬픔",
    }
    assert second == {"title": "노래", "singer": "가수", "lyrics": "", "img": "", "like": "", "emotions": "", "category": ""}


def test_a_song_without_labels_has_empty_cells_for_them(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.csv"
    export(filled, file)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        _labelled, *others = csv.DictReader(stream)
    for name in ("main_emotion", "model_fingerprint", "tagged_at", "tagged_lyrics_hash", "n_lines", "emotion_counts"):
        assert [row[name] for row in others] == ["", ""]


def test_the_original_layout_comes_back_with_its_labels(filled: Engine, other: Engine, tmp_path: Path) -> None:
    file = tmp_path / "total_melon_emotion.csv"
    export(filled, file, ExportOrder(layout="original"))
    import_file(other, file)
    song = Catalog(other).song(derived_id(AWKWARD, "-가수, @둘째"))
    assert song is not None
    assert (song.counts, song.main_emotion, song.likes, song.lyrics, song.source) == (COUNTS, "슬픔", 173_200, AWKWARD, "import")
    assert import_file(other, file).unchanged == 3


def test_an_export_can_leave_lyrics_out_and_choose_songs(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.jsonl"
    export(filled, file, ExportOrder(lyrics=False, wanted=SongFilter(min_likes=1)))
    (song,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert "lyrics" not in song
    assert song["emotion_counts"] == list(COUNTS)
    assert song["emotion_probabilities"] == list(PROBABILITIES)


@pytest.mark.parametrize("ending", FORMATS)
def test_lyrics_that_an_export_left_out_are_still_to_be_crawled(filled: Engine, other: Engine, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"songs.{ending}"
    export(filled, file, ExportOrder(lyrics=False))
    import_file(other, file)
    song = Catalog(other).song("1")
    assert song is not None
    assert (song.lyrics, song.lyrics_status, song.details_at, song.main_emotion) == (None, "unread", None, "슬픔")
    assert CrawlStore(other, "none", "me", lambda: NOON).due_details(["1"], timedelta(days=30)) == {"1"}
    assert import_file(other, file).unchanged == 3
    assert import_file(filled, file).unchanged == 3, "where the lyrics are stored the file is right"


def test_an_older_export_without_lyrics_leaves_a_song_to_be_crawled(filled: Engine, other: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.jsonl"
    export(filled, file, ExportOrder(lyrics=False))
    store = CrawlStore(other, start_run(other, {}, "http://site", "test", False), "me", lambda: NOON + timedelta(days=9))
    page = PageTask("list", TaskKind.LIST, "http://site")
    store.add([page])
    store.save(page, Harvest(NOON + timedelta(days=9), KEY, (ListedSong("1", AWKWARD, (Artist("-가수"),), rank=1),)))
    import_file(other, file)
    assert store.due_details(["1"], timedelta(days=30)) == {"1"}


@pytest.mark.parametrize(("history", "rows"), [("likes", 2), ("ranks", 4)])
def test_history_is_a_long_table(filled: Engine, tmp_path: Path, history: str, rows: int) -> None:
    file = tmp_path / "history.csv"
    assert export(filled, file, ExportOrder(history=history)).rows == rows
    assert export(filled, file, ExportOrder(history=history, wanted=SongFilter(text="노래", limit=1))).rows == (
        0 if history == "likes" else 1
    )


def test_the_manifest_says_what_the_file_is(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.csv"
    written = export(filled, file, ExportOrder(wanted=SongFilter(genre="발라드", since=NOON)))
    manifest = json.loads(written.manifest.read_text(encoding="utf-8"))
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest() == written.sha256
    assert (manifest["rows"], manifest["bytes"]) == (3, file.stat().st_size)
    assert manifest["filter"] == {"genre": "발라드", "since": "2026-11-01 03:00:00.000000+00:00"}
    assert manifest["data_version"] == data_version(filled)
    assert len(manifest["runs"]) == 1
    assert [column["name"] for column in manifest["columns"]][:2] == ["song_id", "title"]
    assert "rights holders" in manifest["licence"]


def test_a_file_name_that_is_no_utf8_is_written_with_its_manifest(filled: Engine, tmp_path: Path) -> None:
    written = export(filled, tmp_path / "\udcff.csv")
    assert written.path.exists()
    assert json.loads(written.manifest.read_text(encoding="utf-8"))["file"] == "?.csv"


def test_imported_labels_count_as_written_now_whatever_time_they_carry(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.jsonl"
    export(filled, file)
    with writing(filled) as connection:
        connection.execute(delete(Base.metadata.tables["song_emotions"]))
    assert import_file(filled, file, clock=lambda: NOON + timedelta(days=30)).labelled == 1
    assert [row.song_id for row in index_rows(filled, None, since=NOON + timedelta(days=29))] == ["1"]


def test_the_guard_disarms_formulas_and_the_import_takes_it_back(filled: Engine, other: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.csv"
    export(filled, file, ExportOrder(guard=True))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        row = next(csv.DictReader(stream))
    assert (row["title"], row["artist"]) == ("'" + AWKWARD, "'-가수, @둘째")
    import_file(other, file)
    assert content(other) == content(filled)


def test_a_failed_export_leaves_what_stood_there(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "songs.csv"
    file.write_text("precious")
    with pytest.raises(ExportFailed, match="cp949 has no"):
        export(filled, file, ExportOrder(encoding="cp949"))
    assert file.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix not in {".db", ".db-wal", ".db-shm"}) == ["songs.csv"]


def test_lyrics_too_long_for_a_spreadsheet_are_said_not_cut(sqlite_engine: Engine, tmp_path: Path) -> None:
    source = tmp_path / "long.jsonl"
    source.write_text(json.dumps({"title": "t", "artist": "a", "lyrics": "가" * 40_000}))
    import_file(sqlite_engine, source)
    with pytest.raises(ExportFailed, match="the lyrics in row 1 have 40,000 characters, Excel takes 32,767"):
        export(sqlite_engine, tmp_path / "songs.xlsx")
    assert not (tmp_path / "songs.xlsx").exists()


def test_an_export_in_another_encoding_is_read_in_it(filled: Engine, other: Engine, tmp_path: Path) -> None:
    plain = ExportOrder(wanted=SongFilter(text="노래"), encoding="CP949")
    export(filled, tmp_path / "songs.csv", plain)
    assert import_file(other, tmp_path / "songs.csv").new == 1
    assert [song.title for song in Catalog(other).search()] == ["노래"]
    export(filled, tmp_path / "wide.csv", ExportOrder(encoding="utf-16"))
    assert import_file(other, tmp_path / "wide.csv").new == 2


@pytest.mark.parametrize("order", [ExportOrder(encoding="klingon"), ExportOrder(encoding="idna"), ExportOrder()])
def test_an_export_that_makes_no_sense_is_refused(filled: Engine, tmp_path: Path, order: ExportOrder) -> None:
    with pytest.raises(ExportFailed, match=r"klingon|idna|cannot tell the format"):
        export(filled, tmp_path / ("songs.doc" if order == ExportOrder() else "songs.csv"), order)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_korean_headings_in_any_usual_encoding_are_understood(sqlite_engine: Engine, tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "mine.csv", '제목,가수,가사,좋아요,장르,쪽\n봄,누구,"첫 줄\n둘째 줄","1,234",락,3\n', encoding)
    report = import_file(sqlite_engine, file)
    assert report.ignored == ["쪽"]
    (song,) = Catalog(sqlite_engine).search()
    assert (song.title, song.artist, song.lyrics, song.likes, song.genre, song.genre_code) == (
        "봄",
        "누구",
        "첫 줄\n둘째 줄",
        1234,
        "록",
        "GN0600",
    )
    assert song.lyrics_status == "ok"


def test_columns_with_other_names_are_mapped(sqlite_engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.csv", "work,by\n봄,누구\n")
    with pytest.raises(ImportFailed, match="--map COLUMN=title"):
        import_file(sqlite_engine, file)
    assert import_file(sqlite_engine, file, columns={"work": "title", "by": "artist"}).new == 1
    with pytest.raises(ImportFailed, match="has no column 'nope'"):
        import_file(sqlite_engine, file, columns={"nope": "title"})
    with pytest.raises(ImportFailed, match="no field 'composer'"):
        import_file(sqlite_engine, file, columns={"work": "composer"})


def test_a_json_line_may_have_keys_that_those_before_it_lack(sqlite_engine: Engine, tmp_path: Path) -> None:
    lines = [{"title": "봄", "artist": "누구"}, {"title": "여름", "artist": "누구", "lyrics": "첫 줄", "likes": 5, "쪽": 3}]
    report = import_file(sqlite_engine, write(tmp_path / "mine.jsonl", "\n".join(map(json.dumps, lines))))
    assert (list(report.columns), report.ignored) == (["title", "artist", "lyrics", "likes"], ["쪽"])
    found = {(song.title, song.lyrics, song.likes) for song in Catalog(sqlite_engine).search()}
    assert found == {("봄", None, None), ("여름", "첫 줄", 5)}


def test_rows_that_are_no_songs_go_to_a_side_file_with_line_and_reason(sqlite_engine: Engine, tmp_path: Path) -> None:
    text = (
        'title,singer,like,lyrics\n봄,누구,1,"a\nb"\n,누구,1,\n여름,,1,\n가을,누구,many,\n겨\x00울,누구,1,\n'
        '봄,누구,1,"a\nb"\n봄,누구,1,다른 가사\n'
    )
    report = import_file(sqlite_engine, write(tmp_path / "mine.csv", text))
    assert (report.new, report.repeated) == (1, 1)
    assert [(item.line, item.reason) for item in report.rejections] == [
        (4, "no title"),
        (5, "no artist"),
        (6, "the likes 'many' is not a count"),
        (7, "the title holds a NUL character, which cannot be stored"),
        (10, "the song of line 2 again, with other lyrics: give it an id of its own"),
    ]
    assert report.rejects_file is not None
    with report.rejects_file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["line"] for row in rows] == ["4", "5", "6", "7", "10"]
    assert json.loads(rows[2]["row"])["title"] == "가을"


def test_a_dry_run_tells_all_and_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.csv", "title,singer,like\n봄,누구,1\n,누구,1\n")
    before = data_version(engine)
    report = import_file(engine, file, dry_run=True)
    assert (report.new, len(report.rejections), report.rejects_file) == (1, 1, None)
    assert (Catalog(engine).count(), data_version(engine)) == (0, before)
    assert sorted(path.name for path in tmp_path.glob("mine*")) == ["mine.csv"]


def test_rows_are_not_taken_in_where_the_rejected_ones_cannot_be_told(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.csv", "title,singer\n봄,누구\n,누구\n")
    (tmp_path / "mine.csv.rejects.csv").mkdir()
    with pytest.raises(ImportFailed, match=r"cannot write .*rejects\.csv: it is a folder.*nothing was taken in"):
        import_file(engine, file)
    assert Catalog(engine).count() == 0


def test_importing_again_with_new_likes_adds_an_observation(engine: Engine, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.csv", "title,singer,like\n봄,누구,1\n")
    import_file(engine, file)
    import_file(engine, file)
    import_file(engine, write(file, "title,singer,like\n봄,누구,2\n"))
    assert [seen.likes for seen in Catalog(engine).like_history(derived_id("봄", "누구"))] == [1, 2]


def test_a_file_without_times_fills_a_crawled_songs_gaps_only(filled: Engine, tmp_path: Path) -> None:
    import_file(
        filled,
        write(tmp_path / "mine.csv", "id,title,singer,lyrics,like,album\n1,다른 제목,누구,가사,5,다른\n2,다른 제목,누구,가사,5,앨범\n"),
    )
    one, two = Catalog(filled).song("1"), Catalog(filled).song("2")
    assert one is not None
    assert two is not None
    assert (one.title, one.lyrics, one.likes, one.album) == (AWKWARD, AWKWARD, 173_200, "007")
    assert (two.title, two.lyrics, two.lyrics_status, two.likes, two.album) == ("노래", "가사", "ok", 5, "앨범")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read as utf-16"),
        ("a.csv", b"title,singer\n\x81\xff,x\n", "neither UTF-8 nor CP949"),
        ("a.jsonl", b"{]", "line 1 of .* is not JSON"),
        ("a.jsonl", b"[1]", "not a JSON object"),
        ("a.parquet", b"PAR?", "is not a Parquet file"),
        ("a.xlsx", b"PK", "is not an Excel file"),
        ("a.doc", b"", "cannot tell the format"),
    ],
)
def test_a_file_that_is_not_what_it_names_is_refused_in_one_sentence(
    sqlite_engine: Engine, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ImportFailed, match=message):
        import_file(sqlite_engine, file)


def test_a_day_before_excels_first_comes_back_as_it_was(sqlite_engine: Engine, tmp_path: Path) -> None:
    lines = ["title,artist,released"] + [f"곡,{day},{day}" for day in ("1791-09-30", "1899-12-31", "1900-01-01", "2017-06-26")]
    import_file(sqlite_engine, write(tmp_path / "mine.csv", "\n".join(lines)))
    export(sqlite_engine, tmp_path / "songs.xlsx")
    assert import_file(sqlite_engine, tmp_path / "songs.xlsx").unchanged == 4


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_name_of_odd_bytes_is_written_and_read_again(filled: Engine, tmp_path: Path, ending: str) -> None:
    file = tmp_path / os.fsdecode(b"songs \xff." + ending.encode())
    written = export(filled, file)
    assert written.rows == import_file(filled, file).unchanged > 0


def test_an_error_halfway_takes_the_whole_import_back(sqlite_engine: Engine, tmp_path: Path) -> None:
    lines = [json.dumps({"title": f"t{number}", "artist": "a"}) for number in range(2500)]
    file = write(tmp_path / "mine.jsonl", "\n".join([*lines, "{broken"]))
    with pytest.raises(ImportFailed, match="line 2501"):
        import_file(sqlite_engine, file)
    assert Catalog(sqlite_engine).count() == 0


def test_an_id_made_from_title_and_artist_does_not_depend_on_how_they_are_typed() -> None:
    assert derived_id("봄  날", "BTS") == derived_id(" 봄 날", "bts") == derived_id("봄 날", "BTS")
    assert derived_id("봄날", "BTS") != derived_id("봄 날", "BTS")
    assert derived_id("a", "b") == "x" + hashlib.sha256(b"a\x1fb").hexdigest()[:16]
