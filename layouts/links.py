"""Where things lead on the site: the pages about one subject, by the dimension that names it."""

from datetime import date
from urllib.parse import quote

# The path of such a page up to the subject's value.
SUBJECT_PATHS: dict[str, str] = {"customer": "/clients/"}


def address_of(dimension: str, value: str) -> str | None:
    """The page about one value of a dimension; None where values of it have no page, or it stands for nobody."""
    path = SUBJECT_PATHS.get(dimension)
    return path + quote(value, safe="") if path and value != "Unknown" else None


def at_moment(address: str, day: date) -> str:
    """The page about a client, its timeline at a day."""
    return f"{address}?at={day.isoformat()}#tile-timeline"
