from __future__ import annotations

import pytest

from scraper.errors import Blocked, FetchFailed, LayoutChanged, ServerError
from scraper.pages.likes import parse_likes, read_likes
from scraper.pages.markers import ends_whole, needs_scripts, require_page
from scraper.ports import Page
from tests.pages.golden import load

URL = "https://www.melon.com/song/detail.htm?songId=1"
PAGES = {golden.name: golden for golden in load()}
FILLER = "<p>안내</p>" * 60


def _page(html: str, status: int | None = 200) -> Page:
    return Page(URL, html, status, 0.1)


@pytest.mark.parametrize("status", [401, 403, 406, 429])
def test_a_refusing_status_is_a_refusal_whatever_the_body(status: int) -> None:
    with pytest.raises(Blocked) as caught:
        require_page(_page(PAGES["song_plain"].html, status), retry_after=7.0)
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<html><head></head><body></body></html>",
        "blocked",
        f"<html><body>{FILLER}자동입력 방지 문자를 입력하세요</body></html>",
        f"<html><body>{FILLER}비정상적인 접근이 감지되었습니다</body></html>",
        f"<html><body>{FILLER}Please solve the CAPTCHA</body></html>",
    ],
)
@pytest.mark.parametrize("status", [200, None])
def test_a_refusal_with_status_200_or_none_is_a_refusal(html: str, status: int | None) -> None:
    with pytest.raises(Blocked):
        require_page(_page(html, status))


def test_a_song_that_sings_of_a_captcha_is_a_page() -> None:
    require_page(_page(PAGES["song_plain"].html.replace("물방울 둘", "captcha 둘")))


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_may_pass(status: int) -> None:
    with pytest.raises(ServerError):
        require_page(_page("oops", status))


def test_the_sites_error_page_is_an_error_with_status_200() -> None:
    body = f'<html><body><div class="sys_error"><p class="txt_emphs">페이지 접속이 지연되고 있습니다.</p></div>{FILLER}</body></html>'
    with pytest.raises(ServerError, match="지연"):
        require_page(_page(body))


def test_the_browsers_own_error_page_is_no_answer() -> None:
    with pytest.raises(FetchFailed):
        require_page(_page(f'<html><body><div id="main-frame-error">{FILLER}</div></body></html>', None))


def test_an_address_that_the_site_no_longer_has_is_a_changed_layout() -> None:
    with pytest.raises(LayoutChanged, match="404"):
        require_page(_page("not here", 404))


@pytest.mark.parametrize("name", ["genre_page", "song_plain", "genre_fragment_second"])
def test_a_page_that_ends_early_is_to_be_fetched_again(name: str) -> None:
    html = PAGES[name].html
    require_page(_page(html))
    cut = html[: html.index("</table>")] if "</table>" in html else html[: len(html) // 2]
    with pytest.raises(FetchFailed, match="ends early"):
        require_page(_page(cut))


def test_only_an_unmarked_document_with_scripts_is_worth_rendering() -> None:
    assert needs_scripts(_page(f"<html><body>{FILLER}<script>go()</script></body></html>"))
    assert not needs_scripts(_page(PAGES["genre_page"].html))
    assert not needs_scripts(_page(f"<html><body>{FILLER}</body></html>"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"contsLike": null}',
        '{"contsLike":[{"CONTSID":1}]}',
        '{"contsLike":[{"CONTSID":1,"SUMMCNT":-2}]}',
        '{"contsLike":[{"CONTSID":1,"SUMMCNT":true}]}',
    ],
)
def test_a_like_answer_of_another_shape_is_a_changed_layout(text: str) -> None:
    with pytest.raises(LayoutChanged, match="likes"):
        parse_likes(text, ["1"], URL)


def test_likes_that_are_missing_are_unknown_and_not_zero() -> None:
    text = '{"contsLike":[{"CONTSID":3,"SUMMCNT":0},{"CONTSID":1,"SUMMCNT":"9,999,999+"},{"CONTSID":9,"SUMMCNT":5}]}'
    assert parse_likes(text, ["1", "2", "3"], URL) == {"1": 9999999, "2": None, "3": 0}


@pytest.mark.parametrize(
    ("html", "status", "kind", "said"),
    [
        ("oops", 403, Blocked, "HTTP 403"),
        ("oops", 502, ServerError, "the site answers HTTP 502"),
        (f'<p class="sys_error"></p><p class="txt_emphs">점검</p>{FILLER}', 200, ServerError, "the site's error page: "),
        (f'<div class="sys_error"><p class="txt_emphs">점검</p></div>{FILLER}', 200, ServerError, "the site's error page: 점검"),
        (f'<div id="main-frame-error">{FILLER}</div>', None, FetchFailed, "the browser could not reach the site"),
        ("<body></body>", 200, Blocked, "an empty document"),
        ("가", 200, Blocked, "a document of 1 characters"),
        (f"{FILLER}captcha", 200, Blocked, "a page that says 'captcha'"),
        (f"<html><body>{FILLER}", 200, FetchFailed, "the page ends early"),
    ],
)
def test_a_refused_answer_is_told_with_its_address_and_reason(
    html: str, status: int | None, kind: type[Blocked | FetchFailed], said: str
) -> None:
    with pytest.raises(kind) as caught:
        require_page(_page(html, status))
    assert (caught.value.reason, caught.value.url) == (said, URL)


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_that_has_gone_is_told_in_full(status: int) -> None:
    page = _page("oops", status)
    with pytest.raises(LayoutChanged) as caught:
        require_page(page)
    assert caught.value.page is page
    said = f"no page at `HTTP 200` in {URL} (the site answers {status}: it has no such address any more)"
    assert str(caught.value) == f"the page layout changed: {said}"


def test_a_server_error_passes_on_when_to_come_back() -> None:
    with pytest.raises(ServerError) as caught:
        require_page(_page("oops", 503), retry_after=9.0)
    assert caught.value.retry_after == 9.0


def test_an_unmarked_answer_of_some_length_is_left_to_the_parser() -> None:
    least = f"<p>{'가' * 193}</p>"
    assert len(least) == 200
    require_page(_page(least))
    with pytest.raises(Blocked, match="199 characters"):
        require_page(_page(least.replace("가</p>", "</p>")))


@pytest.mark.parametrize(
    ("html", "whole"),
    [
        (f"<html>{'가' * 3000}</html>", True),
        (f"<html></html>{'가' * 3000}", False),
        (f"<html>{'가' * 1500}</html>{'가' * 3000}", False),
        ("<table><tbody></tbody></table>", True),
        ("<table><tbody></table>", False),
        ("<table><tbody></tbody>", False),
    ],
)
def test_a_page_has_its_end_tags_at_its_end(html: str, whole: bool) -> None:
    assert ends_whole(html) is whole


def test_a_document_worth_rendering_is_no_error_page_and_no_stub() -> None:
    scripts = "<script>go()</script>"
    exact = scripts + "가" * (200 - len(scripts))
    assert needs_scripts(_page(exact))
    assert not needs_scripts(_page(exact[:-1]))
    assert not needs_scripts(_page(f"{scripts}<p class='sys_error'></p>{FILLER}"))
    assert not needs_scripts(_page(exact, 500))


@pytest.mark.parametrize("value", ["null", '"7"', "7"])
def test_a_like_count_may_be_a_text_a_number_or_unknown(value: str) -> None:
    found = parse_likes(f'{{"contsLike":[{{"CONTSID":1,"SUMMCNT":{value}}}]}}', ["1"], URL)
    assert found == {"1": None if value == "null" else 7}


@pytest.mark.parametrize("value", ["1.5", "[7]", '"many"', "false", "true"])
def test_likes_of_another_kind_are_told_with_their_place(value: str) -> None:
    with pytest.raises(LayoutChanged) as caught:
        parse_likes(f'{{"contsLike":[{{"CONTSID":1,"SUMMCNT":{value}}}]}}', ["1"], URL)
    assert str(caught.value) == f"the page layout changed: no likes at `contsLike[].CONTSID, SUMMCNT` in {URL}"


LIKES = ' {"contsLike":[{"CONTSID":1,"SUMMCNT":7}]}'


@pytest.mark.parametrize("status", [200, None])
def test_a_like_answer_is_read_where_it_came_well(status: int | None) -> None:
    assert read_likes(_page(LIKES, status), ["1", "2"]) == {"1": 7, "2": None}


@pytest.mark.parametrize(
    ("text", "status", "kind"), [(LIKES, 406, Blocked), (LIKES, 503, ServerError), ("<html></html>", 200, Blocked), ("[]", None, Blocked)]
)
def test_a_refusal_or_page_in_place_of_like_counts_is_told_as_such(text: str, status: int | None, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        read_likes(_page(text, status), ["1"], retry_after=9.0)
    assert URL in str(caught.value)
    if status == 406:
        assert getattr(caught.value, "retry_after", None) == 9.0


def test_a_like_answer_of_another_shape_is_kept_as_it_came() -> None:
    page = _page('{"likes":[]}')
    with pytest.raises(LayoutChanged) as caught:
        read_likes(page, ["1"])
    assert caught.value.page is page
    assert URL in str(caught.value)
