"""Column names that do not stand in the first line of a file: which line may be meant."""

import re
from collections.abc import Sequence

HEAD_ROWS = 30
_VALUE = re.compile(r"\s*[-+(]?[\d$€£]")


def likely_header(rows: Sequence[tuple[int, Sequence[str | None]]]) -> int | None:
    """The line of the names, where the first row is rather a title: (line, values) of the first filled rows are given.

    A title fills at most half of the cells that the other rows do; names are no numbers and no dates.
    """
    filled = [(line, [value for value in values if value and value.strip()]) for line, values in rows[:HEAD_ROWS]]
    widest = max((len(values) for _, values in filled), default=0)
    if widest < 2 or 2 * len(filled[0][1]) > widest:
        return None
    for line, values in filled[1:-1]:  # names without a row below them are none
        if 4 * len(values) >= 3 * widest:
            return None if any(_VALUE.match(value) for value in values) else line
    return None


def advice(line: int | None) -> str:
    """A sentence on the line of the names for the end of a message; empty where there is nothing to say."""
    return f" Line {line} looks like the column names: a mapping says so with header = {line}." if line else ""
