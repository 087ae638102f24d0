"""The database in which an import stages and builds."""

from pathlib import Path

import duckdb

from data_layer.ingest.options import ImportOptions
from data_layer.ingest.sql import literal

# How text is stored since then takes a quarter less time to write than what every release could read.
STORAGE = "v1.5.0"


def open_workspace(file: Path, spill: Path, scratch: Path, options: ImportOptions) -> duckdb.DuckDBPyConnection:
    """A new file with a schema ``source``, and another one attached as ``scratch``; ``spill``: where memory may go."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": options.memory_limit,
        "temp_directory": str(spill),
        # Nobody reads the file before it is finished: one checkpoint at the end is enough.
        "checkpoint_threshold": "1TB",
        "storage_compatibility_version": STORAGE,
    }
    if options.threads:
        config["threads"] = options.threads
    con = duckdb.connect(str(file), config=config)
    con.execute(f"SET TimeZone = 'UTC'; CREATE SCHEMA source; ATTACH {literal(str(scratch))} AS scratch")
    return con
