"""A person at a browser: what they do and what they see, with waits on what the page says of itself."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from benchmarks.browser import take_session
from tests.browser.site import RunningSite

PATIENCE = 40
SETTLED = """
const cards = [...document.querySelectorAll('.tile[data-tile]')];
const own = document.querySelector('.own-body');
if (!cards.length && !(own && own.children.length)) return false;
return cards.every((card) => card.dataset.drawn && !card.classList.contains('is-waiting'))
  && !document.querySelector('.is-waiting');
"""
TILES = "return [...document.querySelectorAll('.tile[data-tile]')].map((card) => card.id.slice(5))"
CLICK_MARK = """
const plot = document.querySelector(`#tile-${arguments[0]} .plot`);
for (let t = 0; t < plot.data.length; t++) {
  const trace = plot.data[t];
  if (!trace.customdata || trace.hoverinfo === 'skip' || trace.type === 'heatmap') continue;
  const key = [].concat(trace.customdata[arguments[1]]);
  plot.emit('plotly_click', {
    points: [{ data: trace, customdata: trace.customdata[arguments[1]], pointNumber: arguments[1] }],
    event: { ctrlKey: arguments[2], metaKey: false, shiftKey: false },
  });
  return key.map(String);
}
"""


class Visitor:
    """One browser on one site."""

    def __init__(self, browser: Chrome, site: RunningSite, downloads: Path) -> None:
        self.browser = browser
        self.site = site
        self.downloads = downloads

    # --- getting about ---------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], Any], message: str = "") -> Any:
        """Wait until the page is so; elements that are replaced meanwhile are looked up anew."""

        def met(_browser: object) -> Any:
            try:
                return condition()
            except StaleElementReferenceException:
                return False

        return WebDriverWait(self.browser, PATIENCE, 0.05).until(met, message)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    @contextmanager
    def before_pages(self, script: str) -> Iterator[None]:
        """Run a script before anything of the pages that are loaded within the block."""
        added = self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        try:
            yield
        finally:
            self.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    def go(self, path: str) -> None:
        self.browser.get(self.site.address + path)

    def come_as(self, login: str) -> None:
        """Be in a session of the user's from the next page on."""
        take_session(self.browser, self.site.address, self.site.session(login))

    def log_in(self, login: str, path: str = "/") -> None:
        """Open a page in a session of the user's, and wait until it is drawn."""
        self.come_as(login)
        self.go(path)
        self.wait_drawn()

    def log_in_by_form(self, login: str, path: str = "/") -> None:
        """Open a page, fill in the form that comes instead, and wait until the page is drawn."""
        self.go(path)
        self.fill_login(login, self.site.password)
        self.wait_drawn()

    def fill_login(self, login: str, password: str) -> None:
        form = self.until(lambda: self.one("form"))
        form.find_element("name", "login").send_keys(login)
        form.find_element("name", "password").send_keys(password)
        form.find_element("css selector", "button[type=submit]").click()

    def wait_drawn(self) -> None:
        self.until(lambda: self.run(SETTLED), "the tiles are not drawn")

    def count_drawn(self) -> int:
        return int(self.run("return document.body.dataset.drawn || '0'"))

    def changing(self, action: Callable[[], Any]) -> Any:
        """Do something and wait until the page has been drawn anew because of it."""
        before = self.count_drawn()
        result = action()
        self.until(lambda: self.count_drawn() > before, "the page was not drawn again")
        self.until(lambda: self.run("return document.body.dataset.pending === '0'"), "some tiles are still pending")
        self.wait_drawn()
        return result

    # --- looking ---------------------------------------------------------------------------------------------------

    def one(self, selector: str) -> WebElement | None:
        return next(iter(self.all(selector)), None)

    def sees(self, selector: str) -> bool:
        """Whether such an element is on the page and visible."""
        return any(element.is_displayed() for element in self.all(selector))

    def all(self, selector: str) -> list[WebElement]:
        found: list[WebElement] = self.browser.find_elements("css selector", selector)
        return found

    def text(self, selector: str) -> str:
        """The text of what the page shows there."""
        return str(self.run("const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", selector))

    @property
    def path(self) -> str:
        return urlsplit(self.browser.current_url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.browser.current_url).query)

    def tiles(self) -> list[str]:
        return list(self.run(TILES))

    def tile(self, name: str) -> WebElement:
        found = self.one(f"#tile-{name}")
        assert found is not None, name
        return found

    def payload(self, name: str) -> dict[str, Any]:
        """What the server answered for a tile."""
        return dict(self.run("return document.getElementById('tile-' + arguments[0]).payload", name))

    def kpi(self, name: str) -> str:
        """The exact figure of a card, as its tooltip says it."""
        return str(self.run("return document.querySelector(`#tile-${arguments[0]} .kpi-value`).title", name))

    def chips(self) -> list[str]:
        """The chips' texts without their ×."""
        return list(self.run("return [...document.querySelectorAll('#chips .chip')].map((c) => [...c.children].slice(0, 2)"
                             ".map((x) => x.textContent).join(': '))"))  # fmt: skip

    def figure(self, name: str) -> list[dict[str, Any]]:
        """The traces of a chart: how many marks each has, and which of them are not faded."""
        script = """return JSON.stringify(document.querySelector(`#tile-${arguments[0]} .plot`).data.map((t) =>
            ({ selectedpoints: t.selectedpoints, marks: t.customdata ? t.customdata.length : 0 })))"""
        return list(json.loads(self.run(script, name)))

    # --- doing -----------------------------------------------------------------------------------------------------

    def click(self, selector: str) -> None:
        """Click what is there, once it is there; scrolled into sight first."""
        element = self.until(lambda: self.one(selector), f"there is no {selector}")
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def click_mark(self, tile: str, index: int, add: bool = False) -> list[str]:
        """Click a mark of a chart; the values it stands for."""
        return list(self.changing(lambda: self.run(CLICK_MARK, tile, index, add)))

    def choose(self, control: str, words: str) -> None:
        """Choose an option of a dropdown and close its list."""
        self.click(f"#{control}")
        option = self.until(lambda: self._option(words), f"there is no option {words}")
        before = self.browser.current_url
        option.click()
        self.until(lambda: self.browser.current_url != before or self.one("#dates:not([hidden])"), "the link stayed")
        self.press(Keys.ESCAPE)

    def _option(self, words: str) -> WebElement | None:
        options = self.all(".dash-dropdown-content .dash-options-list-option, .dash-dropdown-content [role=option]")
        return next((one for one in options if one.text.strip() == words), None)

    def mouse(self, x: float, y: float) -> None:
        """Move the mouse to a place of the window, in px, and click there."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            pressed = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **pressed})
            time.sleep(0.15 if kind == "mouseMoved" else 0)  # a chart looks now and then only where the mouse is

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def menu(self, tile: str, act: str) -> None:
        """Choose from a tile's menu."""
        self.click(f"#tile-{tile} [data-act=menu]")
        self.click(f"#tile-{tile} .pop-menu [data-act={act}]")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def downloaded(self, name: str) -> str:
        """The text of a download, once it is complete."""
        return self.downloaded_bytes(name).decode("utf-8-sig")

    def downloaded_bytes(self, name: str) -> bytes:
        """A download, once it is complete."""
        file = self.downloads / name
        self.until(lambda: file.exists() and not list(self.downloads.glob("*.crdownload")), f"{name} did not come")
        content = file.read_bytes()
        file.unlink()
        return content
