"""Where things stand in a file: on which sheet, under which title, behind which formula, between which empty lines."""

import sqlite3
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from data_layer.ingest import errors
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions, LoadReport
from data_layer.ingest.run import run_import
from data_layer.ingest.start import suggest_mapping
from tests.data.loading import ALONE, query

ACCOUNTS = [["Account ID", "Account Name"], *(["A" + str(i), f"Name {i}"] for i in range(5))]
DEALS = [
    ["Deal ID", "Account ID", "Stage", "Amount", "Created Date"],
    *([f"D{i}", f"A{i}", "Closed Won", 10 * i + 0.5, f"2024-01-0{i + 1}"] for i in range(5)),
]
NOTES = [["what we thought of"], ["nothing"]]
TITLE = "Deals of the year\nmade by hand;;\n\n"
TABLE = 'Deal;Sum;On\nD1;1.5;2024-01-02\nD2;x;2024-01-03\n"D\n3";2;2024-01-04\nD4;3\n'
TITLED = """
[[table]]
to = "opportunities"
from = "FILE"
header = 4
columns = { opportunity_id = "Deal", value = "Sum", created_at = "On" }
"""
CLIENTS = """
[[table]]
to = "clients"
from = "FILE"
columns = { client_id = "Who", created_at = "Since" }
"""


def book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(path)
    return path


def load(home: Path, place: Path, mapping: str = "", **options: Any) -> LoadReport:
    file = home / "map.toml"
    file.write_text(mapping, encoding="utf-8")
    return run_import(place, home, ImportOptions(mapping=read_mapping(file) if mapping else None, **ALONE, **options))


@pytest.mark.parametrize("place", ["in", "in/crm.xlsx"])
def test_a_suggestion_looks_at_every_sheet(tmp_path: Path, place: str) -> None:
    # One sheet has the name of a table of ours and not its columns: the mapping alone decides.
    book(tmp_path / "in" / "crm.xlsx", Notes=NOTES, Customers=ACCOUNTS, Deals=DEALS)
    text = suggest_mapping(tmp_path / place)
    assert 'from = "crm.xlsx"\nsheet = "Deals"' in text
    report = load(tmp_path, tmp_path / place, text)
    assert {one.source: one.loaded for one in report.sources} == {"clients": 5, "opportunities": 5}
    assert report.ignored_files == ["crm.xlsx#Notes"]
    found = "SELECT count(*), sum(value)::DOUBLE FROM dim_opportunity WHERE opportunity_key > 0 AND customer_key > 0"
    assert query(tmp_path, found) == [(5, 102.5)]


def test_the_name_of_a_file_counts_where_its_sheet_has_none(tmp_path: Path) -> None:
    book(tmp_path / "in" / "Opportunity.xlsx", Sheet1=[["Id", "Name", "Created Date"], ["1", "x", "2024-01-01"]])
    text = suggest_mapping(tmp_path / "in")
    assert 'to = "opportunities"' in text
    assert "sheet = " not in text


def test_sheets_that_are_not_read_are_told(tmp_path: Path) -> None:
    clients = [
        ["client_id", "full_name", "email", "phone", "company", "created_at"],
        ["1", "A", "", "", "", "2024-01-01"],
    ]
    report = load(tmp_path, book(tmp_path / "clients.xlsx", Sheet1=clients, Older=clients))
    assert report.ignored_files == ["clients.xlsx#Older"]


def formulas(path: Path) -> Path:
    rows = [["Deal", "Account", "Sum", "On", "Half"], *([f"D{i}", '="A"', f"={i}*10", "2024-01-02", 5] for i in (1, 2))]
    return book(path, Deals=rows)


def test_formulas_that_nobody_calculated_are_no_empty_cells(tmp_path: Path) -> None:
    columns = 'columns = { opportunity_id = "Deal", created_at = "On", MORE }'
    mapping = f'[[table]]\nto = "opportunities"\nfrom = "deals.xlsx"\n{columns}'
    place = formulas(tmp_path / "deals.xlsx")
    with pytest.raises(errors.BadFile, match=r"deals.xlsx#Deals: .* in cells of Account \(2\), Sum \(2\).* save it"):
        load(tmp_path, place, mapping.replace("MORE", 'value = "Sum", customer_id = "Account"'))
    # What is not read does not matter.
    assert load(tmp_path, place, mapping.replace("MORE", 'value = "Half"')).loaded == 2
    assert "# deals.xlsx#Deals: there are formulas without a result" in suggest_mapping(place)


def test_results_of_formulas_are_values_and_an_empty_text_is_one(tmp_path: Path) -> None:
    path = formulas(tmp_path / "deals.xlsx")
    _calculate(path, {"A": "", "1*10": "10", "2*10": "20"})
    mapping = """
        [[table]]
        to = "opportunities"
        from = "deals.xlsx"
        columns = { opportunity_id = "Deal", customer_id = "Account", created_at = "On", value = "Sum" }
    """
    assert load(tmp_path, path, mapping).loaded == 2
    assert query(tmp_path, "SELECT customer_id, value::DOUBLE FROM source.opportunities ORDER BY 2") == [
        (None, 10.0),
        (None, 20.0),
    ]


def _calculate(path: Path, results: dict[str, str]) -> None:
    """Store results of formulas, as a spreadsheet does: texts in cells that say so."""
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text = held[name].decode()
    for formula, result in results.items():
        is_text = not result
        for said in (formula, f'"{formula}"', f"&quot;{formula}&quot;"):
            for empty in ("<v></v>", "<v />", "<v/>"):
                text = text.replace(f"<f>{said}</f>{empty}", f"<f>{said}</f><v>{result}</v>")
        if is_text:
            for row in (2, 3):
                text = text.replace(f'<c r="B{row}"', f'<c r="B{row}" t="str"')
    held[name] = text.encode()
    with zipfile.ZipFile(path, "w") as parts:
        for one, content in held.items():
            parts.writestr(one, content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_names_below_a_title_of_a_text_file(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "deals.csv"
    file.write_bytes((TITLE + TABLE).replace("\n", end).encode(encoding))
    report = load(tmp_path, file, TITLED.replace("FILE", file.name), max_rejects=60)
    assert (report.read, report.loaded, report.rejected) == (4, 2, 2)
    assert ["line 6: value" in report.first_rejects[0], "line 9:  2 values" in report.first_rejects[1]] == [True, True]
    assert query(tmp_path, "SELECT count(*), sum(value)::DOUBLE FROM source.opportunities") == [(2, 3.5)]


def test_names_below_a_title_of_a_sheet(tmp_path: Path) -> None:
    rows = [
        ["Deals of the year"],
        [],
        ["made by hand"],
        ["Deal", "Sum", "On"],
        ["D1", 1.5, "2024-01-02"],
        ["D2", "x", ""],
    ]
    place = book(tmp_path / "deals.xlsx", Sheet=rows)
    report = load(tmp_path, place, TITLED.replace("FILE", place.name), max_rejects=60)
    assert (report.loaded, report.rejected) == (1, 1)
    assert "line 6: value" in report.first_rejects[0]
    with pytest.raises(errors.MappingError, match="row 2 is empty, and the mapping says"):
        load(tmp_path, place, TITLED.replace("FILE", place.name).replace("4", "2"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_title_is_told_from_names_and_a_suggestion_says_where_they_are(tmp_path: Path, kind: str) -> None:
    rows = [["Deals of the year"], ["Deal ID", "Stage", "Amount", "Created"], *(
        [f"D{i}", "Open", i, f"2024-01-0{i}"] for i in (1, 2, 3)
    )]  # fmt: skip
    place = tmp_path / f"deals.{kind}"
    if kind == "csv":
        place.write_text("".join(";".join(str(value) for value in row) + "\n" for row in rows), encoding="utf-8")
    else:
        book(place, Sheet=rows)
    text = suggest_mapping(place)
    assert "header = 2" in text
    assert load(tmp_path, place, text).loaded == 3
    with pytest.raises(errors.MappingError, match=r"Line 2 looks like the column names: .* header = 2"):
        load(tmp_path, place, text.replace("header = 2\n", ""))
    named = place.rename(place.with_name(f"opportunities.{kind}"))
    with pytest.raises(errors.BadFile, match="header = 2"):
        load(tmp_path, named)


def test_a_row_of_group_names_above_merged_cells_is_told(tmp_path: Path) -> None:
    rows = [
        ["Client", None, "Deal", None, None],
        ["Who", "Where", "No", "Sum", "On"],
        ["a", "b", "D1", 7, "2024-01-02"],
    ]
    place = book(tmp_path / "deals.xlsx", Sheet=rows)
    made = openpyxl.load_workbook(place)
    made.worksheets[0].merge_cells("A1:B1")
    made.worksheets[0].merge_cells("C1:E1")
    made.save(place)
    mapping = TITLED.replace("FILE", place.name).replace('"Deal"', '"No"').replace("header = 4\n", "")
    with pytest.raises(errors.MappingError, match="header = 2"):
        load(tmp_path, place, mapping)
    assert load(tmp_path, place, "[[table]]\nheader = 2" + mapping.removeprefix("\n[[table]]")).loaded == 1


def test_empty_lines_of_a_file_with_one_column_are_no_rows(tmp_path: Path) -> None:
    place = tmp_path / "ids.csv"
    place.write_text('id\nA\n\n"B\n', encoding="utf-8")
    mapping = '[[table]]\nto = "customers"\nfrom = "ids.csv"\ncolumns = { customer_id = "id" }'
    report = load(tmp_path, place, mapping, max_rejects=60)
    assert (report.read, report.loaded, report.rejected) == (2, 1, 1)
    assert "line 4:  broken quoting" in report.first_rejects[0] or "line 4:  a quote" in report.first_rejects[0]
    place.write_text("id\nA\n\nB\n", encoding="utf-8")
    assert load(tmp_path, place, mapping).read == 2


def test_a_file_that_is_a_database_is_told_how_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE clients (client_id)")
    con.close()
    for look in (lambda: load(tmp_path, path), lambda: suggest_mapping(path)):
        with pytest.raises(errors.BadFile, match=f"--source sqlite:///{path}"):
            look()
    other = tmp_path / "some.duckdb"
    duckdb.connect(str(other)).close()
    with pytest.raises(errors.BadFile, match="a DuckDB database: export its tables"):
        load(tmp_path, other)
    with pytest.raises(errors.NoSuchPath, match="export its tables"):
        run_import(f"duckdb:///{other}", tmp_path)


def archive(place: Path, member: str, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place, "w") as made:
        made.writestr(member, content)


def clients(*names: str) -> list[list[str]]:
    return [["Who", "Since"], *([name, "2024-01-31"] for name in names)]


@pytest.mark.parametrize("is_apart", [True, False])
def test_workbooks_of_one_name_are_all_loaded(tmp_path: Path, is_apart: bool) -> None:
    """One in each of two archives, or one in an archive beside the other."""
    january = book(tmp_path / "one" / "c.xlsx", Sheet=clients("A", "B"))
    february = book(tmp_path / ("two" if is_apart else "in") / "c.xlsx", Sheet=clients("C", "D"))
    archive(tmp_path / "in" / "january.zip", "c.xlsx", january.read_bytes())
    if is_apart:
        archive(tmp_path / "in" / "february.zip", "c.xlsx", february.read_bytes())
    load(tmp_path, tmp_path / "in", CLIENTS.replace("FILE", "c.xlsx"))
    assert query(tmp_path, "SELECT client_id FROM source.clients ORDER BY 1") == [("A",), ("B",), ("C",), ("D",)]


def test_text_files_of_one_name_that_are_read_twice_are_all_loaded(tmp_path: Path) -> None:
    """The dates of the first can be read in two ways; once the second tells which, both are read again."""
    for month, days in (("a", ("03/04/2020", "05/06/2020")), ("b", ("25/04/2020", "26/06/2020"))):
        rows = "".join(f"{month}{i},{day}\n" for i, day in enumerate(days))
        archive(tmp_path / "in" / f"{month}.zip", "c.csv", f'Who,Since\n{rows}"x","broken\n'.encode())
    report = load(tmp_path, tmp_path / "in", CLIENTS.replace("FILE", "c.csv"), max_rejects=50)
    assert (report.loaded, report.rejected) == (4, 2)
    found = query(tmp_path, "SELECT client_id, strftime(created_at__day, '%d %m') FROM source.clients ORDER BY 1")
    assert found == [("a0", "03 04"), ("a1", "05 06"), ("b0", "25 04"), ("b1", "26 06")]


@pytest.mark.parametrize("kind", ["xlsx", "csv", "zip"])
def test_a_name_may_be_as_long_as_a_disk_and_excel_take_it(tmp_path: Path, kind: str) -> None:
    folder, sheet = tmp_path / "in", "顧" * 31
    name = f"{'客' * 80}{'x' * (14 - len(kind))}.{kind}"  # 255 bytes
    made = book(tmp_path / "made.xlsx", **{sheet: clients("A", "B")})
    folder.mkdir()
    if kind == "xlsx":
        made.rename(folder / name)
    elif kind == "zip":
        archive(folder / name, "made.xlsx", made.read_bytes())
    else:
        (folder / name).write_text("Who,Since\nA,2024-01-31\nB,2024-01-31,\n", encoding="utf-16")
    mapping = CLIENTS.replace("FILE", "*.csv" if kind == "csv" else "*.xlsx")
    assert load(tmp_path, folder, mapping + ("" if kind == "csv" else f'sheet = "{sheet}"\n'), max_rejects=50).read == 2
