"""Small helpers for writing SQL text."""


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def counted(number: int, one: str, many: str | None = None) -> str:
    """How many of something, in words for a report."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
