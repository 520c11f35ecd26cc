"""Nothing on the screen speaks English: not the hints and menus that Streamlit brings, and not the names that screen readers say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains

from reumi.replica.catalogue import load_songs
from tests.browser.screen import DIARY, Visitor, served
from tests.data_set import make_data_set

pytest.importorskip("streamlit")
pytestmark = pytest.mark.browser

# Three Latin letters or more in a row that are shown or said and are not ours (stHtml), but for the names of things.
ENGLISH = """
const ours = '[data-testid="stHtml"], canvas, script, style, svg.marks, textarea, .vega-embed';
const names = /ReUmi|CSV|JSON|PNG|Ctrl|Enter|R&B|Soul|TOP100|Vega-Lite|reumi/g;
const found = new Set();
const see = (where, words) => { if (/[A-Za-z]{3}/.test((words || '').replace(names, ''))) found.add(where + ': ' + words.trim()); };
for (const element of document.body.querySelectorAll('*')) {
  if (element.closest(ours)) continue;
  for (const name of ['aria-label', 'title', 'placeholder', 'alt']) see(name, element.getAttribute(name));
  if (element.closest('[data-testid="stIconMaterial"], noscript')) continue;
  for (const child of element.childNodes) if (child.nodeType === Node.TEXT_NODE) see('text', child.data);
}
return [...found].sort();
"""


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    folder = tmp_path_factory.mktemp("korean")
    data_set = make_data_set(folder / "songs.db", list(load_songs().values())[:80])
    with served(folder, data_set, "http://127.0.0.1:9") as address:
        visitor = Visitor(folder / "profile", address)
        visitor.resize(1360, 900)
        yield visitor
        visitor.leave()


def english(visitor: Visitor) -> list[str]:
    found: list[str] = visitor.js(ENGLISH)
    return found


def test_the_diary_page_speaks_korean_before_and_after_an_answer(visitor: Visitor) -> None:
    visitor.open("", "textarea")
    visitor.see("textarea")[0].send_keys(DIARY)
    hint = visitor.see('[data-testid="InputInstructions"]')[0]
    assert hint.text == "Ctrl+Enter로도 기록할 수 있어요"
    assert english(visitor) == []
    visitor.button("일기 기록하기").click()
    visitor.see(".song", 3)
    visitor.settle()
    assert english(visitor) == []


def test_lists_to_choose_from_speak_korean(visitor: Visitor) -> None:
    visitor.open("", "textarea")
    visitor.write(DIARY)
    visitor.see(".song", 3)
    visitor.settle()
    box = visitor.see('[data-testid="stMultiSelect"] input')[0]
    box.send_keys("없는장르")
    visitor.wait.until(lambda _: "찾는 것이 없어요" in visitor.driver.page_source, "the empty list does not say so in Korean")
    assert english(visitor) == []


def test_the_data_page_with_its_menus_speaks_korean(visitor: Visitor) -> None:
    visitor.open("data", '[data-testid="stDataFrame"]')
    assert english(visitor) == []
    table = visitor.see('[data-testid="stDataFrame"]')[0]
    visitor.js("arguments[0].scrollIntoView({block: 'center'})", table)
    ActionChains(visitor.driver).move_to_element(table).perform()
    visitor.see('[data-testid="stElementToolbar"] button')
    assert english(visitor) == []
    assert not any(item.is_displayed() for item in visitor.all('[data-testid="stElementToolbarButton"] [aria-label="CSV로 내려받기"]'))
    visitor.see('[data-testid="stElementToolbarButton"] button[aria-label="찾기"]')[0].click()
    visitor.see('[data-testid="search-input"][aria-hidden="false"]')
    assert english(visitor) == []
    picture = visitor.see('[data-testid="stVegaLiteChart"]')[0]
    visitor.js("arguments[0].scrollIntoView({block: 'center'})", picture)
    ActionChains(visitor.driver).move_to_element(picture).perform()
    visitor.wait.until(
        lambda _: any(item.is_displayed() for item in visitor.all('button[aria-label="표로 보기"]')), "no menu of the picture"
    )
    assert english(visitor) == []


def test_an_address_that_does_not_exist_and_a_phones_menu_speak_korean(visitor: Visitor) -> None:
    visitor.open("nowhere", '[role="dialog"]')
    visitor.wait.until(lambda _: "찾으시는 쪽이 없어서" in visitor.see('[role="dialog"]')[0].text, "no word about the missing page")
    assert english(visitor) == []
    visitor.resize(390, 844)
    visitor.open("", "textarea")
    visitor.wait.until(lambda _: visitor.all('[data-testid="stExpandSidebarButton"]')[0].click() is None, "no way to the menu")
    visitor.wait.until(lambda _: any(item.is_displayed() for item in visitor.all('[data-testid="stSidebar"] a')), "the menu does not open")
    assert english(visitor) == []
    visitor.resize(1360, 900)


def test_a_lost_connection_is_told_in_korean(visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A server of its own, which ends; the browser is everybody's.
    with served(tmp_path, f"sqlite:///{tmp_path / 'none.db'}", "http://127.0.0.1:9") as address:
        monkeypatch.setattr(visitor, "address", address)
        visitor.open("", '[data-testid="stCheckbox"]')
    visitor.wait.until(lambda _: "연결이 끊겼어요" in visitor.driver.page_source, "no word about the lost connection")
    assert english(visitor) == []
