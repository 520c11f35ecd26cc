"""The one file that knows Selenium's browsers: finds and starts Chromium, here or on a Selenium Grid, and ends it for good."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ChromeOptions, ChromeService
from selenium.webdriver.chrome.webdriver import WebDriver as Chrome
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from scraper import orphans
from scraper.errors import BrowserDied, BrowserMissing, FetchFailed

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_HOW_TO_INSTALL = "on Debian and Ubuntu run `sudo apt install chromium chromium-driver`, elsewhere install Google Chrome"
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    # Blocking images through the network domain hangs on pages whose onerror handler sets another image.
    "--blink-settings=imagesEnabled=false",
)

_CDP = "reumiChromiumCommand"


@dataclass(frozen=True, slots=True)
class BrowserPlan:
    """How a browser is to be started: the User-Agent it sends, the seconds a page may take, the Grid to start it on ('' = here)."""

    user_agent: str
    timeout: float = 20.0
    grid_url: str = ""


class Browser:
    """A running Chromium with its driver. `end()` leaves no process behind, whatever state they are in."""

    def __init__(self, plan: BrowserPlan) -> None:
        self._profile: orphans.Profile | None = None
        if plan.grid_url:
            self.driver: WebDriver = _start_remote(plan)
        else:
            orphans.sweep()
            driver_path, browser_path = find_driver(), find_browser()
            self._profile = orphans.Profile()
            try:
                self.driver = _start_local(plan, driver_path, browser_path, self._profile.path)
            except BaseException:
                self._profile.end()
                raise
        try:
            _ask_for_no_icon(self.driver)
            self.driver.set_page_load_timeout(plan.timeout)
            self.driver.set_script_timeout(plan.timeout + 5)
        except (WebDriverException, HTTPError, OSError) as error:
            self.end()
            raise BrowserDied(plan.grid_url or "the browser", f"it ended right after its start ({first_line(error)})") from error
        except BaseException:
            self.end()
            raise

    @property
    def folder(self) -> Path | None:
        """The local browser's profile folder, which every process of it names in its command line; None on a Grid."""
        return None if self._profile is None else self._profile.path

    def end(self) -> None:
        """End browser and driver; safe to call twice."""
        try:
            with contextlib.suppress(WebDriverException, HTTPError, OSError):
                self.driver.quit()
        finally:
            if self._profile is not None:
                self._profile.end()
                self._profile = None


def find_browser() -> str:
    """Path of an installed Chromium or Chrome. Raises BrowserMissing."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    if _MAC_CHROME.exists():
        return str(_MAC_CHROME)
    raise BrowserMissing(f"no Chromium or Chrome browser is installed: {_HOW_TO_INSTALL}")


def find_driver() -> str:
    """Path of a chromedriver: the one on PATH first, else one that webdriver-manager downloads. Raises BrowserMissing."""
    found = shutil.which("chromedriver")
    if found:
        return found
    browser = find_browser()
    try:
        from webdriver_manager.chrome import ChromeDriverManager
        from webdriver_manager.core.os_manager import ChromeType

        kind = ChromeType.CHROMIUM if "chromium" in Path(browser).name else ChromeType.GOOGLE
        return str(ChromeDriverManager(chrome_type=kind).install())
    except Exception as error:  # webdriver-manager raises bare ValueError, ConnectionError and others of its own
        raise BrowserMissing(f"{browser} has no chromedriver beside it and none could be downloaded: {_HOW_TO_INSTALL}") from error


def _options(plan: BrowserPlan) -> ChromeOptions:
    options = ChromeOptions()
    for flag in _FLAGS:
        options.add_argument(flag)
    if sys.platform.startswith("linux") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    options.add_argument(f"--user-agent={plan.user_agent}")
    return options


def _start_local(plan: BrowserPlan, driver_path: str, browser_path: str, folder: Path) -> WebDriver:
    options = _options(plan)
    options.binary_location = browser_path
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    service = ChromeService(
        executable_path=driver_path,
        log_output=str(folder / "driver.log"),
        env=dict(os.environ) | {"TMPDIR": str(folder.parent)},
        popen_kw={"start_new_session": True},  # a Ctrl-C for us must not end the browser in the middle of a page
    )
    try:
        driver = Chrome(options=options, service=service)
    except (WebDriverException, HTTPError, OSError) as error:
        service.stop()
        raise BrowserMissing(f"{browser_path} could not be started: {first_line(error)}; {_HOW_TO_INSTALL}") from error
    _limit_driver_calls(driver, plan.timeout)
    return driver


def _start_remote(plan: BrowserPlan) -> WebDriver:
    config = ClientConfig(remote_server_addr=plan.grid_url, timeout=int(plan.timeout) + 60)
    try:
        driver = WebDriver(command_executor=plan.grid_url, options=_options(plan), client_config=config)
    except (WebDriverException, HTTPError, OSError) as error:
        raise FetchFailed(plan.grid_url, f"no browser to be had from this Selenium Grid: {first_line(error)}") from error
    _limit_driver_calls(driver, plan.timeout)
    return driver


def _limit_driver_calls(driver: WebDriver, timeout: float) -> None:
    """A driver that stopped answering counts as dead soon after a page would have."""
    if isinstance(driver.command_executor, RemoteConnection):
        driver.command_executor.client_config.timeout = int(timeout) + 15


def _ask_for_no_icon(driver: WebDriver) -> None:
    """Keep the browser from asking for /favicon.ico by itself, past the crawler's manners."""
    if isinstance(driver.command_executor, RemoteConnection):
        # A remote driver has no method for Chromium's own commands, though its Grid passes them on.
        driver.command_executor.add_command(_CDP, "POST", "/session/$sessionId/goog/cdp/execute")  # type: ignore[no-untyped-call]
        driver.execute(_CDP, {"cmd": "Network.enable", "params": {}})
        driver.execute(_CDP, {"cmd": "Network.setBlockedURLs", "params": {"urls": ["*/favicon.ico"]}})


def first_line(error: Exception) -> str:
    """What an error of Selenium says, without its stack trace."""
    return (str(getattr(error, "msg", None) or error).strip().splitlines() or [type(error).__name__])[0].removeprefix("Message: ")
