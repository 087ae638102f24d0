"""Loading small tables in tests: text in, a generation out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from data_layer.ingest.options import ImportOptions, LoadReport
from data_layer.ingest.run import run_import
from data_layer.ingest.sources import BY_NAME
from data_layer.warehouse.generations import current_file

Rows = list[dict[str, Any]]
# With so few rows a second thread of the database only takes time from the tests beside.
ALONE: dict[str, Any] = {"threads": 1}


def csv_text(table: str, rows: Rows) -> str:
    """A CSV file of a source table with all its columns; what a row leaves out is empty."""
    names = [column.name for column in BY_NAME[table].columns if column.required or any(column.name in r for r in rows)]
    lines = [",".join(names)]
    for row in rows:
        assert set(row) <= set(names), set(row) - set(names)
        lines.append(",".join(_cell(row.get(name)) for name in names))
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'


def write_tables(folder: Path, tables: Mapping[str, Rows]) -> Path:
    """One CSV file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(csv_text(name, rows), encoding="utf-8")
    return folder


def load(home: Path, tables: Mapping[str, Rows], **options: Any) -> LoadReport:
    """Import tables into an instance folder; the files lie in ``home/in``."""
    folder = home / "in"
    for old in folder.glob("*"):
        old.unlink()
    return run_import(write_tables(folder, tables), home, ImportOptions(**ALONE, **options))


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the current generation."""
    file = current_file(home)
    assert file is not None
    with duckdb.connect(str(file), read_only=True) as con:
        return con.execute(sql).fetchall()
