from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from reumi.cli.main import run
from scraper.errors import BadRequest, FetchFailed, LayoutChanged
from scraper.kept import PageKeep, read_again, write_whole
from scraper.ports import Page
from scraper.recording import RecordingFetcher, ReplayFetcher
from tests.pages.golden import load

PAGES = {golden.name: golden for golden in load()}


def _keep(folder: Path, name: str, times: int = 1, picture: bytes | None = b"png") -> PageKeep:
    keep, golden = PageKeep(folder), PAGES[name]
    try:
        golden.read()
        error = LayoutChanged("title", ".song_name", golden.url)
    except LayoutChanged as refused:
        error = refused
    for _ in range(times):
        keep.keep(Page(golden.url, golden.html, 200, 0.1), error, lambda: picture)
    return keep


def test_equal_failures_are_kept_once_and_counted(tmp_path: Path) -> None:
    keep = _keep(tmp_path, "listing_title_renamed", times=7)
    [kept] = keep.pages()
    assert (kept.count, kept.field) == (7, "title")
    assert keep.html(kept) == PAGES["listing_title_renamed"].html
    assert sorted(path.name.partition(".")[2] for path in tmp_path.iterdir()) == ["html.gz", "json", "png"]


def test_a_picture_is_taken_only_for_the_first_of_equal_failures(tmp_path: Path) -> None:
    keep, taken = PageKeep(tmp_path), []
    for _ in range(3):
        keep.keep(Page("https://x/y", "h", 200, 0.1), LayoutChanged("f", "s", "https://x/y"), lambda: taken.append(1) or None)
    assert taken == [1]


def test_equal_failures_of_several_sessions_are_kept_once_and_all_counted(tmp_path: Path) -> None:
    keep, taken, error = PageKeep(tmp_path), [], LayoutChanged("title", ".song_name", "https://x/song/detail.htm?songId=1")
    start = Barrier(4)

    def session(_: int) -> None:
        start.wait(10)
        for _ in range(10):
            keep.keep(Page(error.url, "h", 200, 0.1), error, lambda: taken.append(1) or None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(session, range(4)))
    assert [kept.count for kept in keep.pages()] == [40]
    assert taken == [1]


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, replace = tmp_path / "x.json", Path.replace

    def overtaken(draft: Path, place: Path) -> Path:
        monkeypatch.undo()
        write_whole(target, b"second")
        return replace(draft, place)

    monkeypatch.setattr(Path, "replace", overtaken)
    write_whole(target, b"first")
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    with pytest.raises(OSError, match=r"x\.json"):
        write_whole(tmp_path / "x.json", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_a_kept_page_that_the_parser_reads_by_now_is_told_from_one_that_it_does_not(tmp_path: Path) -> None:
    _keep(tmp_path, "song_plain")
    keep = _keep(tmp_path, "listing_title_renamed")
    problems = {kept.url: read_again(keep, kept) for kept in keep.pages()}
    assert problems[PAGES["song_plain"].url] is None
    assert "title" in str(problems[PAGES["listing_title_renamed"].url])


def test_doctor_pages_names_the_selector_and_drops_what_is_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _keep(tmp_path, "song_plain")
    _keep(tmp_path, "listing_artist_renamed")
    from reumi.cli.main import run

    code = run(["doctor", "pages", "--folder", str(tmp_path), "--drop-read"])
    said = capsys.readouterr().out
    assert code == 3
    assert "`.rank02, #artistName`" in said
    assert "1 can be read, 1 cannot" in said
    assert [kept.field for kept in PageKeep(tmp_path).pages()] == ["artist"]


@pytest.mark.parametrize(("answer", "code", "says"), [('{"contsLike":[]}', 0, "1 can be read"), ('{"likes":[]}', 3, "now: the page")])
def test_doctor_pages_reads_like_answers_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, code: int, says: str
) -> None:
    url = "https://x/commonlike/getSongLike.json?contsIds=1,2"
    error = LayoutChanged("likes", "contsLike[].CONTSID, SUMMCNT", url)
    PageKeep(tmp_path).keep(Page(url, answer, 200, 0.1), error, lambda: None)
    assert run(["doctor", "pages", "--folder", str(tmp_path)]) == code
    assert says in capsys.readouterr().out


def test_a_damaged_record_of_a_kept_page_is_passed_over(tmp_path: Path) -> None:
    keep = _keep(tmp_path, "song_plain")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert len(list(keep.pages())) == 1


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[20:30] = bytes(byte ^ 0xFF for byte in content[20:30])
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [_cut, _flip, Path.unlink])
def test_a_kept_page_whose_file_is_damaged_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    keep = _keep(tmp_path, "listing_artist_renamed")
    [kept] = keep.pages()
    damage(tmp_path / f"{kept.name}.html.gz")
    assert run(["doctor", "pages", "--folder", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert f"delete {tmp_path / kept.name}.*" in said.out
    assert said.err == ""


class OnePage:
    """A fetcher of one page and one like count."""

    def get(self, url: str) -> Page:
        return Page(url, PAGES["song_plain"].html, 200, 0.1)

    render = get

    def expect(self, url: str) -> None:
        pass

    def likes(self, song_ids: Sequence[str]) -> dict[str, int | None]:
        return dict.fromkeys(song_ids, 5)

    def screenshot(self) -> bytes | None:
        return None

    def close(self) -> None:
        pass


def test_a_replay_brings_what_was_recorded_at_the_time_it_was_recorded(tmp_path: Path) -> None:
    recording = RecordingFetcher(OnePage(), tmp_path, "https://x")
    page = recording.get("https://x/song?1")
    recording.likes(["1", "2"])
    replay = ReplayFetcher(tmp_path)
    before = replay.now()
    assert replay.site_root == "https://x"
    assert replay.get("https://x/song?1").html == page.html
    assert replay.now() <= before
    assert replay.likes(["2", "3"]) == {"2": 5, "3": None}


def test_a_page_that_was_not_recorded_or_is_damaged_fails_like_one_that_never_comes(tmp_path: Path) -> None:
    RecordingFetcher(OnePage(), tmp_path, "https://x").get("https://x/a")
    replay = ReplayFetcher(tmp_path)
    with pytest.raises(FetchFailed, match="does not hold"):
        replay.get("https://x/b")
    [file] = (tmp_path / "pages").iterdir()
    whole = file.read_bytes()
    for damaged in (b"not gzip", whole[:-20], whole[:20] + bytes(byte ^ 0xFF for byte in whole[20:30]) + whole[30:], gzip.compress(b"{}")):
        file.write_bytes(damaged)
        with pytest.raises(FetchFailed, match="damaged"):
            replay.get("https://x/a")


def test_a_recording_that_was_killed_inside_a_line_is_still_read(tmp_path: Path) -> None:
    recording = RecordingFetcher(OnePage(), tmp_path, "https://x")
    recording.likes(["1"])
    with (tmp_path / "likes.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"at": "2026')
    assert ReplayFetcher(tmp_path).likes(["1"]) == {"1": 5}
    RecordingFetcher(OnePage(), tmp_path, "https://x").likes(["2"])
    assert ReplayFetcher(tmp_path).likes(["1", "2"]) == {"1": 5, "2": 5}
    assert [line[:7] for line in (tmp_path / "likes.jsonl").read_text().splitlines()] == ['{"at": '] * 3


@pytest.mark.parametrize("line", [b'{"at": "2026{"at": "2026", "likes": {}}', b"\xff}", b"[]", b'{"at": "soon", "likes": {"1": 7}}', b"{}"])
def test_a_damaged_line_of_likes_does_not_cost_the_others(tmp_path: Path, line: bytes) -> None:
    RecordingFetcher(OnePage(), tmp_path, "https://x").likes(["1"])
    with (tmp_path / "likes.jsonl").open("ab") as file:
        file.write(line + b"\n")
    assert ReplayFetcher(tmp_path).likes(["1"]) == {"1": 5}


def test_a_folder_that_is_no_recording_or_another_sites_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        ReplayFetcher(tmp_path)
    RecordingFetcher(OnePage(), tmp_path, "https://x")
    with pytest.raises(BadRequest, match="another folder"):
        RecordingFetcher(OnePage(), tmp_path, "https://y")
    (tmp_path / "recording.json").write_text(
        json.dumps({"format": "reumi-recording", "version": 99, "site": "https://x"}), encoding="utf-8"
    )
    with pytest.raises(BadRequest, match="version"):
        ReplayFetcher(tmp_path)
    (tmp_path / "recording.json").write_text('{"format": "reumi-recording", "version": 1}', encoding="utf-8")
    with pytest.raises(BadRequest, match="which site"):
        ReplayFetcher(tmp_path)
    with pytest.raises(BadRequest, match="which site"):
        RecordingFetcher(OnePage(), tmp_path, "https://x")


def test_the_command_says_in_one_sentence_that_a_folder_is_no_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["crawl", "--replay", str(tmp_path), "--db", str(tmp_path / "x.db")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
