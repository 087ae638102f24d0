"""Text to values: what is quick for plain text says the same as what is thorough."""

from datetime import datetime
from itertools import product
from pathlib import Path

import duckdb
import pytest

from data_layer.ingest.agreement import Agreement
from data_layer.ingest.conversion import cleaned, create_staged, strict, trimmed
from data_layer.ingest.errors import BadFile
from data_layer.ingest.formats import ColumnFormat, look
from data_layer.ingest.lenient import Lenient, nested
from data_layer.ingest.matching import Field, match_columns
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.readers import CsvReader
from data_layer.ingest.rejects import rows as rejected_rows
from data_layer.ingest.sources import BY_NAME, Column, SourceTable, Type
from data_layer.ingest.staging import Stager

MARKET = BY_NAME["market_data"]

BLANKS = " \t\n\r\xa0"
WORDS = ("", "null", "NaN", "NaT", "None", "N/A", "na", "\\N", "-", "--")


def values(expression: str, texts: list[str | None]) -> list[object]:
    """What an expression over column ``v`` makes of each text."""
    con = duckdb.connect()
    con.execute("CREATE TABLE t (place BIGINT, v VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?, ?)", [[i, text] for i, text in enumerate(texts)])
    return [value for (value,) in con.execute(f"SELECT {expression} FROM t ORDER BY place").fetchall()]


def decided(con: duckdb.DuckDBPyConnection, column: Column) -> ColumnFormat:
    """How column c0 of the table ``raw`` is written."""
    agreement = Agreement(SourceTable("things", "test", "nothing", (), (column,)))
    agreement.add(0, "things.csv", {column.name: look(con, "raw", Field(column, "c0"), None)})
    return agreement.formats(0)[column.name]


def test_blanks_of_every_kind_go_from_both_ends_and_stay_inside() -> None:
    inner = ("", "a", "a b", "a\xa0b", "é", "\x01", "ノート")
    texts = [a + word + b for a, b, word in product(("", *BLANKS, " \xa0"), ("", *BLANKS, "\t "), inner)]
    assert values(trimmed("v"), [*texts, None]) == [text.strip(BLANKS) or None for text in texts] + [None]


@pytest.mark.parametrize("kind", [Type.NUMBER, Type.DATE, Type.FLAG])
def test_words_for_nothing_are_nothing_whatever_is_around_them(kind: Type) -> None:
    texts = [a + word + b for a, b, word in product(("", " ", "\xa0"), ("", "\t", "\r"), (*WORDS, "nah", "none.", "0"))]
    known = {word.lower() for word in WORDS}
    expected = [None if text.strip(BLANKS).lower() in known else text.strip(BLANKS) for text in texts]
    assert values(cleaned(Column("x", kind), "v"), list(texts)) == expected


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Type.NUMBER, "1.5", 1.5),
        (Type.NUMBER, " $1,234.50 ", 1234.5),
        (Type.NUMBER, "(12)", -12.0),
        (Type.NUMBER, "inf", None),
        (Type.NUMBER, "twelve", None),
        (Type.INTEGER, "7.0", 7),
        (Type.INTEGER, "1,000", 1000),
        (Type.INTEGER, "7.5", None),
        (Type.FLAG, "Yes", True),
        (Type.FLAG, "OFF", False),
        (Type.FLAG, "maybe", None),
        (Type.MOMENT, "2024-01-05 (BC)", None),
    ],
)
def test_values_that_people_write_are_understood_or_refused(kind: Type, text: str, value: object) -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE raw AS SELECT ? AS c0, CAST(NULL AS VARCHAR) AS _problem", [text])
    column = Lenient(Column("x", kind), "c0", 0, "UTC", ColumnFormat())
    *_, (test, _) = column.tests()
    row = con.execute(f"SELECT x, {test} FROM ({nested('raw', [column])})").fetchone()
    assert row == (value, value is None)


def made_by(expressions: str, source: str) -> object:
    """The value x, or why there is none."""
    try:
        row = duckdb.execute(f"SELECT x FROM (SELECT {expressions} FROM {source})").fetchone()
    except duckdb.ConversionException:
        return "raises"
    return row[0] if row else "no row"


@pytest.mark.parametrize("sign", ["", "-", "+"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", None), ("0X1f", None), ("0b11", None), ("15e-1", None), ("1e-1", None), (".5", None), ("7.5", None),
        ("7", 7), ("007", 7), ("7.0", 7), ("15e0", 15), ("1e3", 1000), ("1.5e1", 15), (" 7 ", 7), ("1_000", 1000),
    ],
)  # fmt: skip
def test_a_whole_number_is_the_same_one_in_a_clean_file_and_in_another(sign: str, text: str, value: int | None) -> None:
    """What the quick way takes must be what the careful way takes, or it depends on the other rows of a file."""
    written = f"(SELECT '{text.replace(text.strip(), sign + text.strip())}' AS c0, NULL AS _problem)"
    column = Column("x", Type.INTEGER)
    expected = value if value is None or sign != "-" else -value
    careful = nested(written, [Lenient(column, "c0", 0, "UTC", ColumnFormat())])
    assert made_by("x", f"({careful})") == expected
    ((_, quick),) = strict(column, "c0", "UTC")
    assert made_by(f"{quick} AS x", written) == ("raises" if value is None else expected)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1000.25", "2000.5", "12,50"], [1000.25, 2000.5, None]),
        (["12,50", "1000.25"], [None, 1000.25]),
        (["1,234", "2,345.5", "7"], [1234.0, 2345.5, 7.0]),
        (["1.000,25", "12,50", "1000.25", "1.000"], [1000.25, 12.5, None, 1000.0]),
        (["(12,50)", "€ 3,5", "1e3", "1 234,5"], [-12.5, 3.5, 1000.0, 1234.5]),
        (["0,750", "1,250"], [0.75, 1.25]),
        (["0.750", "1,125"], [0.75, 1125.0]),
    ],
)
@pytest.mark.parametrize("kind", [Type.NUMBER, Type.MONEY])
def test_whether_a_comma_is_decimal_is_decided_for_all_of_a_column(
    kind: Type, texts: list[str], expected: list[float | None]
) -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE raw (place BIGINT, c0 VARCHAR, _problem VARCHAR)")
    con.executemany("INSERT INTO raw VALUES (?, ?, NULL)", [list(pair) for pair in enumerate(texts)])
    column = Column("x", kind)
    chosen = Lenient(column, "c0", 0, "UTC", decided(con, column))
    rows = con.execute(f"SELECT CAST(x AS DOUBLE) FROM ({nested('raw', [chosen])}) ORDER BY place").fetchall()
    assert [value for (value,) in rows] == expected


@pytest.mark.parametrize("kind", [Type.NUMBER, Type.MONEY, Type.INTEGER])
def test_a_comma_before_three_digits_is_no_guess(kind: Type) -> None:
    """An amount of money has two decimals and a count none, but a number may be either."""
    con = duckdb.connect()
    con.execute("CREATE TABLE raw AS SELECT unnest(['1,125', '2,250']) AS c0, CAST(NULL AS VARCHAR) AS _problem")
    if kind is Type.NUMBER:
        with pytest.raises(BadFile, match=r"things\.x: numbers such as 1,125 .* 1125 or as 1\.125.*--decimal"):
            decided(con, Column("x", kind))
    else:
        assert not decided(con, Column("x", kind)).decimal_comma


@pytest.mark.parametrize(("other", "expected"), [("2,5", [97.123, 1234.0]), ("2.5", [97123.0, 1.234])])
def test_numbers_that_can_be_read_both_ways_are_read_as_the_others_of_their_file(
    tmp_path: Path, other: str, expected: list[float]
) -> None:
    file, head = tmp_path / "market_data.csv", ";".join(column.name for column in MARKET.columns)
    file.write_text(f"{head}\n2024-01-31;97,123;1.234;{other};;\n2024-02-29;;;x;;\n")
    reader = CsvReader.open(file, MARKET.names)
    con = duckdb.connect()
    con.execute(create_staged(MARKET, "staged"))
    staged = Stager(con, ImportOptions(), tmp_path / "rejects.csv").stage(
        reader, match_columns(reader, MARKET), "staged"
    )
    assert (staged.loaded, staged.rejected) == (1, 1)
    assert con.execute("SELECT sp500_index, bond_index FROM staged").fetchall() == [tuple(expected)]


def test_a_date_is_not_told_to_lack_a_decimal_comma(tmp_path: Path) -> None:
    file, head = tmp_path / "market_data.csv", ";".join(column.name for column in MARKET.columns)
    file.write_text(f"{head}\n2024-01-31;1,5;;;;\nsoon;2,5;;;;\n2024-02-29;3.25;;;;\n2024-03-31;4,5;;;;\n")
    reader = CsvReader.open(file, MARKET.names)
    con = duckdb.connect()
    con.execute(create_staged(MARKET, "staged"))
    Stager(con, ImportOptions(), tmp_path / "rejects.csv").stage(reader, match_columns(reader, MARKET), "staged")
    reasons = {row[3]: row[4] for row in rejected_rows(tmp_path / "rejects.csv")}
    assert reasons["date"].startswith("is not a date in a known form")
    assert reasons["sp500_index"] == "is not a number with a decimal comma, as this column has them"


def test_nobody_is_born_in_the_future() -> None:
    con = duckdb.connect()
    people = "(VALUES (1, '01-FEB-55'), (2, '31-DEC-70')) people(place, c0)"
    con.execute(f"CREATE TABLE raw AS SELECT *, CAST(NULL AS VARCHAR) AS _problem FROM {people}")
    found = []
    for name in ("birth_date", "churn_date"):
        column = Column(name, Type.DATE)
        chosen = Lenient(column, "c0", 0, "UTC", decided(con, column))
        rows = con.execute(f"SELECT year({name}) FROM ({nested('raw', [chosen])}) ORDER BY place").fetchall()
        found.append([year for (year,) in rows])
    assert found == [[1955, 1970], [2055, 1970]]


@pytest.mark.parametrize(
    ("text", "careful"),
    [("2024-01-05 10:00:00 UTC", False), ("2024-01-05 10:00:00 UTC", True), ("2024-01-05 10:00 UTC", True)],
)
def test_a_moment_that_says_utc_is_no_local_one(text: str, careful: bool) -> None:
    column, zone = Column("x", Type.MOMENT), "America/New_York"
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("CREATE TABLE raw AS SELECT ? AS c0, CAST(NULL AS VARCHAR) AS _problem", [text])
    quick = f"SELECT {strict(column, 'c0', zone)[0][1]} AS x FROM raw"
    slow = nested("raw", [Lenient(column, "c0", 0, zone, ColumnFormat())])
    assert con.execute(f"SELECT x FROM ({slow if careful else quick})").fetchall() == [(datetime(2024, 1, 5, 10),)]
