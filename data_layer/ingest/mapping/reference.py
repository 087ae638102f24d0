"""The reference of mapping files in Markdown, written from what the parser accepts."""

from data_layer.ingest.mapping.keys import COLUMN_KEYS, FILE_KEYS, IDENTITY_KEYS, TABLE_KEYS, UNPIVOT_KEYS, Key
from data_layer.ingest.sources import ALL_TABLES, Column, SourceTable


def reference_markdown() -> str:
    """Keys of a mapping file and the columns of our tables; a part of ``docs/loading-your-data.md``."""
    parts = [
        _keys("The file", FILE_KEYS),
        _keys("A `[[table]]`", TABLE_KEYS),
        _keys("A column", COLUMN_KEYS),
        _keys("`unpivot`", UNPIVOT_KEYS),
        _keys("`[identity]`", IDENTITY_KEYS),
        "### Our tables\n\nBold: every row needs it. A row with the same key replaces an earlier one.",
        *(_table(table) for table in ALL_TABLES),
    ]
    return "\n\n".join(parts) + "\n"


def _keys(title: str, keys: tuple[Key, ...]) -> str:
    rows = [f"| `{key.name}` | {key.kind} | {key.meaning} |" for key in keys]
    return "\n".join([f"### {title}", "", "| Key | Kind | Meaning |", "|---|---|---|", *rows])


def _table(table: SourceTable) -> str:
    columns = ", ".join(_column(column) for column in table.columns)
    return f"`{table.name}` ({table.group}; {table.fills}). Key: {', '.join(table.key)}. Columns: {columns}."


def _column(column: Column) -> str:
    return f"{f'**{column.name}**' if column.filled else column.name} {column.type.value}"
