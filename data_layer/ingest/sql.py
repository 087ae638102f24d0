"""Small helpers for writing SQL text."""

# The type of a column that names the rows of its table: none of them repeats, and to look for a shorter form costs three
# times as long as to write them down.
ID = "VARCHAR USING COMPRESSION uncompressed"


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def counted(number: int, one: str, many: str | None = None) -> str:
    """How many of something, in words for a report."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
