"""Rows that are added to a staged table and may have to be taken back."""

import duckdb

from data_layer.ingest.conversion import create_staged
from data_layer.ingest.sources import SourceTable


class Attempt:
    """Added rows of one file; ``before``: the first row of the table that is not among them.

    A table that was empty before is emptied by making it anew, without a transaction: what is committed is looked at by
    all threads of the database, what is not by one.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, table: SourceTable, target: str) -> None:
        self._con = con
        self._table = table
        self._target = target
        row = con.execute(f"SELECT coalesce(max(rowid) + 1, 0) FROM {target}").fetchone()
        assert row is not None
        self.before = int(row[0])
        if self.before:
            con.execute("BEGIN")

    def keep(self) -> None:
        """The rows are right."""
        if self.before:
            self._con.execute("COMMIT")

    def take_back(self) -> None:
        """The table is as it was before."""
        if self.before:
            self._con.execute("ROLLBACK")
        else:
            take_back_from(self._con, self._table, self._target, 0)


def take_back_from(con: duckdb.DuckDBPyConnection, table: SourceTable, target: str, first: int) -> None:
    """Leave nothing in a staged table from row ``first`` on."""
    if first:
        con.execute(f"DELETE FROM {target} WHERE rowid >= {first}")
    else:
        con.execute(f"DROP TABLE {target}")
        con.execute(create_staged(table, target))
