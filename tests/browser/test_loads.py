"""From an import with rejects to the page Data, its rejects, and back to the data of before."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from data_layer.loads import Loads
from data_layer.warehouse import generations
from layouts.registry import BY_NAME
from tests.app.test_cli_data import MARKET
from tests.browser.site import RunningSite
from tests.browser.test_look import SIDEWAYS, violations
from tests.browser.visitor import Visitor

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


def test_on_a_phone_nothing_is_cut_off(visitor: Visitor, loaded: Loaded) -> None:
    visitor.resize(360, 740)
    visitor.log_in("admin", f"{DATA}?load={loaded.id}")
    assert visitor.run(SIDEWAYS) <= 0
