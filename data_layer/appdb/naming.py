"""What is kept under a name and shared: segments and views."""

from collections.abc import Sequence

from data_layer.access import Role

LONGEST_NAME = 80
MOST_OF_ONE_OWNER = 100
# The wall is a screen, nobody to share with.
SHARED_WITH = tuple(role for role in Role if role is not Role.WALL)


class SavedError(ValueError):
    """Something that cannot be saved or changed so; the message says why and what to do."""


class Gone(LookupError):
    """What is asked for does not exist, or not for the viewer: which of both, nobody is told."""


class NotYours(PermissionError):
    """It is there and may be used, but only its owner and administrators may change it."""


def checked_name(name: str) -> str:
    """A name as it is kept.  ``SavedError`` for an empty or a long one."""
    short = " ".join(name.split())
    if not short:
        raise SavedError("Give it a name.")
    if len(short) > LONGEST_NAME:
        raise SavedError(f"A name has at most {LONGEST_NAME} characters; this one has {len(short)}.")
    return short


def check_room(names: Sequence[str], name: str) -> None:
    """``SavedError`` where the owner has that name already, however it is spelled, or has too many."""
    if name.casefold() in (other.casefold() for other in names):
        raise name_taken(name)
    if len(names) >= MOST_OF_ONE_OWNER:
        raise SavedError(f"There are {MOST_OF_ONE_OWNER} already; delete one first.")


def name_taken(name: str) -> SavedError:
    """The error for a second one of the same name."""
    return SavedError(f"There is one named “{name}” already; choose another name.")


def row_number(id: str) -> int | None:
    """The number that a text is; None for a text that can be none in the database."""
    return int(id) if id.isascii() and id.isdigit() and len(id) < 10 else None
