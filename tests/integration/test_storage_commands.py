"""The storage's commands as people type them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from reumi.cli.history import sparkline
from reumi.cli.main import run
from storage.formats import FORMATS
from storage.import_rows import derived_id

SONG = derived_id("봄날 [red]x[/]", "누구")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("REUMI_DATABASE_URL", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    rows = [
        ["title", "singer", "lyrics", "img", "like", "emotions", "category", "genre"],
        ["봄날 [red]x[/]", "누구", "첫 줄\n둘째 줄", "http://x/1.jpg", "173,113", "[5, 26, 0, 1, 1, 1, 1]", "슬픔", "발라드"],
        ["여름", "누구", "", "", "7", "", "", "댄스"],
        ["", "누구", "", "", "1", "", "", ""],
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.fixture
def imported(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(file)]) == 0
    capsys.readouterr()


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(arguments) == code
    captured = capsys.readouterr()
    if code:
        assert captured.err.startswith("reumi: ")
        assert len(captured.err.strip().splitlines()) == 1
        return captured.err
    return captured.out


@pytest.mark.parametrize("line", ["songs", "song 1", "stats", "history 1", "export x.csv", "db check", "db backup x", "db copy --to y.db"])
def test_commands_that_only_read_say_that_there_is_nothing_yet(capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str) -> None:
    error = said(capsys, *line.split(), code=1)
    assert "no data set at reumi.db yet: run `reumi crawl` or `reumi import FILE` first" in error
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_leaves_no_database(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = said(capsys, "import", str(file), "--dry-run")
    assert "2 songs would be added" in out
    assert "1 row would be rejected" in out
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_an_import_tells_what_it_did_and_the_second_time_that_nothing_was_new(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "import", str(file))
    assert "singer → artist" in out
    assert "2 songs added, 0 changed, 0 unchanged" in out
    assert "mine.csv.rejects.csv" in out
    assert "line 5: no title" in out
    assert "0 songs added, 0 changed, 2 unchanged" in said(capsys, "import", str(file))


@pytest.mark.parametrize("pair", ["title", "=title", "노래="])
def test_a_mapping_that_is_no_pair_is_refused(file: Path, capsys: pytest.CaptureFixture[str], pair: str) -> None:
    assert "--map COLUMN=FIELD" in said(capsys, "import", str(file), "--map", pair, code=2)


@pytest.mark.usefixtures("imported")
def test_a_history_has_no_other_layout(capsys: pytest.CaptureFixture[str]) -> None:
    refused = said(capsys, "export", "h.csv", "--history", "likes", "--layout", "original", code=2)
    assert "leave --layout original out" in refused


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    "command", [("upgrade", "--revision", "9999"), ("downgrade", "--yes", "9999"), ("downgrade", "--yes", "--", "-77")]
)
def test_a_schema_that_nobody_knows_is_refused_by_name(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    answer = said(capsys, "db", *command, code=2)
    assert command[-1] in answer
    assert "name one of 0001, 0002" in answer
    assert "no difference" in said(capsys, "db", "check")


@pytest.mark.usefixtures("imported")
def test_songs_are_found_and_shown_as_they_are_spelt(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "songs", "--text", "봄날")
    assert "봄날 [red]x[/]" in out
    assert "173,113" in out
    assert "여름" not in out
    assert said(capsys, "songs", "--min-likes", "999999999") == "No song fits.\n"
    assert "1 of 2 songs" in said(capsys, "songs", "--limit", "1")


@pytest.mark.usefixtures("imported")
def test_songs_as_json_are_an_object_a_line_without_lyrics(capsys: pytest.CaptureFixture[str]) -> None:
    found = [json.loads(line) for line in said(capsys, "songs", "--json", "--genre", "GN0100").splitlines()]
    assert [(song["song_id"], song["genre"]) for song in found] == [(SONG, "발라드")]
    assert found[0]["counts"] == {"행복": 5, "놀람": 1, "분노": 0, "공포": 1, "혐오": 1, "슬픔": 26, "중립": 1}
    assert "lyrics" not in found[0]


@pytest.mark.usefixtures("imported")
def test_one_song_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "song", SONG)
    for part in ("봄날 [red]x[/]", "발라드", "173,113", "슬픔 26 (74%)", "첫 줄\n둘째 줄", "1 observation of likes"):
        assert part in out
    whole = json.loads(said(capsys, "song", SONG, "--json"))
    assert whole["lyrics"] == "첫 줄\n둘째 줄"
    assert [seen["likes"] for seen in whole["like_history"]] == [173_113]
    assert "no song nobody is stored" in said(capsys, "song", "nobody", code=2)


@pytest.mark.usefixtures("imported")
def test_stats_report_what_the_data_set_holds(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "stats")
    assert "2 songs, 1 with lyrics (50%), 2 with likes (100%)" in out
    assert "발라드" in out
    assert "no emotion yet" in out
    assert json.loads(said(capsys, "stats", "--json"))["genres"] == {"댄스": 1, "발라드": 1}


@pytest.mark.usefixtures("imported")
def test_history_is_drawn_and_given_as_csv(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("173,113", "180,000"), encoding="utf-8")
    said(capsys, "import", str(file))
    out = said(capsys, "history", SONG)
    assert "▁█  173,113 → 180,000" in out
    rows = list(csv.DictReader(io.StringIO(said(capsys, "history", SONG, "--csv"))))
    assert [(row["what"], row["value"]) for row in rows] == [("likes", "173113"), ("likes", "180000")]


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_names_the_file_and_its_rows(capsys: pytest.CaptureFixture[str], tmp_path: Path, ending: str) -> None:
    assert f"o.{ending}: 2 songs" in said(capsys, "export", f"o.{ending}")
    assert (tmp_path / f"o.{ending}.manifest.json").exists()


@pytest.mark.usefixtures("imported")
def test_an_export_of_no_known_kind_or_place_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "end the name with .csv" in said(capsys, "export", "o.doc", code=1)
    assert "its folder does not exist: make it" in said(capsys, "export", "nowhere/o.csv", code=1)
    assert "there is no genre '뽕짝'" in said(capsys, "export", "o.csv", "--genre", "뽕짝", code=2)


@pytest.mark.usefixtures("imported")
def test_the_database_is_checked_upgraded_backed_up_and_copied(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no difference" in said(capsys, "db", "check")
    assert "already" in said(capsys, "db", "upgrade")
    assert "schema 0001" in said(capsys, "db", "downgrade", "--yes", "0001")
    assert run(["db", "check"]) == 1
    assert "the schema is 0001" in capsys.readouterr().err
    assert "reumi db upgrade" in said(capsys, "songs", code=1)
    assert ", was 0001" in said(capsys, "db", "upgrade")
    assert "b.db" in said(capsys, "db", "backup", "b.db")
    assert "songs 2" in said(capsys, "db", "copy", "--to", "c.db")
    assert "already holds data" in said(capsys, "db", "copy", "--to", "c.db", code=1)
    assert "2 songs" in said(capsys, "stats", "--db", "c.db")


def test_a_sparkline_stands_ranks_upside_down_and_fits_on_a_line() -> None:
    assert sparkline([1, 2, 3]) == "▁▅█"
    assert sparkline([1, 2, 3], lowest_is_best=True) == "█▄▁"
    assert sparkline([5, 5]) == sparkline([5, 5], lowest_is_best=True) == "▄▄"
    long = sparkline(list(range(1000)))
    assert len(long) == 60
    assert (long[0], long[-1]) == ("▁", "█")
