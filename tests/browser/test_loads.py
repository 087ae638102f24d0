"""From an import with rejects to the page Data, its rejects, and back to the data of before."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from data_layer.ingest import run as ingest_run
from data_layer.loads import Loads
from data_layer.warehouse import generations
from layouts.registry import BY_NAME
from tests.app.test_cli_data import MARKET
from tests.browser.site import RunningSite
from tests.browser.test_look import SIDEWAYS, violations
from tests.browser.visitor import Visitor
from tests.data.importing import start

DATA = BY_NAME["loads"].path
ROWS = ".loads-card tbody tr"


@dataclass(frozen=True)
class Loaded:
    """A load of real data with a rejected row, and what was shown before it."""

    id: str
    before: str


@pytest.fixture(scope="module")
def loaded(running_site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """One load for all tests, since only the last few states of the data are kept; the demo's are shown again at the end."""
    shown = generations.current_file(running_site.home)
    assert shown is not None
    before = generations.id_of(shown)
    folder = tmp_path_factory.mktemp("in")
    (folder / "market_data.csv").write_text(MARKET + "2026-11-20,1,2,3,4,5\n=soon,1,2,3,4,5\n")
    running_site.run("import", str(folder), "--max-rejects", "60")
    yield Loaded(Loads(running_site.home).ids()[0], before)
    if generations.current_file(running_site.home) != shown:
        running_site.run("rollback", "--to", before)


def test_an_administrator_sees_a_load_fetches_its_rejects_and_goes_back(visitor: Visitor, loaded: Loaded) -> None:
    visitor.log_in("admin", DATA)
    assert visitor.text(ROWS).split("\t")[1] == "Published"
    visitor.click(f".loads-card a[href*='{loaded.id}']")
    visitor.until(lambda: "Rejected rows: 1" in visitor.text(".own-body"))
    assert dict(visitor.query) == {"load": loaded.id}
    assert "market_data.csv" in visitor.text(".own-body")
    assert violations(visitor) == []
    visitor.click("#rejects-csv")
    got = list(csv.reader(io.StringIO(visitor.downloaded(f"rejects-{loaded.id}.csv"))))
    file = Loads(visitor.site.home).rejects(loaded.id)
    assert file is not None
    kept = list(csv.reader(io.StringIO(file.read_text())))
    assert [got[0], got[1][:-1]] == [kept[0], kept[1][:-1]]
    assert (kept[1][-1], got[1][-1]) == ("=soon,1,2,3,4,5", "'=soon,1,2,3,4,5")
    visitor.browser.back()
    visitor.until(lambda: visitor.one("[data-rollback]") and not visitor.query)
    go_back(visitor, loaded.before)


def go_back(visitor: Visitor, to: str) -> None:
    """Return to the demo's data, with the question first."""
    before = visitor.text("#stamp")
    visitor.click(f"[data-rollback='{to}']")
    visitor.until(lambda: "Everybody will see" in visitor.text("#roll-back"))
    assert violations(visitor) == []
    visitor.click("#roll-back .is-main")
    visitor.until(lambda: "The site now shows" in visitor.text("#toast"))
    visitor.until(lambda: visitor.sees("#demo") and visitor.text("#stamp") != before)


def build_for_ever() -> None:
    ingest_run.build_star = lambda _build: threading.Event().wait()  # type: ignore[assignment]


def asked(visitor: Visitor) -> list[bool]:
    """Of each callback that the browser has asked for since the last look, whether it said that nobody is there."""
    lines = [json.loads(line["message"])["message"] for line in visitor.browser.get_log("performance")]
    sent = [line["params"]["request"] for line in lines if line["method"] == "Network.requestWillBeSent"]
    callbacks = [one for one in sent if "/_dash-update-component" in one["url"]]
    return ["x-unattended" in {name.lower() for name in one["headers"]} for one in callbacks]


def test_a_page_that_watches_an_import_says_when_nobody_is_there(visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "market_data.csv").write_text(MARKET + "2026-11-20,1,2,3,4,5\n")
    process = start(visitor.site.home, tmp_path, build_for_ever)
    try:
        visitor.log_in("admin", DATA)
        visitor.until(lambda: visitor.one(".is-running"))
        assert not any(asked(visitor))
        visitor.run("const now = Date.now; Date.now = () => now() + 61000;")
        visitor.until(lambda: asked(visitor)[-1:] == [True], "the page asked as if somebody were there")
        visitor.mouse(700, 500)
        assert visitor.until(lambda: asked(visitor)[-1:]) == [False]
    finally:
        process.kill()
        process.join()


def test_on_a_phone_nothing_is_cut_off(visitor: Visitor, loaded: Loaded) -> None:
    visitor.resize(360, 740)
    visitor.log_in("admin", f"{DATA}?load={loaded.id}")
    assert visitor.run(SIDEWAYS) <= 0
