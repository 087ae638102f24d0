"""Reading CSV files of every kind: encodings, delimiters, quotes, lines."""

import csv
import gzip
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_layer.ingest import csv_dialect
from data_layer.ingest.conversion import create_staged
from data_layer.ingest.csv_rows import RUNAWAY_LINES, read_batches, read_lines, records
from data_layer.ingest.errors import BadFile
from data_layer.ingest.matching import match_columns
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.readers import CsvReader
from data_layer.ingest.sources import BY_NAME, SourceTable, Type
from data_layer.ingest.sources.spec import Column, optional
from data_layer.ingest.staging import Stager

STAFF = BY_NAME["staff"]
LOOSE = SourceTable("things", "test", "nothing", ("a",), (optional("a"), Column("b", Type.DATE, required=False)))
HEADER = "staff_id,full_name,role,email"


def spans(text: str, width: int = 2, delimiter: str = ",") -> list[tuple[int, int, str | None, list[str]]]:
    return list(records(iter(text.splitlines(keepends=True)), delimiter, width))


def test_lines_of_records_with_quoted_newlines_and_blank_lines() -> None:
    found = spans('a,b\n1,"x\ny"\n\n2,z\n')
    assert [(first, last, values) for first, last, _, values in found] == [(2, 3, ["1", "x\ny"]), (5, 5, ["2", "z"])]


def test_ragged_rows_keep_their_line_and_say_why() -> None:
    found = spans("a,b\n1\n2,3,4\n5,6\n")
    assert [(first, problem) for first, _, problem, _ in found] == [
        (2, "1 values where 2 columns are named"),
        (3, "3 values where 2 columns are named"),
        (4, None),
    ]


def test_a_last_delimiter_that_only_rows_or_only_the_header_have() -> None:
    assert [values for _, _, problem, values in spans("a,b\n1,2,\n") if not problem] == [["1", "2"]]
    assert [values for _, _, problem, values in spans("a,b,\n1,2\n", width=3) if not problem] == [["1", "2", ""]]


def test_a_carriage_return_inside_a_field_ends_no_line(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b'a,b\r\n1,x\ry\r\n2,"u\rv"\r\n')
    batch = next(read_batches(file, "utf-8", ",", 2, (0, 1)))
    assert batch.column("c1").to_pylist() == ["x\ry", "u\rv"]
    assert batch.column("_line").to_pylist() == [2, 3]


def test_empty_lines_before_the_header_are_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("\n\na,b\n1,2024-01-01\n2,never\n")
    reader = CsvReader.open(file, LOOSE.names)
    with duckdb.connect() as con:
        con.execute(create_staged(LOOSE, "things"))
        staged = Stager(con, ImportOptions(), tmp_path / "rejects").stage(
            reader, match_columns(reader, LOOSE), "things"
        )
    assert (staged.read, staged.loaded) == (2, 1)
    assert ",x.csv,5,b," in (tmp_path / "rejects").read_text()


def test_lines_that_end_in_carriage_returns_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"a,b\r1,x\r2,y\r")
    assert next(read_batches(file, "utf-8", ",", 2, (1,))).column("c1").to_pylist() == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "an Excel workbook or a zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"PAR1", "Parquet"),
        (b"SQLite format 3\0", "sqlite:///FILE"),
    ],
)
def test_another_format_called_csv_is_refused_with_the_reason(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=words):
        csv_dialect.detect(file, STAFF.names)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("rest", ["", "2,never\n", '3,"x\n'])
def test_encodings_with_and_without_a_mark(tmp_path: Path, encoding: str, rest: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(("a,b\nÉmile,2024-01-01\n" + rest).encode(encoding))
    reader = CsvReader.open(file, LOOSE.names, spool=tmp_path / "spool")
    assert reader.columns == ("a", "b")
    with duckdb.connect() as con:
        con.execute(create_staged(LOOSE, "things"))
        Stager(con, ImportOptions(), tmp_path / "rejects").stage(reader, match_columns(reader, LOOSE), "things")
        assert con.execute("SELECT a FROM things").fetchall()[0] == ("Émile",)
    assert bool(reader.notes()) is (encoding == "cp1252")


def test_the_line_by_which_excel_names_its_delimiter_is_no_header(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('sep=;\na;b\n1;2024-01-01\n2;never\n"x;\ny";never\n')
    for spool in (None, tmp_path / "spool"):
        reader = CsvReader.open(file, LOOSE.names, spool=spool)
        assert reader.columns == ("a", "b")
        rejects = tmp_path / f"rejects-{spool is None}"
        with duckdb.connect() as con:
            con.execute(create_staged(LOOSE, "things"))
            staged = Stager(con, ImportOptions(), rejects).stage(reader, match_columns(reader, LOOSE), "things")
        assert (staged.read, staged.loaded) == (3, 1)
        assert [row[2] for row in csv.reader(rejects.read_text().splitlines(keepends=True))][1:] == ["4", "5"]


def test_bytes_that_are_no_text_are_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_bytes(b"\x01\x02\x1b[31m,\x00\n")
    with pytest.raises(BadFile, match="does not begin like a text file"):
        CsvReader.open(file, STAFF.names)


@pytest.mark.parametrize(
    ("encoding", "words"), [("utf-16", "not in the encoding utf-16"), ("hex", "no encoding 'hex'")]
)
def test_a_declared_encoding_that_cannot_be(tmp_path: Path, encoding: str, words: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(BadFile, match=words):
        CsvReader.open(file, LOOSE.names, encoding=encoding)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "staff_id,full_name\n",
            "columns role, email of staff are missing. A mapping .* can do without all but staff_id",
        ),
        ("staff_id^full_name^role^email\n", "a mapping can name it"),
        (",".join(f"x{i}" for i in range(500)) + "\n", "x39 and 460 more"),
    ],
)
def test_a_file_with_other_columns_is_told_what_it_lacks(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(text)
    with pytest.raises(BadFile, match=words):
        match_columns(CsvReader.open(file, STAFF.names), STAFF)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text("ab,;\"'\r\n\t\x00é|", max_size=120).map(str.encode)))
def test_any_bytes_give_rows_or_rejects(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "staff.csv"
        file.write_bytes(content)
        with duckdb.connect() as con:
            con.execute(create_staged(LOOSE, "things"))
            try:
                reader = CsvReader.open(file, LOOSE.names)
                mapped = match_columns(reader, LOOSE)
                staged = Stager(con, ImportOptions(), Path(folder) / "rejects").stage(reader, mapped, "things")
            except BadFile:
                return
            assert staged.read == staged.loaded + staged.rejected
            assert con.execute("SELECT count(*) FROM things").fetchone() == (staged.loaded,)


def test_text_after_a_closing_quote_costs_one_row_only() -> None:
    found = spans('a,b\n1,"x"y\n2,z\n')
    assert [(first, problem is None) for first, _, problem, _ in found] == [(2, False), (3, True)]


def test_a_quote_that_is_never_closed_costs_one_row_only() -> None:
    rest = "".join(f"{i},x\n" for i in range(2 * RUNAWAY_LINES))
    found = spans(f'a,b\n0,"open\n{rest}')
    assert [first for first, _, problem, _ in found if problem] == [2]
    assert len(found) == 1 + 2 * RUNAWAY_LINES
    assert found[1][3] == ["0", "x"]


def test_a_quote_left_open_near_the_end_costs_one_row_only() -> None:
    found = spans('a,b\n1,x\n2,"open\n3,y\n')
    assert [(first, problem is None) for first, _, problem, _ in found] == [(2, True), (3, False), (4, True)]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, expected: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_bytes(f"{HEADER}\n1,Zoë Müller,Lead,z@example.org\n".encode(encoding))
    dialect, columns = csv_dialect.detect(file, STAFF.names)
    settled = csv_dialect.settle_encoding(file, dialect)
    assert (settled, columns[0]) == (expected, "staff_id")
    batch = next(read_batches(file, settled, ",", 4, (1,)))
    assert batch.column("c1").to_pylist() == ["Zoë Müller"]


def test_windows_text_far_behind_the_head_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    plain = f"{HEADER}\n".encode() + b"1,Jo,Lead,j@example.org\n" * 20_000
    file.write_bytes(plain + "2,Zoë,Lead,z@example.org\n".encode("cp1252"))
    dialect, _ = csv_dialect.detect(file, STAFF.names)
    assert dialect.encoding == "utf-8"
    assert csv_dialect.settle_encoding(file, dialect) == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(HEADER.replace(",", delimiter) + "\r\n", newline="")
    dialect, columns = csv_dialect.detect(file, STAFF.names)
    assert (dialect.delimiter, len(columns)) == (delimiter, 4)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "staff.csv"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=r"staff\.csv: the file is empty"):
        csv_dialect.detect(file, STAFF.names)


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    file = tmp_path / "staff.csv.gz"
    file.write_bytes(gzip.compress(HEADER.encode())[:-9])
    with pytest.raises(BadFile, match=r"staff\.csv\.gz: cannot be read"):
        csv_dialect.detect(file, STAFF.names)


def test_a_file_of_somebody_else_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(csv_dialect, "open_bytes", refused)  # nobody is refused a file where tests run as root
    with pytest.raises(BadFile, match=r"staff\.csv: cannot be read \(there is no permission to; let whoever runs"):
        csv_dialect.detect(tmp_path / "staff.csv", STAFF.names)


def test_raw_text_of_line_spans(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('a,b\r\n1,"x\r\ny"\r\n2,z\r\n', newline="")
    assert list(read_lines(file, "utf-8", iter([(2, 3), (4, 4)]))) == ['1,"x\r\ny"', "2,z"]
