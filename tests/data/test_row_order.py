"""Rows of large files stand in the order of their lines, and of a key the last one wins, however the file is read."""

import gzip
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_layer.ingest import readers
from data_layer.ingest.conversion import create_staged
from data_layer.ingest.csv_samples import samples
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.mapping.resolve import map_columns, names_in
from data_layer.ingest.matching import Mapped, match_columns
from data_layer.ingest.merging import drop_duplicates
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.readers import BLOCK_BYTES, CsvReader
from data_layer.ingest.row_order import GAP_BYTES, is_kept
from data_layer.ingest.sources import BY_NAME
from data_layer.ingest.staging import Stager

TABLE = BY_NAME["clients"]
ROWS = 120_000  # of a hundred bytes and more: two of the database's blocks
HEAD = "client_id,full_name,email,phone,company,created_at\n"


def lines(count: int = ROWS) -> list[str]:
    """Clients whose ids do not rise, so that an order of ids is not taken for the order of lines."""
    return [
        f"K{(i * 7919) % 1_000_003:07d},Name {i} {'x' * (30 + i % 50)},n{i}@example.org,,Company {i},2024-01-{1 + i % 28:02d}\n"
        for i in range(count)
    ]


def write(folder: Path, rows: list[str], encoding: str = "utf-8", packed: bool = False) -> CsvReader:
    """A file of clients; its reader."""
    data = (HEAD + "".join(rows)).encode(encoding)
    assert len(data) > BLOCK_BYTES
    file = folder / ("clients.csv.gz" if packed else "clients.csv")
    file.write_bytes(gzip.compress(data, 1) if packed else data)
    return CsvReader.open(file, TABLE.names, spool=folder / "copy.csv")


def staged(con: duckdb.DuckDBPyConnection, reader: CsvReader, folder: Path, mapped: Mapped | None = None) -> list[str]:
    """The names of the staged clients, in the order of their rows."""
    con.execute(f"DROP TABLE IF EXISTS things; {create_staged(TABLE, 'things')}")
    Stager(con, ImportOptions(), folder / "rejects.csv").stage(reader, mapped or match_columns(reader, TABLE), "things")
    return [name for (name,) in con.execute("SELECT full_name FROM things ORDER BY rowid").fetchall()]


def names(rows: list[str]) -> list[str]:
    return [row.split(",")[1] for row in rows]


@dataclass(frozen=True)
class Swapped(CsvReader):
    """A reader of which several threads get the second half of the file before the first, as was once seen."""

    def _read_csv(self, path: Path, has_header: bool) -> str:
        whole = super()._read_csv(path, has_header)
        if not self.is_shared:
            return whole
        rows = f"(SELECT *, row_number() OVER () AS _n FROM {whole})"
        half = f"(SELECT count(*) / 2 FROM {whole})"
        columns = ", ".join(f"c{index}" for index in range(len(self.columns)))
        return f"(SELECT {columns} FROM {rows} ORDER BY _n < {half}, _n)"


def swapped(reader: CsvReader) -> Swapped:
    return Swapped(reader.path, reader.columns, reader.dialect, reader.spool)


@pytest.fixture
def con() -> Any:
    with duckdb.connect(config={"threads": 4}) as con:
        yield con


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_large_file_keeps_its_order(tmp_path: Path, con: duckdb.DuckDBPyConnection, packed: bool) -> None:
    rows = lines()
    assert staged(con, write(tmp_path, rows, packed=packed), tmp_path) == names(rows)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_blocks_in_the_wrong_order_are_noticed_and_the_file_is_read_once_more(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, packed: bool
) -> None:
    rows = lines()
    reader = swapped(write(tmp_path, rows, packed=packed))
    assert names(rows) != [n for (n,) in con.execute(f"SELECT c1 FROM {reader.scan()}").fetchall()]
    assert staged(con, reader, tmp_path) == names(rows)


def test_so_are_those_of_the_copy_of_a_file_in_another_encoding_with_a_bad_row(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    rows = lines()
    rows[500] = "K0,Zoë,,,,2024-01-01,one too many\n"
    assert staged(con, swapped(write(tmp_path, rows, "cp1252")), tmp_path) == names(rows[:500] + rows[501:])


def test_so_are_those_of_a_file_with_a_date_that_needs_care(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    rows = lines()
    rows[500] = rows[500].replace("2024-01-25", "2024-01-99")
    assert "2024-01-99" in rows[500]
    assert staged(con, swapped(write(tmp_path, rows)), tmp_path) == names(rows[:500] + rows[501:])


def test_of_a_key_that_comes_twice_the_last_row_wins(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    """The keys of the second half are those of the first: nothing can be looked up, and one thread reads the file."""
    half = lines()[: ROWS // 2]
    later = [row.replace(",Name ", ",Later ") for row in half]
    staged(con, swapped(write(tmp_path, half + later)), tmp_path)
    assert drop_duplicates(con, TABLE, "main.things") == len(half)
    kept = [name for (name,) in con.execute("SELECT full_name FROM things ORDER BY rowid").fetchall()]
    assert kept == names(later)


def test_a_last_row_that_replaces_the_first_wins(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    rows = lines()
    rows.append(rows[0].replace(",Name 0 ", ",Last "))
    staged(con, swapped(write(tmp_path, rows)), tmp_path)
    assert drop_duplicates(con, TABLE, "main.things") == 1
    found = con.execute("SELECT full_name FROM things WHERE client_id = 'K0000000'").fetchall()
    assert found == [(names(rows)[-1],)]


def test_mapped_rows_with_keys_of_what_they_hold_keep_their_order(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    rows = lines()
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[table]]\nto = "clients"\nfrom = "clients.csv"\nkey = "content"\n[table.columns]\nfull_name = "full_name"\n'
    )
    (rule,) = read_mapping(mapping).tables
    reader = write(tmp_path, rows)
    (mapped,) = map_columns(CsvReader.open(reader.path, names_in(rule), spool=reader.spool), rule, "mapping.toml")
    assert staged(con, swapped(reader), tmp_path, mapped) == names(rows)


def test_two_neighbouring_blocks_of_the_smallest_size_are_told_apart(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Wherever two pieces of twice the gap are changed over, it is seen; where nothing is, nothing is."""
    rows = lines()
    reader = write(tmp_path, rows)
    mapped = match_columns(reader, TABLE)
    piece = 2 * GAP_BYTES // 100
    staged(con, reader, tmp_path)

    def kept(order: str) -> bool:
        con.execute(f"CREATE OR REPLACE TABLE other AS SELECT * FROM things ORDER BY {order}")
        return is_kept(con, samples(reader.path, ",", len(reader.columns)), mapped, "other", 0)

    assert kept("rowid")
    for start in range(0, ROWS - 2 * piece, piece // 3):
        moved = f"rowid >= {start} AND rowid < {start + piece}"
        assert not kept(f"CASE WHEN {moved} THEN rowid + {2 * piece} ELSE rowid END"), start
    assert not kept(f"CASE WHEN rowid >= {ROWS - 3} THEN 0 ELSE rowid + 1 END")


def test_one_thread_reads_what_is_one_block(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text(HEAD + "".join(lines(100)))
    reader = CsvReader.open(tmp_path / "clients.csv", TABLE.names)
    assert reader.samples(copied=False) is None
    assert replace(write(tmp_path, lines()), is_shared=False).samples(copied=False) is None
    assert "parallel = False" in str(reader.alone().scan())
    assert readers.BLOCK_BYTES == 8_000_000
