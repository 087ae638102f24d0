"""What a sample of a foreign table shows of each of its columns: its kind, how dates are written, its values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from data_layer.ingest import conversion
from data_layer.ingest.errors import BadFile
from data_layer.ingest.foreign import Foreign, ForeignFile, ForeignSheet, bare_name
from data_layer.ingest.formats import DATE_FORMATS
from data_layer.ingest.mapping.months import in_english, languages_of
from data_layer.ingest.mapping.rules import TableRule
from data_layer.ingest.readers import Reader
from data_layer.ingest.sql import literal
from data_layer.ingest.workbook import FORMULA, sheet_names

SAMPLE_ROWS = 20_000
MOST_VALUES = 6
NEARLY = 0.8  # a column of numbers or dates with a few other words in it is one of these
_EPOCHS = {conversion.EPOCH: (9e8, 2.2e9), conversion.EPOCH_MS: (9e11, 2.2e12)}
_TIMELY = ("date", "time", "created", "updated", "opened", "closed", "resolved", "solved", "at", "on")


@dataclass(frozen=True)
class Seen:
    """One column of a foreign table.

    ``kind``: "date or time", "number" or "text".  ``filled``, ``distinct``: rows that say something, different values.
    ``values``: by frequency.  ``every``: all of the sample.  ``forms``: the date formats that fit, where not ISO.
    ``odd``: the words in a column of numbers, or of dates, that are none.  ``language``: that of the month names in dates,
    where not English.
    """

    name: str
    kind: str
    filled: int
    distinct: int
    values: tuple[str, ...]
    every: frozenset[str] = frozenset()
    forms: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class SeenTable:
    """One foreign table, as far as a sample shows it.

    ``rule``: how it is opened: its file, sheet and line of names.  ``problem``: what an import will not take of it.
    """

    name: str
    rows: int
    columns: tuple[Seen, ...]
    rule: TableRule
    problem: str = ""

    @property
    def called(self) -> str:
        """What the names of its file and its sheet say together."""
        (file,) = self.rule.sources
        return f"{bare_name(file)} {self.rule.sheet or ''}".strip()

    def is_unique(self, column: Seen) -> bool:
        """Whether every row has a value of its own in the column."""
        return 0 < column.filled == column.distinct == self.rows


def to_look_at(foreigns: Sequence[Foreign]) -> list[tuple[Foreign, TableRule]]:
    """What there is, and how each is opened: every sheet of a workbook by itself, for any may be the one that counts."""
    found: list[tuple[Foreign, TableRule]] = []
    for one in foreigns:
        if isinstance(one, ForeignFile) and one.is_workbook:
            found += [(one, TableRule("", "", (one.name,), (), sheet=sheet)) for sheet in _sheets(one)]
        elif not isinstance(one, ForeignSheet):  # which comes with its workbook
            found.append((one, TableRule("", "", (one.name,), ())))
    return found


def _sheets(book: ForeignFile) -> list[str | None]:
    """The sheets that a mapping must name; None for that of a workbook with one, or with none that can be read."""
    try:
        names = sheet_names(book.path)
    except BadFile:
        return [None]
    return [*names] if len(names) > 1 else [None]


def look_at(con: duckdb.DuckDBPyConnection, foreign: Foreign, rule: TableRule) -> SeenTable:
    """Read a sample.  BadFile or a database's error where that cannot be done."""
    reader = foreign.open([], rule)
    if reader.likely_header is not None:
        rule = replace(rule, header=reader.likely_header)
        reader = foreign.open([], rule)
    scan = reader.scan()
    if scan is not None:
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE seen AS SELECT * FROM {scan} LIMIT {SAMPLE_ROWS}")
        except duckdb.Error:
            scan = None
    if scan is None:
        first = next(reader.batches(tuple(range(len(reader.columns)))))
        con.register("first", first)
        con.execute("CREATE OR REPLACE TEMP TABLE seen AS SELECT * EXCLUDE (_line, _end, _problem) FROM first")
        con.unregister("first")
    rows = con.execute("SELECT count(*) FROM seen").fetchone()
    assert rows is not None
    columns = tuple(_column(con, name, f"c{index}") for index, name in enumerate(reader.columns))
    name = f"{foreign.name}#{rule.sheet}" if rule.sheet else foreign.name
    return SeenTable(name, int(rows[0]), columns, rule, _problem(reader))


def _problem(reader: Reader) -> str:
    try:
        reader.refuse_unusable(tuple(range(len(reader.columns))))
    except BadFile as error:
        return str(error)
    return ""


def _column(con: duckdb.DuckDBPyConnection, name: str, place: str) -> Seen:
    counted = con.execute(
        f"SELECT v, count(*) AS n FROM (SELECT nullif(trim({place}), '') AS v FROM seen) WHERE v IS NOT NULL "
        f"AND NOT starts_with(v, {literal(FORMULA)}) "
        "GROUP BY v ORDER BY n DESC, v"
    ).fetchall()
    values = [str(value) for value, _ in counted]
    filled = sum(int(count) for _, count in counted)
    kind, forms, odd = _kind(con, name, values)
    language = _language(con, values) if kind == "text" else None
    kind = "date or time" if language else kind
    return Seen(name, kind, filled, len(values), tuple(values[:MOST_VALUES]), frozenset(values), forms, odd, language)


def _language(con: duckdb.DuckDBPyConnection, values: list[str]) -> str | None:
    """The language in which texts are dates."""
    for language in languages_of(values[:MOST_VALUES]):
        con.execute("CREATE OR REPLACE TEMP TABLE listed AS SELECT unnest(?) AS v", [values])
        con.execute(f"UPDATE listed SET v = {in_english('v', language)}")
        if _forms(con, len(values)):
            return language
    return None


def _kind(con: duckdb.DuckDBPyConnection, name: str, values: list[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The kind of a column, the forms of its dates, and what in a column of numbers or dates is none."""
    if not values:
        return "text", (), ()
    con.execute("CREATE OR REPLACE TEMP TABLE listed AS SELECT unnest(?) AS v", [values])
    number = _number(con)
    found = con.execute(
        f"SELECT count(TRY_CAST({number} AS DOUBLE)), count({conversion.day_of('v', None)}), "
        f"min(TRY_CAST(v AS DOUBLE)), max(TRY_CAST(v AS DOUBLE)) FROM listed"
    ).fetchone()
    assert found is not None
    numbers, days, least, most = found
    if numbers >= NEARLY * len(values):
        odd = con.execute(f"SELECT v FROM listed WHERE TRY_CAST({number} AS DOUBLE) IS NULL").fetchall()
        if not odd and least is not None and _is_timely(name):
            epochs = tuple(form for form, (low, high) in _EPOCHS.items() if low <= least and most <= high)
            if epochs:
                return "date or time", epochs, ()
        return "number", (), tuple(str(word) for (word,) in odd)
    forms = () if days >= NEARLY * len(values) else _forms(con, len(values))
    if not forms and days < NEARLY * len(values):
        return "text", (), ()
    return "date or time", forms, tuple(value for value in sorted(values) if not has_digit(value))


def _number(con: duckdb.DuckDBPyConnection) -> str:
    """The digits of the listed texts, with the decimal sign that more of them have."""
    point, comma = (conversion.number_text(conversion.bare_number("v"), sign) for sign in (False, True))
    row = con.execute(
        f"SELECT count(TRY_CAST({point} AS DOUBLE)), count(TRY_CAST({comma} AS DOUBLE)) FROM listed"
    ).fetchone()
    assert row is not None
    return comma if row[1] > row[0] else point


def _forms(con: duckdb.DuckDBPyConnection, count: int) -> tuple[str, ...]:
    """The date formats that fit most of the values, if nearly all; of two only where they make other dates of them."""
    days = [conversion.day_of(conversion.date_part("v"), form) for form in DATE_FORMATS]
    row = con.execute(f"SELECT {', '.join(f'count({day})' for day in days)} FROM listed").fetchone()
    assert row is not None
    most = max(row)
    if most < NEARLY * count:
        return ()
    fitting = [place for place, fits in enumerate(row) if fits == most]
    first = fitting[0]
    others = [
        place
        for place in fitting[1:]
        if con.execute(f"SELECT count(*) FROM listed WHERE {days[place]} <> {days[first]}").fetchone() != (0,)
    ]
    return tuple(DATE_FORMATS[place] for place in (first, *others))


def has_digit(text: str) -> bool:
    """Whether it can be a number or a date at all."""
    return any(map(str.isdigit, text))


def _is_timely(name: str) -> bool:
    """Whether a column of numbers may be one of moments, by its name."""
    words = split_words(name)
    return any(word in _TIMELY for word in words)


def split_words(name: str) -> Sequence[str]:
    """The words of a name in small letters: createdAt, CREATED_AT and "Created at" alike."""
    spread = "".join(
        f" {letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(f" {name}", name, strict=False)
    )
    return "".join(letter if letter.isalnum() else " " for letter in spread).lower().split()
