"""Appends columns to CSV files, one file a source table, in the columns that ``import`` expects."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv

from data_layer.ingest.sources import BY_NAME

# The base shape of follow-ups: client, staff, action and due day are the interaction's; kept is it on ``followup_date``.
LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "followup_actions": frozenset({"due_date", "completed_at", "client_id", "staff_id", "action"})
}
_WAITING: Final = 3  # tables waiting to be written: keeps both cores busy and the memory bounded


def columns_of(table: str) -> list[str]:
    """The columns the demo writes for a source table, in the order of its description."""
    left_out = LEFT_OUT.get(table, frozenset())
    return [column.name for column in BY_NAME[table].columns if column.name not in left_out]


class Writer:
    """Writes ``<table>.csv`` files into a folder, on a second thread.  Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, Any] = {}
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: list[Future[None]] = []
        self.rows: Counter[str] = Counter()

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Appends rows.  ValueError where the columns are not those of the table's description."""
        if list(columns) != columns_of(table):
            raise ValueError(f"{table}: columns {list(columns)} are not {columns_of(table)}.")
        batch = pa.table(dict(columns))
        self.rows[table] += batch.num_rows
        while len(self._waiting) >= _WAITING:
            self._waiting.pop(0).result()
        self._waiting.append(self._pool.submit(self._append, table, batch))

    def _append(self, table: str, batch: Any) -> None:
        if table not in self._files:
            options = csv.WriteOptions(quoting_style="needed", batch_size=16_384)
            self._files[table] = csv.CSVWriter(self._folder / f"{table}.csv", batch.schema, write_options=options)
        self._files[table].write_table(batch)

    def close(self) -> None:
        """Waits for what is unwritten and closes the files."""
        try:
            for future in self._waiting:
                future.result()
        finally:
            self._waiting.clear()
            self._pool.shutdown()
            for file in self._files.values():
                file.close()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
