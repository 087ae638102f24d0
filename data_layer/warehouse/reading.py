"""DuckDB for reading published files, as SQLAlchemy's dialect ``duckdb+reading``.

Two things that the driver's dialect cannot know: a published file never changes, so a transaction around each query
would only cost time; and our statements are plain ones whose compiled text can be kept, which halves what a small query costs.
"""

from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry

DRIVER = "duckdb+reading"


class ReadingDialect(duckdb_engine.Dialect):
    """See the module."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        """Nothing to begin."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing to commit."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Nothing to roll back."""


registry.register("duckdb.reading", __name__, ReadingDialect.__name__)
