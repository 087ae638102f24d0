"""A page as a workbook: what stands in its cells, as what, and what no spreadsheet may run."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import orjson
import pandas as pd
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.formats import write_money_in
from data_layer.semantics.metric import Unit
from data_layer.semantics.period import Window
from layouts import sheets
from layouts.sheets import sheet
from layouts.tile import Content, Tile, View
from layouts.workbook import FRONT, HEAD_ROW, Front, TileSheet, number_format, sheet_names, write_workbook

DAYS = Window(date(2026, 10, 22), date(2026, 11, 21))


@dataclass(frozen=True)
class Asked:
    """An analysis whose answer the test gives."""

    metrics: tuple[str, ...] = ("aum",)

    def __call__(self, ask: Ask) -> Answer:
        raise AssertionError("the answer is given")


def tile(view: View = View.TABLE, *metrics: str, **content: Any) -> Tile:
    def draw(_answer: Answer) -> Content:
        return content

    return Tile("one", "One", view, Asked(metrics or ("aum",)), draw)


def told(figures: Any, one: Tile | None = None, **facts: Any) -> dict[str, Any]:
    """What the workbook is given of an answer, after its way through the cache."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(sheet(one or tile(), Answer(figures, DAYS, facts))))
    return {"state": "ok", "subtitle": "22 Oct – 20 Nov 2026", **found}


def opened(*payloads: dict[str, Any], front: Front | None = None) -> Workbook:
    about = front or Front("A page", [("Page", "A page")], ("Metric",), [("AUM",)])
    names = sheet_names(f"Tile {place}" for place in range(len(payloads)))
    made = [TileSheet(name, name, payload) for name, payload in zip(names, payloads, strict=True)]
    return openpyxl.load_workbook(io.BytesIO(write_workbook(about, made)))


def table(payload: dict[str, Any]) -> list[list[Any]]:
    """The rows below the head of a tile's sheet, as cells."""
    page: Worksheet = opened(payload)["Tile 0"]
    return [list(row) for row in page.iter_rows(min_row=HEAD_ROW + 1)]


@pytest.fixture
def currency() -> Iterator[None]:
    yield
    write_money_in("USD")


def test_numbers_days_and_texts_are_cells_of_their_kind() -> None:
    (row,) = table(
        told({"month": [date(2026, 10, 1)], "product_category": ["Equity"], "aum": [-1234.5], "aum__n": [7.0]})
    )
    assert [cell.value for cell in row] == [datetime(2026, 10, 1), "Equity", -1234.5, 7]
    assert [cell.data_type for cell in row] == ["d", "s", "n", "n"]
    assert row[0].number_format == "d mmm yyyy"
    assert row[2].number_format == '"$"#,##0.00;-"$"#,##0.00'
    assert row[3].number_format == "#,##0"


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        (Unit.COUNT, "#,##0"), (Unit.RATE, "0.00%"), (Unit.MINUTES, '#,##0.0" min"'), (Unit.HOURS, '#,##0.0" h"'),
        (Unit.DAYS, '#,##0.0" days"'), (Unit.SCORE, "#,##0.00"), (Unit.POINTS, "0.0"), (Unit.RATIO, "#,##0.00"),
        (None, "General"),
    ],
)  # fmt: skip
def test_every_unit_has_its_format(unit: Unit | None, written: str) -> None:
    assert number_format(unit) == written


@pytest.mark.usefixtures("currency")
def test_money_is_in_the_currency_of_the_site() -> None:
    write_money_in("EUR")
    assert number_format(Unit.MONEY) == '"€"#,##0.00;-"€"#,##0.00'
    write_money_in("JPY")
    assert number_format(Unit.MONEY) == '"¥"#,##0;-"¥"#,##0'


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf"), pd.NaT])
def test_what_is_unknown_is_never_zero(unknown: Any) -> None:
    rows = table(told({"segment": ["A", None], "aum": [unknown, 1.0], "last": [date(2026, 1, 2), unknown]}))
    assert [[cell.value for cell in row] for row in rows] == [["A", None, datetime(2026, 1, 2)], ["—", 1, None]]
    (only,) = table(told({"segment": ["A"], "aum": [unknown]}))
    assert only[1].value in (None, "—")


def test_names_stand_for_people_and_rows_keep_their_order() -> None:
    rows = table(told({"staff": ["S2", "S1"], "staff__name": ["Zoe", "Ann"], "interactions": [2.0, 1.0]}))
    assert [[cell.value for cell in row] for row in rows] == [["Zoe", 2], ["Ann", 1]]


def test_columns_that_are_no_metric_have_their_unit_too() -> None:
    figures = {"before": [10.0], "of_first": [0.5], "waiting": [3.0], "value": [9.0], "rank": [1.0], "hour": [13]}
    formats = [cell.number_format for cell in table(told(figures))[0]]
    assert formats == [number_format(unit) for unit in (Unit.MONEY, Unit.RATE, Unit.DAYS, Unit.MONEY, None, None)]
    assert table(told({"Paid": [Decimal("2.50")]}, units={"Paid": Unit.MONEY}))[0][0].number_format.startswith('"$"')


def test_a_mean_of_counts_keeps_its_decimals() -> None:
    rows = table(told({"hour": [1, 2], "interactions": [0.25, 2.0]}, tile(View.TABLE, "interactions")))
    assert [row[1].number_format for row in rows] == ["#,##0.00"] * 2


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("+1+1", "'+1+1"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("+A1", "'+A1"),
     ("+2.1\xa0points", "+2.1\xa0points"), ("+49 30 1234", "+49 30 1234"), ("−5 %", "−5 %"), ("a=b", "a=b"),
     ("a\x00b\x0bc", "abc")],
)  # fmt: skip
def test_no_text_is_a_formula(text: str, written: str) -> None:
    front = Front(text, [(text, text)], (text,), [(text,)])
    book = opened(told({"segment": [text], "aum": [1.0]}), {"state": "error", "message": text}, front=front)
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert book["Tile 0"].cell(HEAD_ROW + 1, 1).value == written
    assert book["Tile 1"].cell(HEAD_ROW, 1).value == written
    assert [book[FRONT].cell(*place).value for place in ((1, 1), (3, 1), (3, 2))] == [written] * 3


def test_the_head_stays_in_sight_and_columns_are_wide_enough() -> None:
    page = opened(told({"segment": ["x" * 40, "y" * 400], "aum": [1234567.0, 1.0]}))["Tile 0"]
    assert page.freeze_panes == f"A{HEAD_ROW + 1}"
    assert [cell.value for cell in page[HEAD_ROW]] == ["Segment", "Assets under management"]
    assert page.column_dimensions["A"].width == 60
    assert page.column_dimensions["B"].width >= len("$1,234,567.00")


def test_a_tile_without_figures_says_why() -> None:
    missing = {"state": "missing", "message": "Nobody has loaded this yet."}
    failed = {"state": "error", "message": "This figure could not be computed.", "code": "abcd1234"}
    book = opened(missing, failed)
    assert book["Tile 0"].cell(HEAD_ROW, 1).value == "Nobody has loaded this yet."
    assert book["Tile 1"].cell(HEAD_ROW, 1).value == "This figure could not be computed. (id abcd1234)"
    reasons = [row[2].value for row in book[FRONT].iter_rows() if row[0].value in ("Tile 0", "Tile 1")]
    assert reasons == [missing["message"], "This figure could not be computed. (id abcd1234)"]


def test_what_has_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    payload = told({"segment": list("abcde"), "aum": [1.0] * 5})
    page = opened(payload)["Tile 0"]
    assert [row[0] for row in payload["rows"]] == ["a", "b", "c"]
    assert "The first 3 rows; 2 more have no room here." in page["A3"].value
    assert told({"segment": ["a"], "aum": [1.0]}, total=7)["left"] == 6  # the beginning of a longer list


def test_the_words_of_a_card_stand_below_its_figures_once() -> None:
    change = {"text": "+3", "versus": "vs 1 Oct 2026", "doubt": None}
    card = tile(View.KPI, change=change, target="Target ≥ 9", state={"word": "Off target"}, note="today")
    assert told({"aum": [1.0]}, card)["said"] == ["Change: +3 vs 1 Oct 2026", "Target ≥ 9 · Off target"]
    sentences = [{"text": "It rose."}, {"question": "Why?", "text": "In a cell."}]
    told_so = tile(View.SENTENCES, sentences=sentences, caption="As of today.")
    assert told({"answer": ["In a cell."]}, told_so)["said"] == ["It rose.", "As of today."]
    assert told({"aum": [1.0]}, tile(View.CHART, caption="The eight largest."))["said"] == []


TITLES = [
    "AUM", "aum", "A/B: which [one]? *\\", "'quoted'", "", "History", "About this page",
    "Assets under management, with forecast", "Assets under management, with forecast", "x" * 40, "x" * 40, "a\nb",
]  # fmt: skip


def test_sheet_names_are_allowed_and_distinct() -> None:
    names = sheet_names(TITLES)
    assert len({name.casefold() for name in [*names, FRONT]}) == len(TITLES) + 1
    for name in names:
        assert 0 < len(name) <= 31
        assert not set(name) & set("\\/?*[]:\n")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"
    assert names[0] == "AUM"
    assert names[7:9] == ["Assets under management, with…", "Assets under management… (2)"]


def test_the_first_sheet_leads_to_the_others() -> None:
    front = Front(
        "Ann's page", [("Data as of", date(2026, 11, 20))], ("Metric", "Definition"), [("AUM", "Money held.")]
    )
    page = opened(told({"aum": [1.0]}), front=front)[FRONT]
    cells = {cell.value: cell for row in page.iter_rows() for cell in row}
    links = {row[0].value: row[0].hyperlink for row in page.iter_rows() if row[0].hyperlink}
    assert links["Tile 0"].location == "'Tile 0'!A1"
    assert datetime(2026, 11, 20) in cells
    assert {"Metric", "Definition", "AUM", "Money held."} <= set(cells)


def test_days_that_no_spreadsheet_knows_are_written_out() -> None:
    assert table(told({"born": [date(1850, 3, 4)]}))[0][0].value == "4 Mar 1850"


def test_the_content_is_json() -> None:
    assert json.loads(json.dumps(told({"day": [date(2026, 1, 1)], "at": [datetime(2026, 1, 1, 9, 30)]})))["rows"] == [
        ["2026-01-01", "2026-01-01T09:30:00"]
    ]
