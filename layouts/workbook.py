"""Workbooks (XLSX): a first sheet that says what they hold, then a sheet per tile.

Nothing in them is a formula: texts are written as texts, and one that begins like a formula gets an apostrophe, as in
the CSV downloads; but for a bare number with its sign, such as +2.1 points or a phone number, which a text cell keeps.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.hyperlink import Hyperlink

from data_layer.semantics.formats import cents, day_in_words, money_sign, neutral
from data_layer.semantics.metric import Unit
from layouts.sheets import DAY, MOMENT, NUMBER

FRONT = "About this page"
SIGNED_NUMBER = re.compile(r"[+-][$€£¥₹]?\d[\d.,\s]*[A-Za-z%]*")
LONGEST_NAME = 31
LONGEST_TEXT = 32_767
FIRST_YEAR = 1900  # spreadsheets know no earlier day
NARROWEST, WIDEST = 10, 60
MEASURED_ROWS = 200
HEAD_ROW = 5
DAY_FORMAT, MOMENT_FORMAT = "d mmm yyyy", "d mmm yyyy hh:mm"

TITLE = Font(bold=True, size=14)
BOLD = Font(bold=True)
QUIET = Font(color="FF5F6B7A")
LINK = Font(color="FF1F5FBF", underline="single")
HEAD_FILL = PatternFill("solid", fgColor="FFEEF1F5")
HEAD_LINE = Border(bottom=Side(style="thin", color="FFB8C1CC"))
WRAPPED = Alignment(wrap_text=True, vertical="top")
TOP = Alignment(vertical="top")


@dataclass(frozen=True)
class TileSheet:
    """One tile in the workbook.

    ``payload``: its answer in the form of :func:`layouts.sheets.sheet`, as JSON has it.  ``is_figure``: it is one number,
    which stands on the first sheet too.
    """

    name: str
    title: str
    payload: dict[str, Any]
    is_figure: bool = False


@dataclass(frozen=True)
class Front:
    """The first sheet: ``about`` (label, value), and ``definitions``, the rows of a table under ``heads``."""

    title: str
    about: list[tuple[str, Any]]
    heads: tuple[str, ...]
    definitions: list[tuple[str, ...]]


def sheet_names(titles: Iterable[str]) -> list[str]:
    """A name for each sheet, as spreadsheets allow them: short, without some characters, no two alike."""
    taken, names = {FRONT.casefold(), "history"}, []
    for title in titles:
        plain = re.sub(r"\s+", " ", re.sub(r"[\\/?*\[\]:\x00-\x1f]", " ", title)).strip(" '") or "Sheet"
        name, number = _cut(plain, LONGEST_NAME), 1
        while name.casefold() in taken:
            number += 1
            mark = f" ({number})"
            name = _cut(plain, LONGEST_NAME - len(mark)) + mark
        taken.add(name.casefold())
        names.append(name)
    return names


def _cut(text: str, most: int) -> str:
    """The text, or its first whole words with an ellipsis."""
    if len(text) <= most:
        return text
    words = text[:most].rpartition(" ")[0] or text[: most - 1]
    return words[: most - 1].rstrip(" ,;–-'") + "…"


def number_format(unit: Unit | None) -> str:
    """The spreadsheet's format of a unit."""
    match unit:
        case Unit.COUNT:
            return "#,##0"
        case Unit.MONEY:
            places = "." + "0" * cents() if cents() else ""
            return f'"{money_sign()}"#,##0{places};-"{money_sign()}"#,##0{places}'
        case Unit.RATE:
            return "0.00%"
        case Unit.MINUTES | Unit.HOURS | Unit.DAYS:
            mark = {Unit.MINUTES: "min", Unit.HOURS: "h", Unit.DAYS: "days"}[unit]
            return f'#,##0.0" {mark}"'
        case Unit.POINTS:
            return "0.0"
        case Unit.SCORE | Unit.RATIO:
            return "#,##0.00"
    return "General"


def write_workbook(front: Front, sheets: list[TileSheet]) -> bytes:
    """The file."""
    book = Workbook(write_only=True)
    book.properties.creator, book.properties.title = "Clientscope", _plain(front.title)
    _write_front(book.create_sheet(FRONT), front, sheets)
    for one in sheets:
        _write_tile(book.create_sheet(one.name), one)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_front(sheet: WriteOnlyWorksheet, front: Front, sheets: list[TileSheet]) -> None:
    for letter, width in zip("ABCDE", (26, 60, 60, 34, 34), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_text(sheet, front.title, TITLE)])
    sheet.append([])
    for label, value in front.about:
        sheet.append([_text(sheet, label, BOLD, TOP), _value(sheet, value)])
    sheet.append([])
    _write_head(sheet, ("Sheet", "Tile", "What it holds", "Figure"))
    for one in sheets:
        link = _text(sheet, one.name, LINK)
        link.hyperlink = Hyperlink(ref="A1", location="'{}'!A1".format(one.name.replace("'", "''")))
        cells = [link, _text(sheet, one.title), _text(sheet, _held(one.payload), alignment=WRAPPED)]
        if one.is_figure and one.payload["state"] == "ok":
            figure = _cell(sheet, one.payload["rows"][0][0], one.payload["columns"][0])
            figure.alignment = Alignment(horizontal="left", vertical="top")
            cells.append(figure)
        sheet.append(cells)
    sheet.append([])
    _write_head(sheet, front.heads)
    for row in front.definitions:
        sheet.append([_text(sheet, cell, alignment=WRAPPED) for cell in row])


def _held(payload: dict[str, Any]) -> str:
    """What the list of sheets says of one."""
    if payload["state"] != "ok":
        return _reason(payload)
    if payload["said"] and len(payload["rows"]) == 1:
        return f"{payload.get('subtitle', '')} · {payload['said'][0]}"
    return f"{payload.get('subtitle', '')} · {len(payload['rows']):,} rows".replace(" 1 rows", " 1 row")


def _reason(payload: dict[str, Any]) -> str:
    """Why there are no figures, with the id under which the log knows more."""
    return f"{payload['message']} (id {payload['code']})" if payload.get("code") else str(payload["message"])


def _write_tile(sheet: WriteOnlyWorksheet, one: TileSheet) -> None:
    payload = one.payload
    has_figures = payload["state"] == "ok"
    columns = payload["columns"] if has_figures else []
    rows = [
        [_typed(value, column) for value, column in zip(row, columns, strict=True)] for row in payload.get("rows", [])
    ]
    if has_figures:
        sheet.freeze_panes = f"A{HEAD_ROW + 1}"
        for place, column in enumerate(columns):
            width = _width(column, [row[place] for row in rows[:MEASURED_ROWS]])
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
    sheet.append([_text(sheet, one.title, TITLE)])
    sheet.append([_text(sheet, payload.get("subtitle", ""), QUIET)])
    sheet.append([_text(sheet, " ".join(_notes(payload)), QUIET)])
    sheet.append([])
    if not has_figures:
        sheet.append([_text(sheet, _reason(payload))])
        return
    _write_head(sheet, [column["label"] for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, value, column) for value, column in zip(row, columns, strict=True)])
    if payload["said"]:
        sheet.append([])
    for words in payload["said"]:
        sheet.append([_text(sheet, words)])


def _notes(payload: dict[str, Any]) -> Iterable[str]:
    """What has to be known of the figures: how many they rest on, what they do not follow, what is left out."""
    about = payload.get("about") or {}
    if payload.get("asOf"):
        yield f"Data as of {payload['asOf']}."
    if about.get("n"):
        yield f"n = {about['n']}."
    if payload.get("ignored"):
        yield f"Not filtered by {', '.join(payload['ignored'])}, which this figure does not know."
    if payload.get("left"):
        yield f"The first {len(payload['rows']):,} rows; {payload['left']:,} more have no room here."
    if about.get("hint"):
        yield about["hint"]


def _write_head(sheet: WriteOnlyWorksheet, labels: Iterable[str]) -> None:
    cells = []
    for label in labels:
        cell = _text(sheet, label, BOLD, WRAPPED)
        cell.fill, cell.border = HEAD_FILL, HEAD_LINE
        cells.append(cell)
    sheet.append(cells)


def _typed(value: Any, column: dict[str, Any]) -> Any:
    """A value of the payload as what it is: days come as ISO text."""
    if value is None or column["kind"] not in (DAY, MOMENT):
        return value
    return date.fromisoformat(value) if column["kind"] == DAY else datetime.fromisoformat(value)


def _cell(sheet: WriteOnlyWorksheet, value: Any, column: dict[str, Any]) -> Any:
    if value is None:
        return None
    if column["kind"] == NUMBER:
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = number_format(Unit(column["unit"]) if column["unit"] else None)
        return cell
    return _value(sheet, value)


def _value(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    """A day or a moment as such, anything else as text."""
    if isinstance(value, date) and value.year >= FIRST_YEAR:
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = MOMENT_FORMAT if isinstance(value, datetime) else DAY_FORMAT
        cell.alignment = Alignment(horizontal="left", vertical="top")
        return cell
    text = day_in_words(value) if isinstance(value, date) else str(value)
    return _text(sheet, text, alignment=WRAPPED if len(text) > WIDEST else TOP)


def _text(sheet: WriteOnlyWorksheet, value: str, font: Font | None = None, alignment: Alignment | None = None) -> Any:
    cell = WriteOnlyCell(sheet, _plain(value))
    cell.data_type = "s"
    if font is not None:
        cell.font = font
    if alignment is not None:
        cell.alignment = alignment
    return cell


def _plain(text: str) -> str:
    """Text that a workbook can hold and no spreadsheet runs."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)
    return str(clean if SIGNED_NUMBER.fullmatch(clean) else neutral(clean))[:LONGEST_TEXT]


def _width(column: dict[str, Any], values: list[Any]) -> float:
    """Wide enough for what stands in the first rows, within reason."""
    longest = max((_length(value, column) for value in values), default=0)
    return min(WIDEST, max(NARROWEST, longest + 2, min(len(column["label"]) + 2, 24)))


def _length(value: Any, column: dict[str, Any]) -> int:
    if value is None or isinstance(value, date):
        return 12
    if column["kind"] == NUMBER:
        return len(f"{value:,.2f}") + (5 if column["unit"] in (Unit.MINUTES, Unit.HOURS, Unit.DAYS) else 2)
    return len(str(value))
