"""How far the reading of a file is, told while the database is at it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from data_layer.ingest.discovery import Input
from data_layer.ingest.options import ImportOptions, no_rows

EVERY_SECONDS = 0.5


class Pace:
    """Counts rows and bytes over the files of a load; ``total`` bytes in all."""

    def __init__(self, con: duckdb.DuckDBPyConnection, options: ImportOptions, total: int) -> None:
        self._con = con
        self._options = options
        self._total = total
        self._done = 0
        self._rows = 0
        if options.rows is not no_rows:
            con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")

    @property
    def state(self) -> tuple[int, int]:
        """Bytes and rows so far; to be set back where files are read once more."""
        return self._done, self._rows

    @state.setter
    def state(self, state: tuple[int, int]) -> None:
        self._done, self._rows = state

    @contextmanager
    def reading(self, item: Input) -> Iterator[None]:
        """Tell of a file while it is read: its rows are guessed from its first lines until they are counted."""
        self._options.progress(f"Reading {item.reader.name}", self._done, self._total)
        if self._options.rows is no_rows:
            yield
        else:
            finished = threading.Event()
            teller = threading.Thread(
                target=self._tell, args=(finished, item.size, item.foreign.line_bytes), daemon=True
            )
            teller.start()
            try:
                yield
            finally:
                finished.set()
                teller.join()
        self._done += item.size

    def add(self, rows: int) -> None:
        """So many rows were read."""
        self._rows += rows
        self._options.rows(self._rows, self._done)

    def _tell(self, finished: threading.Event, size: int, line: float | None) -> None:
        furthest = 0.0
        while not finished.wait(EVERY_SECONDS):
            # A file that needs care is gone over several times; a percentage that falls back says nothing.
            furthest = max(furthest, min(self._con.query_progress() / 100, 1.0))
            rows = round(size * furthest / line) if line else 0
            self._options.rows(self._rows + rows, self._done + round(size * furthest))
