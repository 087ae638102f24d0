"""One real site and one headless Chromium for the run; after every test both must have had nothing to complain of."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.browser.site import RunningSite, start
from tests.browser.visitor import Visitor

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1440,1000",
    "--force-prefers-reduced-motion",
)  # fmt: skip
# A refused or broken request is written to the console by the browser itself; tests that cause one say so.
EXPECTED_BY = {
    "session_ends": ("the server responded with a status of 401",),
    "not_found": ("the server responded with a status of 404",),
    "goes_offline": ("net::ERR_", "Failed to fetch"),
    # Dash writes down what became of a request that failed.
    "request_fails": ("dash-renderer/build/dash_renderer",),
    "wrong_password": ("the server responded with a status of 401", "the server responded with a status of 403"),
    # The grid reports its state once more while Dash is taking it away; the page is not harmed.
    "grid_closes": ("Cannot read properties of undefined (reading 'props')",),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "causes(kind): what this test makes the browser complain of; see EXPECTED_BY")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """selenium 4.2, which dash[testing] asks for, uses what urllib3 will give up."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:HTTPResponse.getheader:DeprecationWarning"))


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The site, stopped at the end."""
    site = start(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """The browser; a missing one fails the run."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    profile = tmp_path_factory.mktemp("profile")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    yield browser
    browser.quit()


@pytest.fixture
def visitor(
    chromium: Chrome, running_site: RunningSite, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """A browser that has never been here; afterwards, what it and the server had to say."""
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Network.enable", {})
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": running_site.address, "storageTypes": "all"})
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    allow = {"behavior": "allow", "downloadPath": str(tmp_path)}
    chromium.execute_cdp_cmd("Page.setDownloadBehavior", allow)
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    running_site.forget_complaints()
    yield Visitor(chromium, running_site, tmp_path)
    expected = [words for mark in request.node.iter_markers("causes") for words in EXPECTED_BY[mark.args[0]]]
    chromium.get("about:blank")
    assert console(chromium, expected) == []
    assert foreign(chromium, running_site) == set()
    assert running_site.complaints() == []


def console(browser: Chrome, expected: list[str]) -> list[str]:
    """What the browser warned of or failed at, but what the test caused on purpose."""
    lines = [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
    return [f"{one['level']} {one['message']}" for one in lines if not any(w in one["message"] for w in expected)]


def foreign(browser: Chrome, site: RunningSite) -> set[str]:
    """The hosts that were asked for anything, but the site."""
    hosts = set()
    for line in browser.get_log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            address = urlsplit(message["params"]["request"]["url"])
            if address.scheme in ("http", "https", "ws", "wss") and address.netloc != f"localhost:{site.port}":
                hosts.add(address.netloc)
    return hosts
