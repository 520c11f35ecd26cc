"""A diary is written and answered in a real browser: desktop, phone, keyboard alone, and with texts that try to be more than text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys

from reumi.replica.catalogue import load_songs
from reumi.replica.server import Replica
from tests.browser.screen import DIARY, Visitor, axe_source, served
from tests.data_set import HOSTILE, SCRIPT, make_data_set

pytest.importorskip("streamlit")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screen")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with Replica() as replica:
        songs = [*load_songs().values(), HOSTILE]
        data_set = make_data_set(folder / "songs.db", songs, covers=replica.url)
        with served(folder, data_set, replica.url) as running:
            yield running


@pytest.fixture(scope="module")
def browser(folder: Path, address: str) -> Iterator[Visitor]:
    visitor = Visitor(folder / "profile", address)
    yield visitor
    visitor.leave()


def begin_anew(browser: Visitor, folder: Path) -> None:
    """A visitor at a desk, with a fresh page and no diary."""
    (folder / "diary.db").unlink(missing_ok=True)
    browser.resize(1360, 900)
    browser.driver.get_log("browser")
    browser.open("", "textarea")


@pytest.fixture
def visitor(browser: Visitor, folder: Path) -> Visitor:
    begin_anew(browser, folder)
    return browser


@pytest.fixture(scope="class")
def answered(browser: Visitor, folder: Path) -> Visitor:
    """A visitor who looks at the answer to a diary, and changes nothing about it."""
    begin_anew(browser, folder)
    browser.write(DIARY)
    browser.see(".song", 3)
    browser.wait_for_covers()
    return browser


class TestAnAnsweredDiary:
    def test_a_diary_gets_three_cards_whose_covers_load(self, answered: Visitor) -> None:
        cards = answered.see(".song", 3)
        assert len(cards) == 3
        assert "오늘의 마음은" in answered.see(".reading h3")[0].text
        assert "버스에서" in answered.see(".quotes")[0].text
        links = [link.get_attribute("href") for link in answered.all(".song a")]
        assert sum("https://www.youtube.com/results?search_query=" in str(link) for link in links) == 6
        assert sum("/song/detail.htm?songId=" in str(link) for link in links) == 3
        assert {link.get_attribute("target") for link in answered.all(".song a")} == {"_blank"}

    def test_nothing_is_fetched_from_anywhere_else(self, answered: Visitor) -> None:
        addresses = answered.js("return performance.getEntriesByType('resource').map(entry => entry.name)")
        assert [address for address in addresses if not address.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []
        assert (
            answered.js("return [...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)").count("ReUmi Hand")
            >= 1
        )
        assert [entry for entry in answered.driver.get_log("browser") if entry["level"] == "SEVERE"] == []

    def test_a_screen_reader_is_told_language_and_names(self, answered: Visitor) -> None:
        assert answered.js("return document.documentElement.lang") == "ko"
        assert [heading.text for heading in answered.all("h1")] == ["감정일기 플레이리스트"]
        assert "슬픔" in str(answered.see(".cake img")[0].get_attribute("alt"))
        # A label with markup in it, as the hostile title has, is dropped on the way into the page: there the link's text is its name.
        names = answered.js("return [...document.querySelectorAll('.song .links a')].map(link => link.ariaLabel || link.textContent)")
        assert len(names) == 6
        assert all("유튜브" in name or "멜론" in name for name in names)
        assert sum("(새 창)" in name for name in names) >= 4


def test_mode_genre_and_other_songs_change_the_cards(visitor: Visitor) -> None:
    visitor.write(DIARY)
    visitor.see(".song", 3)
    visitor.settle()
    visitor.change(lambda: visitor.button("기분 전환").click())
    assert "기분을 바꿔 줄 노래" in visitor.see(".reading .said > p")[0].text
    box = visitor.see('[data-testid="stMultiSelect"] input')[0]
    visitor.change(lambda: box.send_keys("트로트", Keys.ENTER))
    facts = visitor.js("return [...document.querySelectorAll('.song .facts')].map(item => item.textContent)")
    assert all("트로트" in fact for fact in facts)
    first = visitor.titles()
    assert not set(first) & set(visitor.change(lambda: visitor.button("다른 노래").click()))
    assert visitor.change(lambda: visitor.button("처음부터 다시").click()) == first


def test_a_phone_shows_everything_without_sideways_scrolling(visitor: Visitor) -> None:
    visitor.resize(390, 844)
    visitor.open("", "textarea")
    visitor.write(DIARY)
    visitor.see(".song", 3)
    visitor.wait_for_covers()
    widths = "const main = document.querySelector('[data-testid=stMain]'); return [main.scrollWidth, document.documentElement.scrollWidth]"
    assert visitor.js(widths) == [390, 390]


def test_the_whole_way_can_be_gone_by_keyboard(visitor: Visitor) -> None:
    visitor.js("document.activeElement.blur()")
    for _ in range(30):
        ActionChains(visitor.driver).send_keys(Keys.TAB).perform()
        if visitor.js("return document.activeElement.tagName") == "TEXTAREA":
            break
    ActionChains(visitor.driver).send_keys(DIARY, Keys.TAB).perform()
    assert visitor.js("return document.activeElement.innerText") == "일기 기록하기"
    assert visitor.js("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    ActionChains(visitor.driver).send_keys(Keys.ENTER).perform()
    visitor.see(".song", 3)
    reached = set()
    for _ in range(40):
        ActionChains(visitor.driver).send_keys(Keys.TAB).perform()
        reached.add(
            visitor.js(
                "return document.activeElement.closest('.song') ? document.activeElement.textContent : document.activeElement.tagName"
            )
        )
    assert set(visitor.titles()) <= reached
    assert "유튜브에서 듣기" in reached


def test_titles_lyrics_and_diaries_never_run_as_code(visitor: Visitor) -> None:
    visitor.write(f"오늘은 괜히 눈물이 났다 {SCRIPT}. 슬픔에 젖어 혼자 울었다 <img src=x onerror='window.hacked=true'>")
    visitor.see(".song", 3)
    for _ in range(60):
        if HOSTILE.title in visitor.titles():
            break
        visitor.change(lambda: visitor.button("다른 노래").click())
    assert HOSTILE.title in visitor.titles()
    assert "<script>window" in visitor.see(".reading")[0].text
    assert visitor.js("return document.querySelectorAll('.song img[src=x], .song script, .song b, .reading script').length") == 0
    visitor.open("data", '[data-testid="stDataFrame"]')
    box = visitor.see('[data-testid="stTextInput"] input')[0]
    box.send_keys("<script>", Keys.ENTER)
    visitor.wait.until(lambda _: HOSTILE.title in visitor.see(".said h3")[0].text)
    assert visitor.js("return window.hacked === undefined")


def test_a_kept_day_stands_in_the_calendar_and_can_be_deleted(visitor: Visitor, folder: Path) -> None:
    visitor.see('[data-testid="stCheckbox"] label')[0].click()
    visitor.wait.until(lambda _: (folder / "diary.db").exists())
    visitor.write(DIARY)
    visitor.see(".song", 3)
    visitor.open("days", ".entry")
    assert "버스에서" in visitor.see(".entry .text")[0].text
    assert len(visitor.all(".calendar .written")) == 1
    visitor.button("이 일기 지우기").click()
    visitor.button("네, 지울게요").click()
    assert "아직 간직한 일기가 없어요" in visitor.see(".advice")[0].text


@pytest.fixture(scope="module")
def axe() -> str:
    source = axe_source()
    if source is None:
        pytest.skip("no axe-core: `make .venv/.dev` installs it where there is npm, or name its axe.min.js in REUMI_TEST_AXE")
    return source


def serious(visitor: Visitor, axe: str) -> list[Any]:
    """What axe finds on the page that must not be."""
    visitor.settle()
    # Contrast cannot be computed over a pattern, whose dots are too faint to matter: judge the colour beneath.
    plain = "const plain = document.createElement('style'); plain.textContent = arguments[0]; document.head.append(plain)"
    visitor.js(plain, "* { background-image: none !important }")
    visitor.js(axe)
    found = visitor.driver.execute_async_script("axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])")
    return [
        (violation["id"], violation["help"], [node["html"][:200] for node in violation["nodes"]][:4])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


# One diary for every page of both widths: to write it takes longer than to look for what is wrong.
def test_axe_finds_nothing_serious(visitor: Visitor, axe: str) -> None:
    found = {}
    visitor.see('[data-testid="stCheckbox"] label')[0].click()
    visitor.write(DIARY)
    visitor.see(".song", 3)
    for width in (1360, 390):
        visitor.resize(width, 900)
        found["", width] = serious(visitor, axe)
    for path, awaited in (("days", ".entry"), ("data", ".runs")):
        for width in (1360, 390):
            visitor.resize(width, 900)
            visitor.open(path, awaited)
            found[path, width] = serious(visitor, axe)
    assert {page: problems for page, problems in found.items() if problems} == {}
