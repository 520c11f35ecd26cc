"""The replica in a real Chromium: hidden blocks, likes filled by script, paging by the address's hash, pictures that show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from reumi.replica.catalogue import load_songs
from reumi.replica.clock import DEFAULT_NOW, likes_at
from reumi.replica.server import Faults, Replica
from scraper.browser import find_browser, find_driver

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site() -> Iterator[Replica]:
    with Replica(filler=700) as running:
        yield running


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = find_browser()
    profile: Path = tmp_path_factory.mktemp("profile")
    for flag in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-sandbox", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=ChromeService(find_driver()))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(autouse=True)
def healthy(site: Replica) -> Iterator[None]:
    site.faults = Faults()
    site.clear()
    yield
    site.faults = Faults()


def wait_for(chrome: Chrome, script: str) -> object:
    return WebDriverWait(chrome, 30).until(lambda driver: driver.execute_script(f"return {script}"))


def first_id(chrome: Chrome) -> str | None:
    return chrome.execute_script("const box = document.querySelector('#songList input[name=input_check]'); return box && box.value")


def test_the_list_shows_once_the_pager_ran_and_its_likes_are_the_jsons(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/genre/song_list.htm?gnrCode=GN0100")
    wait_for(chrome, "document.querySelector('#songList').style.display !== 'none'")
    wait_for(chrome, "!!document.querySelector('#songList .like .cnt').innerText.match(/[1-9]/)")
    shown = chrome.execute_script(
        "const buttons = document.querySelectorAll('#songList button.like');"
        "return Array.from(buttons, b => [b.dataset.songNo, b.querySelector('.cnt').textContent])"
    )
    assert len(shown) == 50
    for song_id, text in shown:
        assert int("".join(filter(str.isdigit, text))) == likes_at(site.site.songs[song_id], DEFAULT_NOW)


def test_hidden_labels_stay_out_of_the_visible_text(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/chart/index.htm")
    row = chrome.find_element(By.CSS_SELECTOR, "tr[data-song-no]")
    assert "총건수" in (row.get_property("textContent") or "")
    assert "곡정보" not in row.text
    assert "총건수" not in row.text


def test_the_hash_brings_the_second_page_without_a_new_document(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/genre/song_list.htm?gnrCode=GN0200")
    before = first_id(chrome)
    chrome.execute_script("window.stays = true; pageObj.sendPage('51')")
    WebDriverWait(chrome, 30).until(lambda driver: first_id(chrome) not in (None, before))
    assert chrome.execute_script("return window.stays") is True
    assert "startIndex=51" in chrome.current_url
    assert chrome.find_element(By.CSS_SELECTOR, "#songList span.rank:not(th span)").text == "51"
    wait_for(chrome, "document.querySelector('#pageObjNavgation strong').innerText.includes('2')")
    assert any("startIndex=51" in request.path for request in site.pages("/genre/song_listPaging.htm"))


def test_an_address_with_a_hash_ends_on_the_page_that_it_names(chrome: Chrome, site: Replica) -> None:
    chrome.get("about:blank")
    state = "params%5BgnrCode%5D=GN0300&params%5BorderBy%5D=POP&params%5BsteadyYn%5D=N&po=pageObj&startIndex=1"
    chrome.get(f"{site.url}/genre/song_list.htm?gnrCode=GN0300#{state}")
    popular = max((song for song in load_songs().values() if song.genre_code == "GN0300"), key=lambda song: likes_at(song, DEFAULT_NOW))
    WebDriverWait(chrome, 30).until(lambda driver: first_id(chrome) == popular.song_id)


def test_the_popular_link_sorts_by_likes(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/genre/song_list.htm?gnrCode=GN0500")
    wait_for(chrome, "document.querySelector('#songList').style.display !== 'none'")
    chrome.find_element(By.XPATH, '//*[@id="frm"]/div/div/div/a[2]').click()
    popular = max((song for song in load_songs().values() if song.genre_code == "GN0500"), key=lambda song: likes_at(song, DEFAULT_NOW))
    WebDriverWait(chrome, 30).until(lambda driver: first_id(chrome) == popular.song_id)


@pytest.mark.parametrize("path", ["/genre/song_list.htm?gnrCode=GN0700&steadyYn=Y", "/song/detail.htm?songId=39010001"])
def test_covers_are_drawn(chrome: Chrome, site: Replica, path: str) -> None:
    chrome.get(site.url + path)
    wait_for(chrome, "Array.from(document.querySelectorAll('a.image_typeAll img')).every(i => i.complete)")
    widths = chrome.execute_script("return Array.from(document.querySelectorAll('a.image_typeAll img'), i => i.naturalWidth)")
    assert widths
    assert min(widths) > 0


def test_a_missing_picture_is_replaced(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/song/detail.htm?songId=39090009")
    wait_for(chrome, "document.querySelector('.section_info .thumb img').src.endsWith('noAlbum_500.svg')")


def test_a_songs_likes_lose_their_hidden_label_when_filled(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/song/detail.htm?songId=39010001")
    expected = f"{likes_at(load_songs()['39010001'], DEFAULT_NOW):,}"
    wait_for(chrome, f"document.querySelector('#d_like_count').textContent === '{expected}'")


def test_titles_of_the_site_run_nothing(chrome: Chrome, site: Replica) -> None:
    chrome.get(f"{site.url}/song/detail.htm?songId=39090002")
    name = chrome.find_element(By.CSS_SELECTOR, ".song_name")
    assert name.text == "<b>굵은 글씨</b>로 말할게"
    assert name.find_elements(By.TAG_NAME, "b") == []


def test_rows_past_fifty_hide_until_scripts_ran_in_the_2018_layout(chrome: Chrome, site: Replica) -> None:
    site.faults = Faults(layout="2018", promoted=True)
    chrome.get(f"{site.url}/chart/week/index.htm")
    wait_for(chrome, "document.querySelector('#tb_list').style.display !== 'none'")
    wait_for(chrome, "document.querySelectorAll('tr.lst100')[49].style.display !== 'none'")
    wait_for(chrome, "document.querySelector('#tb_list tbody tr').className === 'recm_song'")
    assert len(chrome.find_elements(By.CSS_SELECTOR, "#tb_list tr[data-song-no]")) == 100


def test_with_ids_missing_from_the_json_the_page_shows_likes_at_the_wrong_rows(chrome: Chrome, site: Replica) -> None:
    site.faults = Faults(likes_missing=2)
    chrome.get(f"{site.url}/genre/song_list.htm?gnrCode=GN0100")
    wait_for(chrome, "!!document.querySelector('#songList .like .cnt').textContent.match(/[1-9]/)")
    second = chrome.find_elements(By.CSS_SELECTOR, "#songList button.like")[1]
    digits = "".join(filter(str.isdigit, second.find_element(By.CSS_SELECTOR, ".cnt").get_property("textContent") or ""))
    assert int(digits) != likes_at(site.site.songs[str(second.get_attribute("data-song-no"))], DEFAULT_NOW)
