"""How a column is written: what its values say of that, of which ``agreement`` makes one format for all of them."""

import re
from dataclasses import dataclass

import duckdb

from data_layer.ingest import conversion
from data_layer.ingest.matching import Field
from data_layer.ingest.sources import Column, Type
from data_layer.ingest.sql import literal

DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
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


@dataclass(frozen=True)
class Evidence:
    """What the values of one column of one file say of how it is written.

    ``dates``: the forms of dates that fit most values, None for the ISO form; several where no value tells them apart,
    none where no value is a date.  ``disputed``: a text that two of these read differently.  ``moment``: as declared.
    ``decimal``: the decimal sign, None where the numbers do not tell.  ``either``: one of those, with a comma.
    """

    dates: tuple[str | None, ...] = ()
    disputed: str | None = None
    moment: str | None = None
    decimal: str | None = None
    either: str | None = None
    grouped: str | None = None


def is_date_format(text: str) -> bool:
    """Whether dates can be read with a strptime format: it has a directive, and only known ones.

    Names of zones (``%Z``) the database reads and then overlooks.
    """
    if "%Z" in text:
        return False
    with duckdb.connect() as con:
        try:
            con.execute("SELECT try_strptime('', ?)", [text])
        except duckdb.Error:
            return False
    return "%" in text


def look(
    con: duckdb.DuckDBPyConnection, raw: str, field: Field, declared: str | None, sign: str | None = None
) -> Evidence:
    """What one column of the raw table says, of which the file has values.

    ``declared``: a form of its dates.  ``sign``: the decimal sign of its numbers, as declared.
    """
    value = str(field.value)
    if field.column.type in (Type.DATE, Type.MOMENT):
        if declared is None:
            return _dates(con, raw, field.column, value)
        date = _date_only(declared)
        return Evidence((date,), moment=declared if date is not None and _CLOCK.search(declared) else None)
    if field.is_number and sign is None:
        return _numbers(con, raw, field.column, value)
    return Evidence(decimal=sign)


def _date_only(declared: str) -> str | None:
    """The date part of a declared format: times are understood without being declared."""
    clock = _CLOCK.search(declared)
    form = declared[: clock.start() if clock else None].rstrip(" T,") or declared  # the time may come first
    return None if form == "%Y-%m-%d" else form


def _dates(con: duckdb.DuckDBPyConnection, raw: str, column: Column, value: str) -> Evidence:
    days = f"(SELECT {conversion.date_part(conversion.cleaned(column, value))} AS d FROM {raw} WHERE _problem IS NULL)"
    texts = f"(SELECT {conversion.cleaned(column, value)} AS t FROM {raw} WHERE _problem IS NULL)"
    iso = con.execute(f"SELECT count(t), count({conversion.day_of('t[1:10]', None)}) FROM {texts}").fetchone()
    assert iso is not None
    if 2 * iso[1] >= iso[0]:
        return Evidence((None,) if iso[0] else ())  # no other form can fit more values
    forms: tuple[str | None, ...] = (None, *DATE_FORMATS)
    counts = ", ".join(f"count({conversion.day_of('d', form)})" for form in forms)
    row = con.execute(f"SELECT {counts} FROM {days}").fetchone()
    assert row is not None
    most = max(row)
    best = tuple(form for form, fits in zip(forms, row, strict=True) if fits == most)
    if most == 0 or best[0] is None:
        return Evidence(best[:1] if most else ())
    first, *others = (conversion.day_of("d", form) for form in best)
    differ = " OR ".join(f"{first} IS DISTINCT FROM {other}" for other in others) or "false"
    disputed = con.execute(f"SELECT min(d) FROM {days} WHERE {differ}").fetchone()
    return Evidence(best, disputed[0] if disputed else None)


def _numbers(con: duckdb.DuckDBPyConnection, raw: str, column: Column, value: str) -> Evidence:
    """A comma only where more values can only be read as 1.234,5 than can only be read as 1,234.5."""
    # Where no value has a comma a look at each is enough: with a decimal comma a point stands before three digits.
    pointed = f"contains({value}, '.') AND {value}[-4:-4] <> '.' AND TRY_CAST({value} AS DOUBLE) IS NOT NULL"
    seen = con.execute(
        f"SELECT bool_or(contains({value}, ',')), bool_or({pointed}) FROM {raw} WHERE _problem IS NULL"
    ).fetchone()
    if seen is None or not (seen[0] or column.type is Type.MONEY):
        return Evidence(decimal="." if seen and seen[1] else None)
    bare = conversion.bare_number(conversion.cleaned(column, value))
    continental, english = (
        f"coalesce(regexp_full_match(bare, {literal(form)}), false)"
        for form in (conversion.CONTINENTAL, conversion.ENGLISH)
    )
    row = con.execute(
        f"SELECT count(*) FILTER ({continental} AND NOT {english}), count(*) FILTER ({english} AND NOT {continental}), "
        f"min(bare) FILTER ({continental} AND {english} AND contains(bare, ',')), "
        f"min(bare) FILTER ({continental} AND {english} AND contains(bare, '.')) "
        f"FROM (SELECT {bare} AS bare FROM {raw} WHERE _problem IS NULL AND regexp_matches({value}, '[.,]'))"
    ).fetchone()
    assert row is not None
    with_comma, with_point, either, grouped = row
    sign = "," if with_comma > with_point else "." if with_point else None
    return Evidence(decimal=sign, either=either, grouped=grouped if sign is None and not either else None)
