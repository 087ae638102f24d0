"""Every table that ``import`` knows, by the system it comes from."""

from data_layer.ingest.sources import finance, interaction_manager, messaging, pipeline
from data_layer.ingest.sources.attributes import ATTRIBUTES, OWNERS
from data_layer.ingest.sources.spec import Column, SourceTable, Type

TABLES: tuple[SourceTable, ...] = (
    *finance.TABLES,
    *interaction_manager.TABLES,
    *messaging.TABLES,
    *pipeline.TABLES,
)
# With what no system exports by itself but a mapping, or a file of that name, can give.
ALL_TABLES: tuple[SourceTable, ...] = (*TABLES, ATTRIBUTES)
BY_NAME: dict[str, SourceTable] = {table.name: table for table in ALL_TABLES}

__all__ = ["ALL_TABLES", "ATTRIBUTES", "BY_NAME", "OWNERS", "TABLES", "Column", "SourceTable", "Type"]
