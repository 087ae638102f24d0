"""Text to typed values, as DuckDB expressions.

``strict`` expressions raise at the first value they do not understand and cost almost nothing: a clean file goes
through them in one pass.  What ``lenient`` makes of the pieces below understands more and rejects row by row.

A column of moments becomes two: ``x`` is the moment in UTC, ``x__day`` the day where the source gave only a date.
"""

from dataclasses import dataclass

from data_layer.ingest.sources import Column, SourceTable, Type
from data_layer.ingest.sql import ID, literal, quoted

SQL_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.MONEY: "DECIMAL(18, 2)",
    Type.DATE: "DATE",
    Type.MOMENT: "TIMESTAMP",
    Type.FLAG: "BOOLEAN",
}
EXCEL, EPOCH, EPOCH_MS = "excel", "epoch", "epoch_ms"
"""Dates as numbers: days since 1899-12-30, seconds and milliseconds since 1970."""
NUMBERED = (EXCEL, EPOCH, EPOCH_MS)
FIRST_YEAR, LAST_YEAR = 1800, 2199
EARLIEST, LATEST = f"DATE '{FIRST_YEAR}-01-01'", f"DATE '{LAST_YEAR}-12-31'"
"""The first and the last day that a date may be: what lies outside stands for no date, or is none."""
YES = "['true', 'yes', '1', 'y', 't', 'active', 'on']"
NO = "['false', 'no', '0', 'n', 'f', 'inactive', 'off']"
EMPTY = "['', 'null', 'nan', 'nat', 'none', 'n/a', 'na', '\\n', '-', '--']"
LONGEST_EMPTY = 4
_NUMBER = r"[-+]?(\d+|[1-9]\d{{0,2}}({group}\d{{3}})+)?({sign}\d*)?([eE][-+]?\d+)?"
# A number with a decimal comma, of which 1.000 is one and 1000.25 is none; and one with a decimal point.
CONTINENTAL, ENGLISH = _NUMBER.format(group=r"\.", sign=","), _NUMBER.format(group=",", sign=r"\.")
BLANKS = ("chr(9)", "chr(10)", "chr(13)", "chr(32)", "chr(160)")


@dataclass(frozen=True)
class Scale:
    """What a mapping makes of the numbers of a column: ``factor`` times as much, and ``plus`` so much.

    ``is_clock``: the number is the minutes of a text such as 1:02:30.
    """

    factor: float = 1.0
    plus: float = 0.0
    is_clock: bool = False


_CLOCK = r"([ T]\s*\d{1,2}:.*|[ T]\s*\d{1,2}\.\d{2}\.\d{2}\b.*)?$"  # Oracle writes 10.30.00 AM


def day_column(name: str) -> str:
    """The name of the column that holds the day of a moment without a time."""
    return f"{name}__day"


def staged_columns(table: SourceTable) -> list[tuple[str, str]]:
    """Names and SQL types of the staged form of a source table."""
    result: list[tuple[str, str]] = []
    for column in table.columns:
        result.append((column.name, SQL_TYPES[column.type]))
        if column.type is Type.MOMENT:
            result.append((day_column(column.name), "DATE"))
    return result


def create_staged(table: SourceTable, name: str) -> str:
    """The statement that makes an empty staged table."""
    (key, *others) = table.key
    own = None if others or table.column(key).type is not Type.TEXT else key
    columns = ", ".join(f"{quoted(name)} {ID if name == own else kind}" for name, kind in staged_columns(table))
    return f"CREATE TABLE {name} ({columns})"


def empty_values(column: Column) -> list[tuple[str, str]]:
    """The staged values of an optional column that the file does not have."""
    values = [(column.name, f"CAST(NULL AS {SQL_TYPES[column.type]})")]
    if column.type is Type.MOMENT:
        values.append((day_column(column.name), "CAST(NULL AS DATE)"))
    return values


def to_utc(moment: str, zone: str) -> str:
    """A local moment without zone, in UTC."""
    return moment if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {moment}))"


def names_zone(value: str) -> str:
    """Whether an ISO moment ends in a zone other than the capital Z; the database would overlook the word UTC."""
    return f"(contains({value}[17:], '+') OR contains({value}[17:], '-') OR ends_with({value}, 'z') OR ends_with({value}, 'UTC'))"


def has_blanks(value: str) -> str:
    """Whether text is empty or has blanks around it: to look at both ends costs a sixth of trimming."""
    ends = " OR ".join(f"ends_with({value}, {blank})" for blank in BLANKS)
    return f"({value} < '!' OR starts_with({value}, chr(160)) OR {ends})"


def trimmed(value: str) -> str:
    """The text without blanks around it; NULL where nothing is left."""
    bare = f"trim({value}, {' || '.join(BLANKS)})"
    return f"CASE WHEN {has_blanks(value)} THEN nullif({bare}, '') ELSE {value} END"


def is_one_of(value: str, words: str) -> str:
    """Whether text is in a list.  Of IN the database makes a join, which looks at every row whatever a CASE says before."""
    return f"list_contains({words}, {value})"


def scaled(number: str, scale: Scale) -> str:
    """A number (DOUBLE) as a mapping wants it, without the noise that multiplying makes."""
    return f"round({number} * {scale.factor!r} + {scale.plus!r}, 9)"


def clock_minutes(text: str) -> str:
    """The minutes of a duration such as 1:02:30 or 1:02; NULL for what is none, and for a number, which has no unit."""
    whole = f"CASE WHEN regexp_full_match({text}, '\\d+:\\d\\d') THEN {text} || ':00' ELSE {text} END"
    # The cast overlooks what stands behind the seconds, such as PM.
    is_one = f"regexp_full_match({text}, '[-+]?(\\d+ days?,? )?\\d+:\\d\\d(:\\d\\d([.]\\d+)?)?')"
    return f"CASE WHEN {is_one} THEN epoch(TRY_CAST({whole} AS INTERVAL)) / 60 END"


def _strictly_scaled(value: str, scale: Scale) -> str:
    """Text of the number as a mapping wants it; raises, or is none, where there is no number."""
    if not scale.is_clock:
        return f"CAST({scaled(f'CAST({value} AS DOUBLE)', scale)} AS VARCHAR)"
    minutes = f"CAST({scaled(clock_minutes(value), scale)} AS VARCHAR)"
    return f"CASE WHEN {value} IS NOT NULL THEN coalesce({minutes}, '?') END"


def strict(column: Column, value: str, zone: str, scale: Scale | None = None) -> list[tuple[str, str]]:
    """Staged names and expressions which raise where ``value`` (SQL of text) does not convert."""
    name = column.name
    if scale is not None:
        value = _strictly_scaled(value, scale)
    if column.type in (Type.DATE, Type.MOMENT):
        # The words epoch and infinity are dates to the database.
        value = f"(CASE WHEN {value} < '0' OR {value} >= ':' THEN '?' ELSE {value} END)"
    if column.type is Type.TEXT:
        return [(name, trimmed(value))]
    if column.type is Type.INTEGER:
        # The cast alone would round 7.5 and 15e-1, and knows 0x1F; no other number is written so.
        number = f"CAST({value} AS DOUBLE)"
        return [(name, f"CAST(CASE WHEN {number} <> floor({number}) THEN '?' ELSE {value} END AS BIGINT)")]
    if column.type is Type.FLAG:
        return [
            (
                name,
                f"CAST(CASE WHEN {is_one_of(f'lower(trim({value}))', YES)} THEN 'true' "
                f"WHEN {is_one_of(f'lower(trim({value}))', NO)} THEN 'false' ELSE '?' || {value} END AS BOOLEAN)",
            )
        ]
    if column.type is Type.MOMENT:
        zoned = names_zone(value)
        return [
            (
                name,
                # A Z behind seconds is cast with them in half the time; behind minutes the cast does not know it.
                f"CASE WHEN length({value}) <= 10 THEN NULL "
                f"WHEN ends_with({value}, 'Z') AND length({value}) >= 20 THEN CAST({value} AS TIMESTAMP) "
                f"WHEN ends_with({value}, 'Z') THEN CAST(left({value}, length({value}) - 1) AS TIMESTAMP) "
                f"WHEN {zoned} THEN timezone('UTC', CAST({value} AS TIMESTAMPTZ)) "
                f"ELSE {to_utc(f'CAST({value} AS TIMESTAMP)', zone)} END",
            ),
            (day_column(name), f"CASE WHEN length({value}) <= 10 THEN CAST(CAST({value} AS TIMESTAMP) AS DATE) END"),
        ]
    if column.type is Type.MONEY and scale is None:
        # 1.234 may be a thousand: amounts have no three decimals, and the others must be looked at.
        value = f"(CASE WHEN {value}[-4:-4] = '.' THEN '?' ELSE {value} END)"
    if column.type is Type.DATE:
        # Straight to DATE the database would overlook rubbish behind the day.
        return [(name, f"CAST(CAST({value} AS TIMESTAMP) AS DATE)")]
    return [(name, f"CAST({value} AS {SQL_TYPES[column.type]})")]


def doubtful(table: SourceTable, present: set[str]) -> str:
    """A condition on staged rows that converted, true where the careful way must look again."""
    tests: list[str] = []
    for column in table.columns:
        name = quoted(column.name)
        if column.name not in present:
            continue
        if column.type is Type.DATE:
            tests.append(f"{name} NOT BETWEEN {EARLIEST} AND {LATEST}")
        if column.type is Type.NUMBER:
            tests.append(f"NOT isfinite({name})")
        if column.type is Type.MOMENT:
            day = quoted(day_column(column.name))
            tests.append(f"coalesce({day}, CAST({name} AS DATE)) NOT BETWEEN {EARLIEST} AND {LATEST}")
        if column.filled:
            both = f" AND {quoted(day_column(column.name))} IS NULL" if column.type is Type.MOMENT else ""
            tests.append(f"{name} IS NULL{both}")
    return " OR ".join(f"({test})" for test in tests) or "false"


def cleaned(column: Column, value: str) -> str:
    """The text without blanks around it; NULL where it is empty or one of the words that exports write for that."""
    if column.type is Type.TEXT:
        return trimmed(value)
    bare = f"trim({value}, {' || '.join(BLANKS)})"
    return (
        f"CASE WHEN {has_blanks(value)} THEN CASE WHEN NOT {is_one_of(f'lower({bare})', EMPTY)} THEN {bare} END "
        f"WHEN strlen({value}) > {LONGEST_EMPTY} OR NOT {is_one_of(f'lower({value})', EMPTY)} THEN {value} END"
    )


def date_part(text: str) -> str:
    """The part of a moment's text before its time."""
    return f"regexp_extract({text}, '^(.+?){_CLOCK}', 1)"


def clock_part(text: str) -> str:
    """The time of a moment's text with its zone; empty where there is none."""
    found = f"ltrim(regexp_extract({text}, '^(.+?){_CLOCK}', 2), 'T ')"
    return f"regexp_replace({found}, '^(\\d{{1,2}})\\.(\\d\\d)\\.(\\d\\d)', '\\1:\\2:\\3')"


def day_of(text: str, form: str | None) -> str:
    """A date expression: of the ISO form for None, else of a strptime format; NULL where the text does not fit."""
    if form in NUMBERED:
        return f"CAST({numbered_moment(text, form)} AS DATE)"
    day = any_day(text, form)
    return f"(CASE WHEN {day} BETWEEN {EARLIEST} AND {LATEST} THEN {day} END)"


def any_day(text: str, form: str | None) -> str:
    """The same of years that no date of ours may have."""
    return f"CAST({parsed(text, form)} AS DATE)"


def parsed(text: str, form: str | None) -> str:
    """What the database makes of a text in the ISO form for None, else in a strptime format; NULL where it does not fit."""
    # No date begins like the words epoch, inf and -infinity, which are dates to the database whatever the format.
    date = f"CASE WHEN contains('eEiI-', left({text}, 1)) THEN NULL ELSE {text} END"
    return f"TRY_CAST({date} AS TIMESTAMP)" if form is None else f"try_strptime({date}, {literal(form)})"


def numbered_moment(text: str, form: str | None) -> str:
    """The moment that a number stands for: local for Excel's days, UTC for the others; NULL outside :func:`years`."""
    number = f"TRY_CAST({text} AS DOUBLE)"
    if form == EXCEL:
        moment = f"TIMESTAMP '1899-12-30' + to_seconds(CAST(round({number} * 86400) AS BIGINT))"
        return f"(CASE WHEN {number} BETWEEN 20000 AND 80000 THEN {moment} END)"
    thousandths = f"{number} * {1000 if form == EPOCH else 1}"
    limits = f"epoch_ms({EARLIEST}) AND epoch_ms({LATEST}) + 86_399_999"
    return f"(CASE WHEN {thousandths} BETWEEN {limits} THEN epoch_ms(CAST({thousandths} AS BIGINT)) END)"


def years(form: str | None) -> tuple[int, int]:
    """The first and the last year of the dates that a form can hold."""
    return (1954, 2119) if form == EXCEL else (FIRST_YEAR, LAST_YEAR)


def bare_number(text: str) -> str:
    """The text of a number without currency, percent or thousands signs but commas and points.

    Minus for brackets, for a minus at the end, and for the minus sign of typesetters.
    """
    negative = f"regexp_replace(replace({text}, '−', '-'), '^\\((.*)\\)$|^(.*\\d) ?-$', '-\\1\\2')"
    return f"regexp_replace({negative}, '[\\s\\x{{A0}}\\x{{2007}}\\x{{2009}}\\x{{202F}}''’_$€£¥%]|[A-Z]{{3}}', '', 'g')"


def number_text(bare: str, decimal_comma: bool) -> str:
    """The digits of a bare number; NULL for what is not written so, such as 1000.25 with a decimal comma."""
    form, group, sign = (CONTINENTAL, ".", ",") if decimal_comma else (ENGLISH, ",", ".")
    digits = f"replace(replace({bare}, '{group}', ''), '{sign}', '.')"
    return f"CASE WHEN regexp_full_match({bare}, {literal(form)}) THEN {digits} END"
