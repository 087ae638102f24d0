"""Why an import stopped, in words for the person who started it, and as an exit status for a script."""

import difflib
import lzma
import re
import zlib
from collections.abc import Sequence

from data_layer.ingest.interruption import STOPPED
from data_layer.ingest.options import LoadReport

UNREADABLE = (OSError, EOFError, UnicodeError, zlib.error, lzma.LZMAError)
"""What reading bytes that are damaged, or packed wrongly, raises."""


def one_line(error: BaseException) -> str:
    """What an error says first: below that libraries quote statements and stacks of their own."""
    if isinstance(error, PermissionError):
        return "there is no permission to; let whoever runs dashapp read it"
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def names_shown(names: Sequence[str], most: int = 40) -> str:
    """Names from a file for a message: of very many the first ones, and nothing that a terminal would obey."""
    shown = ", ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", "�", name)[:60] or "(no name)" for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown or "nothing"


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """A question with the name that is most alike, for the end of a sentence; empty where none is."""
    lowered = {one.lower(): one for one in names}
    alike = difflib.get_close_matches(name.lower(), lowered, 1, 0.7)
    return f" Did you mean {lowered[alike[0]]!r}?" if alike else ""


class ImportFailed(Exception):
    """The import stopped and nothing was published.  ``exit_code`` tells scripts why."""

    exit_code = 1
    report: LoadReport | None = None  # of the load that stopped, where one had begun


class NoSuchPath(ImportFailed):
    """The folder or file to import is not there."""

    exit_code = 3


class NothingToLoad(ImportFailed):
    """No file has the name of a table that is known."""

    exit_code = 4


class BadFile(ImportFailed):
    """A file cannot be used as it is: unreadable, empty, a column missing or ambiguous."""

    exit_code = 5


class TooManyRejects(ImportFailed):
    """More rows were rejected than the limit allows, or all of them."""

    exit_code = 6


class AlreadyRunning(ImportFailed):
    """Another import holds the lock."""

    exit_code = 7


class CheckFailed(ImportFailed):
    """The new generation lost too much against the last one."""

    exit_code = 8


class DataChanged(ImportFailed):
    """What is current is not what somebody decided upon."""


class Interrupted(ImportFailed):
    """Somebody stopped the import.  ``number``: the signal that did."""

    exit_code = 130

    def __init__(self, number: int) -> None:
        super().__init__(STOPPED)
        self.number = number
        self.exit_code = 128 + number


class MappingError(ImportFailed):
    """The mapping file is wrong, or does not fit the files."""

    exit_code = 9
