"""From an import with rejects to the page Data, its rejects, and back to the data of before."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_layer.loads import Loads
from layouts.registry import BY_NAME
from tests.app.test_cli_data import MARKET
from tests.browser.test_look import SIDEWAYS, violations
from tests.browser.visitor import Visitor

DATA = BY_NAME["loads"].path
ROWS = ".loads-card tbody tr"


@pytest.fixture
def reject_load(visitor: Visitor, tmp_path: Path) -> Iterator[str]:
    """A load of real data beside the demo's, with a rejected row; the demo's data are shown again afterwards."""
    before = Loads(visitor.site.home).ids()[0]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "market_data.csv").write_text(MARKET + "2026-11-20,1,2,3,4,5\n=soon,1,2,3,4,5\n")
    visitor.site.run("import", str(folder), "--max-rejects", "60")
    yield Loads(visitor.site.home).ids()[0]
    visitor.site.run("rollback", "--to", before)


def test_an_administrator_sees_a_load_fetches_its_rejects_and_goes_back(visitor: Visitor, reject_load: str) -> None:
    visitor.log_in("admin", DATA)
    assert visitor.text(ROWS).split("\t")[1] == "Published"
    visitor.click(f".loads-card a[href*='{reject_load}']")
    visitor.until(lambda: "Rejected rows: 1" in visitor.text(".own-body"))
    assert dict(visitor.query) == {"load": reject_load}
    assert "market_data.csv" in visitor.text(".own-body")
    assert violations(visitor) == []
    visitor.click("#rejects-csv")
    got = list(csv.reader(io.StringIO(visitor.downloaded(f"rejects-{reject_load}.csv"))))
    file = Loads(visitor.site.home).rejects(reject_load)
    assert file is not None
    kept = list(csv.reader(io.StringIO(file.read_text())))
    assert [got[0], got[1][:-1]] == [kept[0], kept[1][:-1]]
    assert (kept[1][-1], got[1][-1]) == ("=soon,1,2,3,4,5", "'=soon,1,2,3,4,5")
    visitor.browser.back()
    visitor.until(lambda: visitor.one("[data-rollback]") and not visitor.query)
    go_back(visitor)


def go_back(visitor: Visitor) -> None:
    """Return to the demo's data, with the question first."""
    before = visitor.text("#stamp")
    visitor.click("[data-rollback]")
    visitor.until(lambda: "Everybody will see" in visitor.text("#roll-back"))
    assert violations(visitor) == []
    visitor.click("#roll-back .is-main")
    visitor.until(lambda: "The site now shows" in visitor.text("#toast"))
    visitor.until(lambda: visitor.sees("#demo") and visitor.text("#stamp") != before)


def test_on_a_phone_nothing_is_cut_off(visitor: Visitor, reject_load: str) -> None:
    visitor.resize(360, 740)
    visitor.log_in("admin", f"{DATA}?load={reject_load}")
    assert visitor.run(SIDEWAYS) <= 0
