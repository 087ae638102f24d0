"""A headless browser for measurements, and what is asked of it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

DRIVER = "/usr/bin/chromedriver"
BROWSER = "/usr/bin/chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
)
LONGEST_SECONDS = 60

# Runs before anything of a page.  `measure.whenDrawn()` gives the milliseconds from navigation to the frame after the
# last tile was drawn; `measure.requests` holds what the page asked of the server.
WATCH = """
(() => {
  const measure = (window.measure = { requests: [] });
  const real = window.fetch;
  window.fetch = (target, options) => {
    const address = String(target.url || target);
    if (options && options.method === "POST")
      measure.requests.push({ address, headers: { ...options.headers }, body: options.body });
    return real(target, options);
  };
  const complete = () => {
    const cards = document.querySelectorAll(".tile[data-tile]");
    return cards.length > 0 && [...cards].every((card) => card.dataset.drawn);
  };
  const afterPaint = (then) => requestAnimationFrame(() => setTimeout(then, 0));
  const until = (test, then) => (test() ? afterPaint(then) : setTimeout(() => until(test, then), 4));
  measure.whenDrawn = (done) => until(() => window.drawnAt || measure.at, () => done(window.drawnAt || measure.at));
  until(complete, () => (measure.at = performance.now()));
  /* What the page still does after the change before it is over first: nobody clicks again within the half second. */
  measure.change = (search, done) => setTimeout(() => {
    const state = document.body.dataset, start = performance.now(), before = state.drawn;
    window.clientscope.visit({ search });
    until(() => state.drawn !== before && state.pending === "0", () => done(performance.now() - start));
  }, 500);
})();
"""


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile; ended with the block."""
    with tempfile.TemporaryDirectory(prefix="clientscope-browser-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        try:
            driver.set_script_timeout(LONGEST_SECONDS)
            driver.set_page_load_timeout(LONGEST_SECONDS)
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
            yield driver
        finally:
            driver.quit()


def take_session(driver: webdriver.Chrome, address: str, session: requests.Session) -> None:
    """Let the browser go on in a client's session."""
    for cookie in session.cookies:
        given = {"name": cookie.name, "value": cookie.value, "url": address, "httpOnly": True}
        driver.execute_cdp_cmd("Network.setCookie", given)


def open_page(driver: webdriver.Chrome, address: str, *, cold: bool) -> float:
    """Seconds from navigation to the last tile drawn; ``cold``: with the browser's own cache emptied."""
    if cold:
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.get("about:blank")
    driver.get(address)
    return float(driver.execute_async_script("window.measure.whenDrawn(arguments[0])")) / 1000


def change(driver: webdriver.Chrome, search: str) -> float:
    """Seconds from a change of the page's state to the last tile redrawn."""
    return float(driver.execute_async_script("window.measure.change(arguments[0], arguments[1])", search)) / 1000


def requests_of(driver: webdriver.Chrome) -> list[dict[str, Any]]:
    """What the open page has asked of the server: address, headers and body of each POST."""
    found: list[dict[str, Any]] = driver.execute_script("return window.measure.requests")
    return found
