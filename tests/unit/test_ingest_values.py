"""What a value means: dates, moments, numbers, flags; and one format per column."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_layer.ingest.conversion import create_staged
from data_layer.ingest.csv_rows import read_lines
from data_layer.ingest.errors import BadFile
from data_layer.ingest.matching import match_columns
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.readers import CsvReader
from data_layer.ingest.sources import SourceTable, Type
from data_layer.ingest.sources.spec import Column, key
from data_layer.ingest.staging import Staged, Stager

# The word "bad" in a second column that is never wanted sends a file the careful way without being looked at.
RAGGED = "spoiled\n"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA source")
        yield connection


def table_of(kind: Type) -> SourceTable:
    return SourceTable("things", "test", "nothing", ("id",), (key("id"), Column("value", kind)))


def stage(
    con: duckdb.DuckDBPyConnection, folder: Path, kind: Type, values: list[str], careful: bool = False, **options: Any
) -> tuple[Staged, list[tuple[Any, ...]]]:
    """Load one column; the careful way too for values that the fast one takes as well."""
    file = folder / "things.csv"
    rows = "".join(f'{i},"{value}"\n' for i, value in enumerate(values))
    file.write_text("id,value\n" + rows + (RAGGED if careful else ""))
    table = table_of(kind)
    con.execute("DROP TABLE IF EXISTS source.things")
    con.execute(create_staged(table, "source.things"))
    reader = CsvReader.open(file, table.names)
    stager = Stager(con, ImportOptions(**options), folder / "rejects.csv")
    staged = stager.stage(reader, match_columns(reader, table), "source.things")
    return staged, con.execute("SELECT * EXCLUDE (id) FROM source.things ORDER BY CAST(id AS INTEGER)").fetchall()


def values_of(con: duckdb.DuckDBPyConnection, folder: Path, kind: Type, values: list[str], **options: Any) -> list[Any]:
    """The first staged column, which must not depend on the way a file was read."""
    _, rows = stage(con, folder, kind, values, careful=True, **options)
    return [row[0] for row in rows]


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Type.TEXT, [" a ", "", "NULL"], ["a", None, "NULL"]),
        (Type.INTEGER, ["7", "-3", ""], [7, -3, None]),
        (Type.NUMBER, ["1.5", "-2", "1e3", ""], [1.5, -2.0, 1000.0, None]),
        (Type.MONEY, ["10", "-0.25", "12.345", ""], [Decimal("10"), Decimal("-0.25"), Decimal("12.35"), None]),
        (Type.DATE, ["2024-02-29", ""], [date(2024, 2, 29), None]),
        (Type.FLAG, ["true", "NO", "1", "inactive", "Y", ""], [True, False, True, False, True, None]),
    ],
)
def test_plain_values_are_the_same_both_ways(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, careful: bool, kind: Type, values: list[str], expected: list[Any]
) -> None:
    staged, rows = stage(con, tmp_path, kind, values, careful)
    assert [row[0] for row in rows] == expected
    assert (staged.read, staged.rejected) == (len(values) + careful, int(careful))


@pytest.mark.parametrize("careful", [False, True])
def test_moments(con: duckdb.DuckDBPyConnection, tmp_path: Path, careful: bool) -> None:
    """Local ones are in New York; a zone in the text is exact; a day stays a day.  Clocks change on 2024-03-10."""
    given = {
        "2024-03-09 23:30": (datetime(2024, 3, 10, 4, 30), None),
        "2024-03-10T23:30:15.250": (datetime(2024, 3, 11, 3, 30, 15, 250_000), None),
        "2024-03-10T12:00:00Z": (datetime(2024, 3, 10, 12), None),
        "2024-03-10 12:00:00+05:30": (datetime(2024, 3, 10, 6, 30), None),
        "2024-03-10T12:00:00-0800": (datetime(2024, 3, 10, 20), None),
        "2024-03-10T12:00Z": (datetime(2024, 3, 10, 12), None),
        "2024-03-10": (None, date(2024, 3, 10)),
        "": (None, None),
    }
    _, rows = stage(con, tmp_path, Type.MOMENT, list(given), careful, time_zone="America/New_York")
    assert dict(zip(given, rows, strict=True)) == given


def test_the_zone_of_the_source_may_differ_from_the_site(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    options = {"time_zone": "America/New_York", "source_time_zone": "Europe/Paris"}
    assert values_of(con, tmp_path, Type.MOMENT, ["2024-07-01 12:00"], **options) == [datetime(2024, 7, 1, 10)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["31/12/2023", "01/02/2024"], [date(2023, 12, 31), date(2024, 2, 1)]),
        (["12/31/2023", "01/02/2024"], [date(2023, 12, 31), date(2024, 1, 2)]),
        (["31.12.2023"], [date(2023, 12, 31)]),
        (["2023/12/31"], [date(2023, 12, 31)]),
        (["31-Dec-2023", "1-FEB-2024"], [date(2023, 12, 31), date(2024, 2, 1)]),
        (["Dec 31, 2023", "Feb 1, 2024"], [date(2023, 12, 31), date(2024, 2, 1)]),
        (["31 December 2023"], [date(2023, 12, 31)]),
        (["20231231", "20240201"], [date(2023, 12, 31), date(2024, 2, 1)]),
        (["45291", "45323.5"], [date(2023, 12, 31), date(2024, 2, 1)]),
        (["05/05/2024", "06/06/2024"], [date(2024, 5, 5), date(2024, 6, 6)]),
    ],
)
def test_date_formats_are_decided_over_the_column(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str], expected: list[date]
) -> None:
    assert values_of(con, tmp_path, Type.DATE, values) == expected


def test_two_fitting_formats_are_an_error_that_says_how_to_declare(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(BadFile, match=r"--date-format things\.value=%d/%m/%Y"):
        stage(con, tmp_path, Type.DATE, ["01/02/2024", "03/04/2024"])


def test_a_declared_format_decides(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    declared = {"date_formats": {"things.value": "%m/%d/%Y"}}
    assert values_of(con, tmp_path, Type.DATE, ["01/02/2024"], **declared) == [date(2024, 1, 2)]


def test_american_moments_with_half_days(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = values_of(con, tmp_path, Type.MOMENT, ["12/31/2023 1:05 PM", "1/2/2024 12:00 am"])
    assert found == [datetime(2023, 12, 31, 13, 5), datetime(2024, 1, 2)]


def test_serial_numbers_of_excel_keep_their_fraction_of_a_day(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, rows = stage(con, tmp_path, Type.MOMENT, ["45292", "45292.75", "45292.427083333"], time_zone="America/New_York")
    assert rows == [(None, date(2024, 1, 1)), (datetime(2024, 1, 1, 23), None), (datetime(2024, 1, 1, 15, 15), None)]


@pytest.mark.parametrize(("form", "factor"), [("epoch", 1), ("epoch_ms", 1000)])
def test_declared_numbers_of_seconds(con: duckdb.DuckDBPyConnection, tmp_path: Path, form: str, factor: int) -> None:
    options = {"date_formats": {"things.value": form}, "time_zone": "Europe/Paris"}
    assert values_of(con, tmp_path, Type.MOMENT, [str(1704067200 * factor), ""], **options) == [
        datetime(2024, 1, 1),
        None,
    ]


def test_a_year_of_two_digits_is_not_guessed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged, _ = stage(con, tmp_path, Type.DATE, ["2024-01-02", "01-02-03"])
    assert (staged.loaded, staged.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["$1,234.50", "USD 10", "(5.25)", "1,000"], ["1234.50", "10", "-5.25", "1000"]),
        (["1.234,50 €", "0,5", "2.000"], ["1234.50", "0.5", "2000"]),
        (["1,234", "5,678"], ["1234", "5678"]),
        (["1'234.5", "1 000"], ["1234.5", "1000"]),
        (["n/a", "NaN", "3"], [None, None, "3"]),
    ],
)
def test_numbers_as_people_write_them(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[str], expected: list[str | None]
) -> None:
    found = values_of(con, tmp_path, Type.MONEY, values)
    assert found == [None if value is None else Decimal(value) for value in expected]


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (Type.INTEGER, "2.5"),
        (Type.INTEGER, "0x1F"),
        (Type.INTEGER, "15e-1"),
        (Type.NUMBER, "many"),
        (Type.MONEY, "1.2.3"),
        (Type.DATE, "2024-02-30"),
        (Type.DATE, "2024-02-20 or so"),
        *((kind, word) for kind in (Type.DATE, Type.MOMENT) for word in ("epoch", " EPOCH", "infinity", "-infinity")),
        (Type.MOMENT, "2024-1-15x"),
        (Type.MOMENT, "2024-01-01 25:00"),
        (Type.FLAG, "maybe"),
    ],
)
def test_what_does_not_convert_is_rejected_alone(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, careful: bool, kind: Type, bad: str
) -> None:
    staged, rows = stage(con, tmp_path, kind, ["", bad, ""], careful)
    assert (staged.read, staged.loaded, staged.rejected) == (3 + careful, 2, 1 + careful)
    assert [row[0] for row in rows] == [None, None]


def test_both_ways_give_the_same_rows_in_the_same_order(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    values = [f"2024-01-{day:02} 10:{day:02}:00" for day in range(1, 29)]
    _, fast = stage(con, tmp_path, Type.MOMENT, values)
    _, slow = stage(con, tmp_path, Type.MOMENT, values, careful=True)
    assert fast == slow


def test_rejects_name_line_column_reason_and_text(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = tmp_path / "things.csv"
    file.write_text('id,value\n1,"5"\n"2\nb","x\ny"\n,7\n\n4\n5,6\n')
    table = table_of(Type.NUMBER)
    con.execute(create_staged(table, "source.things"))
    reader = CsvReader.open(file, table.names)
    rejects = tmp_path / "rejects.csv"
    staged = Stager(con, ImportOptions(), rejects).stage(reader, match_columns(reader, table), "source.things")
    assert (staged.read, staged.loaded, staged.rejected) == (5, 2, 3)
    assert rejects.read_text().splitlines()[0] == "source,file,line,column,reason,raw"
    lines = list(read_lines(rejects, "utf-8", iter([(2, 4), (5, 5), (6, 6)])))
    assert lines == [
        'things,things.csv,3,value,is not a number,"""2\nb"",""x\ny"""',
        'things,things.csv,6,id,is empty but must have a value,",7"',
        "things,things.csv,8,,1 values where 2 columns are named,4",
    ]


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        (None, ["01-FEB-24 10.30.00.000000 PM", "13-APR-24 12.05.07.250000 AM"],
         [datetime(2024, 2, 1, 22, 30), datetime(2024, 4, 13, 0, 5, 7, 250_000)]),
        ("%Y%m%d%H%M%S", ["20240102103000"], [datetime(2024, 1, 2, 10, 30)]),
        ("%H:%M %d/%m/%Y", ["10:30 01/02/2024"], [datetime(2024, 2, 1, 10, 30)]),
        ("%d/%m/%Y %H.%M", ["01/02/2024 9.05"], [datetime(2024, 2, 1, 9, 5)]),
        ("%d/%m/%Y %H:%M %z", ["01/02/2024 09:05 +0200"], [datetime(2024, 2, 1, 7, 5)]),
    ],
)  # fmt: skip
def test_times_in_other_forms(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, form: str | None, values: list[str], expected: list[datetime]
) -> None:
    declared = {"things.value": form} if form else {}
    staged, rows = stage(con, tmp_path, Type.MOMENT, values, date_formats=declared)
    assert rows == [(moment, None) for moment in expected]
    assert staged.rejected == 0


def test_a_declared_form_with_a_time_reads_days_without_one_as_days(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    declared = {"things.value": "%d/%m/%Y %H:%M"}
    _, rows = stage(con, tmp_path, Type.MOMENT, ["01/02/2024 09:05", "02/02/2024"], date_formats=declared)
    assert rows == [(datetime(2024, 2, 1, 9, 5), None), (None, date(2024, 2, 2))]


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("kind", [Type.DATE, Type.MOMENT])
@pytest.mark.parametrize(
    ("bad", "form", "years"),
    [
        ("9999-12-31", None, "1800 to 2199"),
        ("0001-01-01 00:00:00", None, "1800 to 2199"),
        ("1799-12-31", None, "1800 to 2199"),
        ("2200-01-01", None, "1800 to 2199"),
        ("01/01/0001", "%d/%m/%Y", "1800 to 2199"),
        ("253402300799", "epoch", "1800 to 2199"),
        ("2958465", "excel", "1954 to 2119"),
    ],
)
def test_a_date_of_another_millennium_is_told_the_limits_and_the_remedy(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    careful: bool,
    kind: Type,
    bad: str,
    form: str | None,
    years: str,
) -> None:
    declared = {"date_formats": {"things.value": form}} if form else {}
    staged, _ = stage(con, tmp_path, kind, ["", bad], careful, **declared)
    assert (staged.loaded, staged.rejected) == (1, 1 + careful)
    words = f"is outside the years {years}, which dates may have; where it stands for no date, a mapping can say so"
    assert words in (tmp_path / "rejects.csv").read_text()


@pytest.mark.parametrize("day", ["1800-01-01", "2199-12-31"])
def test_the_first_and_the_last_day_are_dates(con: duckdb.DuckDBPyConnection, tmp_path: Path, day: str) -> None:
    for text, kind in ((day, Type.DATE), (day, Type.MOMENT), (f"{day} 12:00", Type.MOMENT)):
        for careful in (False, True):
            assert stage(con, tmp_path, kind, [text], careful)[0].loaded == 1


def test_a_reject_says_how_its_column_is_written(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    stage(con, tmp_path, Type.DATE, ["13/02/2024", "14/02/2024", "2024"], date_formats={"things.value": "%d/%m/%Y"})
    assert "is not a date written like %d/%m/%Y" in (tmp_path / "rejects.csv").read_text()


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["12/31/23", "1/5/24"], [date(2023, 12, 31), date(2024, 1, 5)]),
        (["31/12/23", "05/01/24"], [date(2023, 12, 31), date(2024, 1, 5)]),
        (["31.12.23", "05.01.24"], [date(2023, 12, 31), date(2024, 1, 5)]),
    ],
)
def test_years_of_two_digits(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, texts: list[str], days: list[date]
) -> None:
    assert values_of(con, tmp_path, Type.DATE, texts) == days


def test_years_of_two_digits_can_be_read_in_two_ways_too(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"can be read as %d/%m/%y or as %m/%d/%y"):
        values_of(con, tmp_path, Type.DATE, ["01/05/24", "02/03/24"])


@pytest.mark.parametrize(
    ("text", "number"),
    [("1\u202f234.5", 1234.5), ("1\u2009234.5", 1234.5), ("\u22125.5", -5.5), ("1,592.56-", -1592.56), ("5.5 -", -5.5)],
)
def test_signs_of_typesetters_and_a_minus_at_the_end(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, number: float
) -> None:
    assert values_of(con, tmp_path, Type.NUMBER, [text, "7.25"]) == [number, 7.25]
