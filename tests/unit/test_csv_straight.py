"""The plain copy of a file gives the same rows and rejects as reading it line by line."""

import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_layer.ingest.conversion import create_staged
from data_layer.ingest.csv_rows import RUNAWAY_LINES, locate_records, records
from data_layer.ingest.csv_samples import samples
from data_layer.ingest.csv_straight import MARK
from data_layer.ingest.errors import BadFile
from data_layer.ingest.matching import match_columns
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.readers import CsvReader, Reader
from data_layer.ingest.sources import SourceTable, Type
from data_layer.ingest.sources.spec import Column, key, optional
from data_layer.ingest.staging import Stager

TABLE = SourceTable(
    "things", "test", "nothing", ("a",),
    (optional("a"), Column("b", Type.NUMBER, required=False), Column("c", Type.DATE, required=False)),
)  # fmt: skip
NARROW = SourceTable("things", "test", "nothing", ("a",), (key("a"),))
Outcome = tuple[tuple[int, int], list[tuple[object, ...]], str]


class Slow:
    """A reader that offers nothing but its lines."""

    def __init__(self, reader: CsvReader) -> None:
        self._reader = replace(reader, spool=None)

    def scan(self) -> None:
        return None

    def straight(self) -> None:
        return None

    def __getattr__(self, name: str) -> object:
        return getattr(self._reader, name)


def outcome(reader: Reader, table: SourceTable, folder: Path) -> Outcome | str:
    """Counts, staged rows in order, and rejects; or why the file cannot be used."""
    rejects = folder / "rejects.csv"
    rejects.unlink(missing_ok=True)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(create_staged(table, "things"))
        try:
            staged = Stager(con, ImportOptions(), rejects).stage(reader, match_columns(reader, table), "things")
        except BadFile as error:
            return str(error)
        rows = con.execute("SELECT * FROM things").fetchall()
    found = rejects.read_text(encoding="utf-8") if rejects.exists() else ""
    return (staged.read, staged.rejected), rows, found


def both(content: bytes, table: SourceTable = TABLE, directly: bool = False) -> tuple[Outcome | str, Outcome | str]:
    """What becomes of a file by way of its plain copy (or however it is done usually), and line by line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "things.csv"
        file.write_bytes(content)
        try:
            reader = CsvReader.open(file, table.names, spool=folder / "copy.csv")
            match_columns(reader, table)
        except BadFile as error:
            return str(error), str(error)
        quick = reader if directly else Copied(reader)
        return outcome(quick, table, folder), outcome(Slow(reader), table, folder)  # type: ignore[arg-type]


class Copied(Slow):
    """A reader that offers its plain copy and no direct way."""

    def __init__(self, reader: CsvReader) -> None:
        self._reader = reader

    def straight(self) -> object:
        return self._reader.straight()


NASTY = [
    b'a,b,"c\nd"\r\n1,2,\r\n2,3,\r\n',
    b"a,b,c\n1,2\n1,2,2024-01-01,4\n1,2,2024-01-01\n",
    b"a,b,c\n1,2,2024-01-01,\n1,2,,\n",
    b"a,b,c,\n1,2,2024-01-01\n,,\n",
    b'a,b,c\n"x\ny",2,\n"x""y",1,\n"open,2,\n3,4,\n',
    b'a,b,c\n"x\r\ny",2,\r\n"z"q,1,\r\n5,5,\r\n',
    b"a,b,c\r\nx\ry,2,\r\nz,1,\r\n",
    b"\n\r\n a,b,c\n\n1,2,\n\n  \n",
    b'"a","b","c"\n"1","2",""\n"1","x","2024-01-01"\n"1","2","2024-13-01"\n',
    b'"a\n",b,c\n1,2,\n',
    b'a,b,c\n 5" pipe,2,\n5" pipe,2,\n"5"" pipe",2,',
    b'a,b,c\n1,2,"never closed\n3,4,\n5,6,',
    f"a,b,c\n{MARK}1,2,\nx{MARK},2,3,4\n".encode(),
    "a;b;c\nZoë;1,5;31.12.2023\nZoë;2,5\n".encode("cp1252"),
    "a\tb\tc\nZoë\t1\t2023-12-31\n\U0001f600\t2\n".encode("utf-16"),
    b"a,b,c\r1,2,\r3,4,5,6\r",
    b"a,b,c\n1,\x002,\n\x00,,\n",
    b"a,b,c\n1,2,\n" * 3 + b"\xff\xfe,9,\n",
]


# The database takes a value of so many lines for one, which the careful way does not.
LONG = b'a,b,c\n1,2,"' + b"\n" * (RUNAWAY_LINES + 10) + b'"\n3,4,\n'


def test_a_value_of_very_many_lines_gives_the_same_both_careful_ways() -> None:
    quick, slow = both(LONG)
    assert quick == slow


@pytest.mark.parametrize("directly", [False, True])
@pytest.mark.parametrize("content", NASTY, ids=range(len(NASTY)))
def test_a_nasty_file_gives_the_same_both_ways(content: bytes, directly: bool) -> None:
    quick, slow = both(content, directly=directly)
    assert quick == slow


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text('ab1,;"\r\n\x00é' + MARK, max_size=60), st.sampled_from(["utf-8", "utf-16", "cp1252"]), st.booleans())
@example('"', "utf-8", False)
def test_any_text_gives_the_same_both_ways(text: str, encoding: str, directly: bool) -> None:
    quick, slow = both(f"a,b,c\n{text}".encode(encoding, "replace"), directly=directly)
    assert quick == slow


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text('ab"\r\n ', max_size=30))
def test_a_file_of_one_column_gives_the_same_both_ways(text: str) -> None:
    quick, slow = both(f"a\n{text}".encode(), NARROW)
    assert quick == slow


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text('ab,"\r\n', max_size=60))
def test_records_are_found_again_by_their_number(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "x.csv"
        file.write_bytes(f'a,"b"\n{text}'.encode())
        lines = file.read_bytes().decode().split("\n")
        with_ends = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        spans = [(first, last) for first, last, _, _ in records(iter(with_ends), ",", 2)]
        expected = [(first, "".join(with_ends[first - 1 : last]).rstrip("\r\n")) for first, last in spans]
        assert list(locate_records(file, "utf-8", ",", 2, iter(range(1, len(expected) + 1)))) == expected


@pytest.mark.parametrize("most", [0, 1, 2])
def test_more_problems_than_are_kept_give_the_same_both_ways(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_layer.ingest.csv_straight.MOST_PROBLEMS", most)
    quick, slow = both(b'a,b,c\n"x\ny",1,\n1,2,3,4\n2,3,\n\n5,6\n')
    assert quick == slow
    assert quick[0] == (4, 2)


def test_rows_that_cannot_be_used_are_no_samples_of_a_copy(tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    bad = f'{MARK}1 value where 2 columns are named,\n"{MARK}broken, quoting",\n'
    copy.write_text(f"a,1\n{bad}b,2\nc,3\n{bad}", encoding="utf-8")
    found = list(samples(copy, ",", 2, MARK))
    assert {tuple(values) for _, values in found} == {("b", "2"), ("c", "3")}
    assert found[-1] == (copy.stat().st_size, ["c", "3"])
