"""Files of any bytes: rows, rejects or an error of the importer's own, never a crash.  The same examples every time."""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_layer.ingest.conversion import create_staged
from data_layer.ingest.discovery import find_inputs, list_files
from data_layer.ingest.errors import ImportFailed
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.sources import BY_NAME
from data_layer.ingest.staging import Stager

STAFF = BY_NAME["staff"]
ROWS = [["staff_id", "full_name", "role", "email"], ["1", "Ann", "Lead", ""], ["2", "Bo", "", "b@example.org"]]


def as_csv() -> bytes:
    return "".join(",".join(row) + "\n" for row in ROWS).encode()


def as_workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def as_parquet() -> bytes:
    out = io.BytesIO()
    columns = list(zip(*ROWS[1:], strict=True))
    pq.write_table(pa.table(dict(zip(ROWS[0], (list(column) for column in columns), strict=True))), out)
    return out.getvalue()


def as_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("staff.csv", as_csv())
    return out.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    ".csv": as_csv,
    ".csv.gz": lambda: gzip.compress(as_csv(), mtime=0),
    ".xlsx": as_workbook,
    ".parquet": as_parquet,
    ".zip": as_zip,
}


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A good file with some bytes changed, taken out or put in, and perhaps cut short."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 12))
        content[at : at + length] = draw(st.binary(max_size=12))
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


def stage_all(path: Path, scratch: Path) -> None:
    """Find, read and stage as an import does.  ImportFailed where a file cannot be used."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        found = find_inputs(str(path), list_files(path, scratch))
        stager = Stager(con, ImportOptions(), scratch / "rejects.csv")
        for item in found.inputs:
            name = f"staged_{item.table.name}"
            con.execute(f"DROP TABLE IF EXISTS {name}")
            con.execute(create_staged(item.table, name))
            staged = stager.stage(item.reader, item.mapped, name)
            assert staged.read == staged.loaded + staged.rejected
            assert con.execute(f"SELECT count(*) FROM {name}").fetchone() == (staged.loaded,)


def try_bytes(ending: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"staff{ending}"
        path.write_bytes(content)
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        with suppress(ImportFailed):
            stage_all(path, scratch)


@pytest.mark.parametrize("ending", KINDS)
def test_a_good_file_of_each_kind_loads(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"staff{ending}"
    path.write_bytes(KINDS[ending]())
    stage_all(path, tmp_path)


@pytest.mark.parametrize("ending", KINDS)
def test_any_bytes_under_any_ending(ending: str) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(st.binary(max_size=200))
    def holds(content: bytes) -> None:
        try_bytes(ending, content)

    holds()


@pytest.mark.parametrize("ending", KINDS)
def test_a_damaged_file_of_each_kind(ending: str) -> None:
    @settings(
        max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(damaged(KINDS[ending]()))
    def holds(content: bytes) -> None:
        try_bytes(ending, content)

    holds()
