"""One format per column, decided over all its values and never per row."""

import re
from dataclasses import dataclass, replace

import duckdb

from data_layer.ingest import conversion
from data_layer.ingest.errors import BadFile
from data_layer.ingest.sources import Column, Type
from data_layer.ingest.sql import literal

DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y%m%d",
    conversion.EXCEL,
)
_CLOCK = re.compile("%-?[HI]")
_ENGLISH = r"[-+]?(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?([eE][-+]?\d+)?"


@dataclass(frozen=True)
class ColumnFormat:
    """``date``: a strptime format, None for the ISO form.

    ``decimal``: the decimal sign of the numbers, None where they do not tell: 1.234 and 1,234 can be either.
    ``moment``: the format of date and time together, where one was declared.
    """

    date: str | None = None
    moment: str | None = None
    decimal: str | None = None

    @property
    def decimal_comma(self) -> bool:
        """Whether 1.234,5 is meant as 1234.5."""
        return self.decimal == ","


def is_date_format(text: str) -> bool:
    """Whether dates can be read with a strptime format: it has a directive, and only known ones."""
    with duckdb.connect() as con:
        try:
            con.execute("SELECT try_strptime('', ?)", [text])
        except duckdb.Error:
            return False
    return "%" in text


def decide(
    con: duckdb.DuckDBPyConnection, raw: str, source: str, column: Column, value: str, declared: str | None
) -> ColumnFormat:
    """The format of one column of the raw table.  BadFile where two date formats fit equally well but differ."""
    if column.type in (Type.DATE, Type.MOMENT):
        if declared is not None:
            date = _date_only(declared)
            return ColumnFormat(date, declared if date is not None and _CLOCK.search(declared) else None)
        return ColumnFormat(date=_date_format(con, raw, source, column, value))
    if column.type in (Type.NUMBER, Type.MONEY, Type.INTEGER):
        return ColumnFormat(decimal=_decimal_sign(con, raw, column, value))
    return ColumnFormat()


def _date_only(declared: str) -> str | None:
    """The date part of a declared format: times are understood without being declared."""
    clock = _CLOCK.search(declared)
    form = declared[: clock.start() if clock else None].rstrip(" T,") or declared  # the time may come first
    return None if form == "%Y-%m-%d" else form


def _date_format(con: duckdb.DuckDBPyConnection, raw: str, source: str, column: Column, value: str) -> str | None:
    days = f"(SELECT {conversion.date_part(conversion.cleaned(column, value))} AS d FROM {raw} WHERE _problem IS NULL)"
    texts = f"(SELECT {conversion.cleaned(column, value)} AS t FROM {raw} WHERE _problem IS NULL)"
    iso = con.execute(f"SELECT count(t), count({conversion.day_of('t[1:10]', None)}) FROM {texts}").fetchone()
    if iso is not None and 2 * iso[1] >= iso[0]:
        return None  # no other form can fit more values
    forms: tuple[str | None, ...] = (None, *DATE_FORMATS)
    counts = ", ".join(f"count({conversion.day_of('d', form)})" for form in forms)
    row = con.execute(f"SELECT {counts} FROM {days}").fetchone()
    assert row is not None
    most = max(row)
    best = [form for form, fits in zip(forms, row, strict=True) if fits == most]
    if most == 0 or best[0] is None:
        return None
    for other in best[1:]:
        _refuse_ambiguity(con, days, f"{source}.{column.name}", (best[0], str(other)))
    return best[0]


def _refuse_ambiguity(con: duckdb.DuckDBPyConnection, days: str, name: str, pair: tuple[str, str]) -> None:
    one, other = (conversion.day_of("d", form) for form in pair)
    row = con.execute(f"SELECT min(d) FROM {days} WHERE {one} IS DISTINCT FROM {other}").fetchone()
    if row and row[0] is not None:
        raise BadFile(
            f"{name}: dates such as {row[0]} can be read as {pair[0]} or as {pair[1]}. "
            f'Say which is meant: --date-format {name}={pair[0]}, or date_format = "{pair[0]}" in the mapping.'
        )


def _decimal_sign(con: duckdb.DuckDBPyConnection, raw: str, column: Column, value: str) -> str | None:
    """A comma only where more values can only be read as 1.234,5 than can only be read as 1,234.5."""
    # Where no value has a comma a look at each is enough: with a decimal comma a point stands before three digits.
    pointed = f"contains({value}, '.') AND {value}[-4:-4] <> '.' AND TRY_CAST({value} AS DOUBLE) IS NOT NULL"
    seen = con.execute(
        f"SELECT bool_or(contains({value}, ',')), bool_or({pointed}) FROM {raw} WHERE _problem IS NULL"
    ).fetchone()
    if seen is None or not seen[0]:
        return "." if seen and seen[1] else None
    bare = conversion.bare_number(conversion.cleaned(column, value))
    continental, english = (
        f"coalesce(regexp_full_match(bare, {literal(form)}), false)" for form in (conversion.CONTINENTAL, _ENGLISH)
    )
    row = con.execute(
        f"SELECT count(*) FILTER ({continental} AND NOT {english}), count(*) FILTER ({english} AND NOT {continental}) "
        f"FROM (SELECT {bare} AS bare FROM {raw} WHERE _problem IS NULL AND regexp_matches({value}, '[.,]'))"
    ).fetchone()
    assert row is not None
    with_comma, with_point = row
    return "," if with_comma > with_point else "." if with_point else None


def settled(forms: list[ColumnFormat]) -> list[ColumnFormat]:
    """The formats of a file's columns, where numbers that can be read both ways are read as the file's other numbers."""
    signs = {form.decimal for form in forms} - {None}
    common = signs.pop() if len(signs) == 1 else None
    return [replace(form, decimal=form.decimal or common) for form in forms]
