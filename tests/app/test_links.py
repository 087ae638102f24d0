"""Links come from anywhere: whatever stands in them, a page answers, and says what it left out."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbacks.tiles import Work, page_payload
from data_layer.access import Role
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import DANGEROUS, neutral
from data_layer.semantics.period import Comparison, PeriodName
from data_layer.semantics.selection import Selection
from layouts.registry import home_of, pages_of
from tests.app.loaded import Sources, World, csv_rows, every_tile, load_files, make_world
from tests.app.test_matrix import rows_at

NAMES = st.sampled_from(["period", "compare", "from", "to", "pick", "records", *DIMENSIONS]) | st.text(max_size=8)
HARD = st.sampled_from(
    ["", "0", "-1", "²", "٣", "9" * 30, "\x00", "\ud800", "'; DROP TABLE x; --", "%", "~", "a~b~c", "2026-11-01", "1900-01-01",
     "2200-01-01", "0001-01-01", "9999-12-31", "2026-W01-1", "x" * 500, "=1+1", "<b>", *PeriodName, *Comparison]
)  # fmt: skip
VALUES = HARD | st.text(max_size=20)
PICKS = st.tuples(st.text(max_size=5) | st.just("t"), st.sampled_from(list(DIMENSIONS)), VALUES).map("~".join)
PAIRS = st.tuples(NAMES, VALUES) | st.tuples(st.just("pick"), PICKS)


def quoted(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogatepass")


SEARCHES = st.lists(PAIRS, max_size=6).map(quoted) | st.text(max_size=60)
OFTEN = settings(max_examples=400, deadline=None)
SELDOM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@OFTEN
@given(SEARCHES)
def test_any_link_can_be_read_and_written_again(search: str) -> None:
    selection = Selection.parse(search)
    again = Selection.parse(selection.to_search())
    assert again == selection
    assert again.problems == ()
    assert all(isinstance(problem, str) and problem for problem in selection.problems)


@OFTEN
@given(st.lists(PAIRS, max_size=6))
def test_what_is_left_out_is_said(pairs: list[tuple[str, str]]) -> None:
    pairs = [
        (name, value) for name, value in pairs if name not in DIMENSIONS and name not in ("pick", "records") and value
    ]
    known = {"period", "compare", "from", "to"}
    selection = Selection.parse(quoted(pairs))
    assert not selection.filters
    if any(name not in known and name for name, _ in pairs):
        assert selection.problems


@SELDOM
@given(SEARCHES)
def test_any_link_draws_a_page_without_an_error(world: World, search: str) -> None:
    page = home_of(Role.STAFF)
    assert page is not None
    with ThreadPoolExecutor(4) as pool:
        names = [tile.name for tile in page.tiles]
        data = page_payload(world.services.desk, page, search, world.viewer(Role.STAFF), Work(pool), names)
    json.dumps(data)
    states = {name: json.loads(text) for name, text in data["tiles"].items()}
    assert [name for name, one in states.items() if one["state"] == "error"] == []


HOSTILE = (
    "hour=²", "hour=99999999999999999999", "pick=a~hour~-1", "weekday=Caturday", "customer=%00", "customer=%ED%A0%80",
    "segment=%27%20OR%201%3D1--", "period=never", "from=2026-01-01&to=2025-01-01", "from=1900-01-01&to=2200-01-01",
    "pick=a~month~2026-99-01", "pick=a~b", "nothing=1", "&&&===", "segment=" + "x" * 5000, "pick=a~week~2199-12-31",
)  # fmt: skip


@pytest.mark.parametrize("search", HOSTILE)
def test_hostile_links_get_an_answer_everywhere(world: World, search: str, caplog: pytest.LogCaptureFixture) -> None:
    client = world.client(Role.ADMIN)
    caplog.clear()
    page, tile = next((p, t) for p, t in every_tile(pages_of(Role.ADMIN)) if t.records == "interactions")
    states = {name: one["state"] for name, one in world.payloads(client, page, f"?{search}")["tiles"].items()}
    assert "error" not in states.values()
    for address in (f"{tile.name}.csv", f"{tile.name}/records.csv"):
        assert len(csv_rows(client.get(f"/export/{page.name}/{address}?{search}"))) >= 1
    rows_at(world, client, page.path, f"?{search}&records={tile.name}")
    panel = world.call(client, "drill.children", url_search=f"?{search}&records={tile.name}", url_pathname=page.path)
    assert tile.title in panel.text
    assert caplog.records == []


@pytest.mark.parametrize("body", [None, 3, [], {}, {"tiles": 3}, {"tiles": [3, None, "kpi"]}, {"tiles": ["nothing"]}])
def test_a_browser_may_send_any_wish_for_tiles(world: World, body: object) -> None:
    page = pages_of(Role.ADMIN)[0]
    asked = {
        "output": f"payload-{page.name}.data",
        "outputs": {"id": f"payload-{page.name}", "property": "data"},
        "inputs": [
            {"id": f"here-{page.name}", "property": "data", "value": ""},
            {"id": "again", "property": "data", "value": body},
        ],
        "changedPropIds": ["again.data"],
    }
    assert world.client(Role.ADMIN).post("/_dash-update-component", json=asked).status_code in (200, 204)


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"),
     ("Ann", "Ann"), ("a=b", "a=b"), (-3.5, -3.5), (-7, -7), (None, None)],
)  # fmt: skip
def test_text_that_begins_like_a_formula_is_made_harmless(value: object, written: object) -> None:
    assert neutral(value) == written


@pytest.fixture(scope="module")
def poisoned(demo_sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A site whose clients have names that a spreadsheet would run."""
    home = tmp_path_factory.mktemp("poisoned")
    folder = home / "files"
    folder.mkdir()
    for file in Path(demo_sources.folder).glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    customers = demo_sources.table("customers")
    customers["first_name"] = ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)"] * (len(customers) // 4) + ["Ann"] * (
        len(customers) % 4
    )
    for name, columns in (
        ("customers", customers),
        ("clients", demo_sources.table("clients")),
        ("contacts", demo_sources.table("contacts")),
    ):
        if name != "customers":
            columns["full_name"] = "=1+1"
        columns.to_csv(folder / f"{name}.csv", index=False)
    load_files(folder, home)
    return make_world(home, demo_sources)


def test_downloads_hold_no_formula_and_keep_negative_numbers(poisoned: World) -> None:
    client = poisoned.client(Role.ADMIN)
    harmless = negative = 0
    for page, tile in every_tile(pages_of(Role.ADMIN)):
        for kind in (".csv", "/records.csv") if tile.records else (".csv",):
            address = poisoned.export(page, tile, "records" if kind.startswith("/") else "figures", "period=12m")
            text = client.get(address).text.removeprefix("\ufeff")
            for row in csv.reader(io.StringIO(text)):
                for cell in row:
                    if cell.startswith(DANGEROUS):
                        assert float(cell) < 0, (tile.name, cell)
                        negative += 1
                    harmless += cell.startswith(("'=", "'+", "'-", "'@"))
    assert harmless > 50
    assert negative > 50


def test_workbooks_hold_no_formula_and_keep_negative_numbers(poisoned: World) -> None:
    client = poisoned.client(Role.ADMIN)
    harmless = negative = 0
    for page in pages_of(Role.ADMIN):
        if not page.tiles:
            continue
        book = openpyxl.load_workbook(io.BytesIO(client.get(poisoned.workbook(page, "period=12m")).data))
        for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row):
            assert cell.data_type in ("s", "n", "d"), (page.name, cell.value)
            if isinstance(cell.value, str):
                assert not cell.value.startswith(("=", "-", "@", "\t", "\r")), (page.name, cell.value)
                harmless += cell.value.startswith(("'=", "'+1", "'-", "'@"))
            elif isinstance(cell.value, int | float):
                negative += cell.value < 0
    assert harmless > 50
    assert negative > 5
