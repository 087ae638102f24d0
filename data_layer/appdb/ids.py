"""The numbers that the application database gives its rows."""

from sqlalchemy import Connection, Integer, text

from data_layer.appdb.tables import metadata

# Links carry the numbers of these: one that was deleted must not become another's.
NEVER_AGAIN = tuple(table.name for table in metadata.sorted_tables if table.dialect_options["sqlite"]["autoincrement"])
_NUMBERED = tuple(
    table.name for table in metadata.sorted_tables if "id" in table.c and isinstance(table.c.id.type, Integer)
)


def numbers_given(connection: Connection) -> dict[str, int]:
    """The last number that was ever given, by table, where none may be given twice."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        found = {str(name): int(number) for name, number in rows}
        return {name: found.get(name, 0) for name in NEVER_AGAIN}
    return {name: _last_of_sequence(connection, name) for name in NEVER_AGAIN}


def give_no_number_again(connection: Connection, given: dict[str, int]) -> None:
    """Go on after the numbers of the rows that are there and after those given before."""
    if connection.dialect.name == "sqlite":
        for name in NEVER_AGAIN:
            least = max(given.get(name, 0), _greatest(connection, name))
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
            connection.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), {"name": name, "seq": least}
            )
        return
    for name in _NUMBERED:
        least = max(given.get(name, 0), _greatest(connection, name))
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :least, :is_given)"),
            {"name": name, "least": max(least, 1), "is_given": least > 0},
        )


def _greatest(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one())


def _last_of_sequence(connection: Connection, table: str) -> int:
    sequence = connection.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table}).scalar_one()
    last, is_given = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
    return int(last) if is_given else 0
