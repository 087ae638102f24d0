"""How a long list is looked at: what is searched for, how it is sorted, which page is open.

``?list=clients~find~ann&list=clients~sort~-balance&list=clients~page~3``: a part of the link of one tile alone.
"""

from dataclasses import dataclass, fields, replace

FIRST, LAST = 1, 1_000_000
DOWN = "-"


@dataclass(frozen=True)
class Listing:
    """The state of one list.

    ``find``: a text, "" for all rows.  ``sort``: a column, after a ``-`` the largest first; "" for the list's own order.
    ``page``: from 1.
    """

    find: str = ""
    sort: str = ""
    page: int = FIRST

    @property
    def column(self) -> str:
        """The column to sort by; "" for the list's own order."""
        return self.sort.removeprefix(DOWN)

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith(DOWN)

    def set(self, name: str, value: str) -> "Listing | None":
        """The same with one part of it changed; None where the part or its value is none."""
        match name:
            case "find":
                return replace(self, find=value)
            case "sort":
                return replace(self, sort=value)
            case "page" if value.isascii() and value.isdigit() and len(value) <= len(str(LAST)):
                return replace(self, page=min(LAST, max(FIRST, int(value))))
        return None

    def pairs(self) -> list[tuple[str, str]]:
        """What differs from the usual, by name; the reverse of :meth:`set`."""
        usual = Listing()
        return [
            (field.name, str(getattr(self, field.name)))
            for field in fields(self)
            if getattr(self, field.name) != getattr(usual, field.name)
        ]
