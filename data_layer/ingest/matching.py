"""Which columns of a file are which of ours, and how its rows are shaped on the way."""

from dataclasses import dataclass, field

from data_layer.ingest.conversion import Scale
from data_layer.ingest.errors import BadFile, names_shown
from data_layer.ingest.header import advice
from data_layer.ingest.readers import Reader
from data_layer.ingest.sources import Column, SourceTable, Type
from data_layer.ingest.sql import literal


@dataclass(frozen=True)
class Field:
    """One of our columns and the text it is read from.

    ``value``: the name of a column of text in the shaped rows, None where the file has nothing for it.
    ``zone``, ``date_format``, ``decimal`` and ``scale``: what a mapping says of this column alone.
    """

    column: Column
    value: str | None
    zone: str | None = None
    date_format: str | None = None
    decimal: str | None = None
    scale: Scale | None = None

    @property
    def is_number(self) -> bool:
        """Whether its text is read as a number."""
        return self.column.type in (Type.NUMBER, Type.MONEY, Type.INTEGER) or self.scale is not None


@dataclass(frozen=True)
class Shape:
    """How the rows of a file become rows to convert; as it is, they stay what they are.

    ``unpivot``: (name, SQL of text) pairs, each of which makes a row with ``u_name`` and ``u_value`` of every row.
    ``content_key``: columns out of whose text, and the number of the repetition, a key ``r_id`` is made.
    ``made``: names and SQL of texts computed from the columns.  ``conditions``: rows that meet none are left out.
    """

    unpivot: tuple[tuple[str, str], ...] = ()
    content_key: tuple[str, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()

    def over(self, base: str, careful: bool, filtered: bool = True) -> str:
        """A select of the shaped rows of a table expression.  ``careful``: rows with a ``_problem`` always come through."""
        sql = f"SELECT * FROM {base}"
        if self.content_key:
            text = ", ".join(f"coalesce({name}, '')" for name in self.content_key)
            sql = (
                f"SELECT *, md5(concat_ws(chr(31), {text})) || '-' || row_number() OVER (PARTITION BY {text}) AS r_id "
                f"FROM ({sql})"
            )
        if self.unpivot:
            sql = f"SELECT *{self._unnested(careful)} FROM ({sql})"
            if self.content_key:  # which is the same for all rows that were one
                sql = f"SELECT * REPLACE (r_id || '-' || u_name AS r_id) FROM ({sql})"
        if self.made:
            sql = f"SELECT *, {', '.join(f'{value} AS {name}' for name, value in self.made)} FROM ({sql})"
        if self.conditions and filtered:
            test = " AND ".join(f"({condition})" for condition in self.conditions)
            sql = f"SELECT * FROM ({sql}) WHERE {f'_problem IS NOT NULL OR ({test})' if careful else test}"
        return sql

    def _unnested(self, careful: bool) -> str:
        """A row that cannot be used stays one row."""
        names = f"[{', '.join(literal(name) for name, _ in self.unpivot)}]"
        values = f"[{', '.join(value for _, value in self.unpivot)}]"
        if careful:
            names, values = (f"CASE WHEN _problem IS NULL THEN {x} ELSE [NULL] END" for x in (names, values))
        return f", unnest({names}) AS u_name, unnest({values}) AS u_value"


@dataclass(frozen=True)
class Tally:
    """Something to count on the way and tell: SQL of the text that is counted, NULL where there is nothing to tell."""

    what: str
    value: str


@dataclass(frozen=True)
class Mapped:
    """A file's columns matched to a source table.

    ``uses``: numbers of the columns that are read.  ``unknown``: columns that are not.
    ``entry``: what of a mapping says so; the files of one entry and table are written alike.
    """

    table: SourceTable
    fields: tuple[Field, ...]
    uses: tuple[int, ...]
    unknown: tuple[str, ...] = ()
    shape: Shape = field(default_factory=Shape)
    tallies: tuple[Tally, ...] = ()
    entry: str = ""

    @property
    def present(self) -> set[str]:
        """The spec columns that the file has."""
        return {one.column.name for one in self.fields if one.value is not None}


def match_columns(reader: Reader, table: SourceTable) -> Mapped:
    """Match by name, whatever the case and order.  BadFile where a required column is missing or one comes twice."""
    names = [name.lower() for name in reader.columns]
    refuse_duplicates(reader, table.names)
    places = [(column, names.index(column.name) if column.name in names else None) for column in table.columns]
    missing = [column.name for column, place in places if place is None and column.required]
    if missing:
        raise BadFile(
            f"{reader.name}: {_lacking(table, missing, names)} Found: {names_shown(reader.columns)}."
            f"{advice(reader.likely_header)}"
        )
    fields = tuple(Field(column, None if place is None else f"c{place}") for column, place in places)
    uses = tuple(place for _, place in places if place is not None)
    unknown = tuple(name for name in reader.columns if name.lower() not in table.names)
    return Mapped(table, fields, uses, unknown)


def _lacking(table: SourceTable, missing: list[str], names: list[str]) -> str:
    """What is wrong with a file that lacks columns, and what to do, in sentences."""
    if table.names & set(names):
        needed = ", ".join(column.name for column in table.columns if column.filled)
        columns = (
            f"column {missing[0]} of {table.name} is"
            if len(missing) == 1
            else (f"columns {', '.join(missing)} of {table.name} are")
        )
        return f"the required {columns} missing. A mapping (--suggest writes one) can do without all but {needed}."
    lone = " Where another character stands between its columns, a mapping can name it." if len(names) == 1 else ""
    return (
        f"this is not {table.name}: none of its columns is in the first line. A pivot table or a report cannot be "
        f"loaded, only the rows behind it.{lone} Needed is {', '.join(missing)}."
    )


def refuse_duplicates(reader: Reader, wanted: frozenset[str]) -> None:
    """BadFile where a wanted column (lower case) is there more than once."""
    names = [name.lower() for name in reader.columns]
    twice = sorted({name for name in names if name in wanted and names.count(name) > 1})
    if twice:
        raise BadFile(f"{reader.name}: the column {', '.join(twice)} is there more than once; keep one of them.")
