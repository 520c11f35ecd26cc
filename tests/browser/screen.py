"""The screen as a person meets it: `reumi web` as a process of its own, and a real Chromium before it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from scraper.browser import find_browser, find_driver
from tests.waiting import answers, free_port, until

DIARY = "면접에서 또 떨어졌다. 괜찮은 척 웃었는데 집에 오는 버스에서 자꾸 눈물이 났다."
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-sandbox",
    "--hide-scrollbars",
)


@contextmanager
def served(folder: Path, database_url: str, site_url: str) -> Iterator[str]:
    """`reumi web` over a data set; gives its address. Its diary is `folder`/diary.db."""
    port = free_port()
    environment = {**os.environ, "REUMI_DIARY": str(folder / "diary.db"), "REUMI_SITE_URL": site_url, "HOME": str(folder)}
    command = [sys.executable, "-m", "reumi", "web", "--port", str(port), "--db", database_url]
    with (folder / "web.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: answers(f"{address}/_stcore/health"), f"the screen did not start: {(folder / 'web.log').read_text()[-500:]}")
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


class Visitor:
    """A person before the screen."""

    def __init__(self, profile: Path, address: str) -> None:
        options = ChromeOptions()
        options.binary_location = find_browser()
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = Chrome(options=options, service=ChromeService(find_driver()))
        self.address = address
        self.wait = WebDriverWait(self.driver, 40, poll_frequency=0.1, ignored_exceptions=[Exception])

    def leave(self) -> None:
        self.driver.quit()

    def resize(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, path: str, awaited: str) -> None:
        self.driver.get(f"{self.address}/{path}")
        self.see(awaited)
        self.settle()

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def see(self, selector: str, number: int = 1) -> list[WebElement]:
        self.wait.until(lambda _: len(self.all(selector)) >= number, f"no {number} × {selector}")
        return self.all(selector)

    def settle(self) -> None:
        """Wait until Streamlit has finished its run."""
        self.wait.until(lambda _: not self.all('[data-testid="stStatusWidget"], [data-stale="true"]'), "the page does not come to rest")

    def button(self, words: str) -> WebElement:
        found: WebElement = self.wait.until(
            lambda _: next(item for item in self.all("button") if item.is_displayed() and item.text.strip().startswith(words)),
            f"no button {words}",
        )
        return found

    def titles(self) -> list[str]:
        titles: list[str] = self.js("return [...document.querySelectorAll('.song h3')].map(item => item.textContent)")
        return titles

    def write(self, text: str) -> None:
        area = self.see("textarea")[0]
        area.send_keys(Keys.CONTROL, "a")
        area.send_keys(Keys.CONTROL + "a", Keys.DELETE)
        # At once, as a paste does: a page that is drawn anew for every key takes longer than its answer. One test goes the way by keys.
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})
        self.button("일기 기록하기").click()

    def change(self, act: Any) -> list[str]:
        """Do something that changes the songs, and return the new ones' titles."""
        before = self.titles()
        act()
        self.wait.until(lambda _: self.titles() not in ([], before), "the songs did not change")
        self.settle()
        return self.titles()

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def wait_for_covers(self) -> None:
        loaded = "return [...document.querySelectorAll('.song .cover img')].every(image => image.complete && image.naturalWidth > 0)"
        self.js("document.querySelectorAll('.song').forEach(song => song.scrollIntoView())")
        self.wait.until(lambda _: self.js(loaded), "a cover did not load")


def axe_source() -> str | None:
    """axe-core's script: from REUMI_TEST_AXE, or where `make` puts it; None otherwise."""
    places = [Path(os.environ.get("REUMI_TEST_AXE", "")), Path(__file__).parents[2] / ".venv/npm/node_modules/axe-core/axe.min.js"]
    return next((place.read_text(encoding="utf-8") for place in places if place.is_file()), None)
