from __future__ import annotations

import pytest

from scraper.clues import Clue, clues

PAGE = """<html><body><form id="frm"><table><tbody>
<tr><td><div class="ellipsis rank-01 new"><a>첫 노래</a></div><div class="ellipsis rank-02"><a>가수</a></div></td></tr>
<tr><td><div class="ellipsis rank-01 new"><a>둘째 노래</a></div><div class="ellipsis rank-02"><a>가수</a></div></td></tr>
</tbody></table></form><div id="songlist"></div></body></html>"""


def test_a_renamed_class_is_found_by_its_likeness() -> None:
    assert clues(PAGE, "div.rank01 a")[0] == Clue(".rank-01", 2, "첫 노래")


def test_a_renamed_id_is_found() -> None:
    assert clues(PAGE, "#songList")[0] == Clue("#songlist", 1, "")


@pytest.mark.parametrize("selector", [".ellipsis", "tbody tr", ".wrap_lyric", ""])
def test_nothing_is_guessed_for_a_name_that_is_there_or_resembles_none(selector: str) -> None:
    assert clues(PAGE, selector) == []


@pytest.mark.parametrize("html", ["", "<", "\ud800", "<html><body></body></html>"])
def test_a_document_without_names_gives_no_clue(html: str) -> None:
    assert clues(html, "div.rank01") == []
