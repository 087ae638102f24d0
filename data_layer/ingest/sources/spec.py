"""The vocabulary in which a source table is described: columns, types, keys."""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a column of a source holds, before it is mapped to the warehouse."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"  # a date, or a date with a time: the precision given is kept
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One column of a source table.

    ``required``: the file must have the column.  ``filled``: every row must have a value in it.
    """

    name: str
    type: Type = Type.TEXT
    required: bool = True
    filled: bool = False


@dataclass(frozen=True)
class SourceTable:
    """One table that some system exports, under the file name ``<name>.csv``.

    ``key``: the columns that identify a row; a second row with the same key replaces the first.
    ``group``: the system it comes from.  ``fills``: what a page can show with it, in the words of a page.
    """

    name: str
    group: str
    fills: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of all columns."""
        return frozenset(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name.  KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def key(name: str, kind: Type = Type.TEXT) -> Column:
    """A column that every row must fill."""
    return Column(name, kind, required=True, filled=True)


def text(name: str) -> Column:
    return Column(name)


def optional(name: str, kind: Type = Type.TEXT) -> Column:
    """A column that a file may leave out."""
    return Column(name, kind, required=False)


def integer(name: str) -> Column:
    return Column(name, Type.INTEGER)


def number(name: str) -> Column:
    return Column(name, Type.NUMBER)


def money(name: str) -> Column:
    return Column(name, Type.MONEY)


def date(name: str) -> Column:
    return Column(name, Type.DATE)


def moment(name: str) -> Column:
    return Column(name, Type.MOMENT)


def flag(name: str) -> Column:
    return Column(name, Type.FLAG)
