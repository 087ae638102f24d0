"""Text to typed values, as DuckDB expressions.

``strict`` expressions raise at the first value they do not understand and cost almost nothing: a clean file goes
through them in one pass.  What ``lenient`` makes of the pieces below understands more and rejects row by row.

A column of moments becomes two: ``x`` is the moment in UTC, ``x__day`` the day where the source gave only a date.
"""

from data_layer.ingest.sources import Column, SourceTable, Type
from data_layer.ingest.sql import literal, quoted

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
EARLIEST, LATEST = "DATE '1800-01-01'", "DATE '2200-01-01'"
YES = "['true', 'yes', '1', 'y', 't', 'active', 'on']"
NO = "['false', 'no', '0', 'n', 'f', 'inactive', 'off']"
EMPTY = "['', 'null', 'nan', 'nat', 'none', 'n/a', 'na', '\\n', '-', '--']"
LONGEST_EMPTY = 4
# A number with a decimal comma; 1.000 is one, 1000.25 is none.
CONTINENTAL = r"[-+]?(\d+|[1-9]\d{0,2}(\.\d{3})+)?(,\d*)?([eE][-+]?\d+)?"
BLANKS = ("chr(9)", "chr(10)", "chr(13)", "chr(32)", "chr(160)")


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
    columns = ", ".join(f"{quoted(column)} {kind}" for column, kind in staged_columns(table))
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


def strict(column: Column, value: str, zone: str) -> list[tuple[str, str]]:
    """Staged names and expressions which raise where ``value`` (SQL of text) does not convert."""
    name = column.name
    if column.type is Type.TEXT:
        return [(name, trimmed(value))]
    if column.type is Type.INTEGER:
        return [(name, f"CAST(CASE WHEN contains({value}, '.') THEN '?' ELSE {value} END AS BIGINT)")]
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
    day = (
        f"CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE)"
        if form is None
        else f"CAST(try_strptime({text}, {literal(form)}) AS DATE)"
    )
    return f"(CASE WHEN {day} BETWEEN {EARLIEST} AND {LATEST} THEN {day} END)"


def numbered_moment(text: str, form: str | None) -> str:
    """The moment that a number stands for: local for Excel's days (of 1954 to 2119), UTC for the others."""
    number = f"TRY_CAST({text} AS DOUBLE)"
    if form == EXCEL:
        moment = f"TIMESTAMP '1899-12-30' + to_seconds(CAST(round({number} * 86400) AS BIGINT))"
        return f"(CASE WHEN {number} BETWEEN 20000 AND 80000 THEN {moment} END)"
    factor = 1000 if form == EPOCH else 1
    return f"(CASE WHEN abs({number} * {factor}) < 7e12 THEN epoch_ms(CAST({number} * {factor} AS BIGINT)) END)"


def bare_number(text: str) -> str:
    """The text of a number without currency, percent or thousands signs but commas and points; minus for brackets."""
    return (
        f"regexp_replace(regexp_replace({text}, '^\\((.*)\\)$', '-\\1'), '[\\s\\x{{A0}}''’_$€£¥%]|[A-Z]{{3}}', '', 'g')"
    )


def number_text(bare: str, decimal_comma: bool) -> str:
    """The digits of a bare number; with a decimal comma NULL for what is not written so, such as 1000.25."""
    if decimal_comma:
        fits = f"regexp_full_match({bare}, {literal(CONTINENTAL)})"
        return f"CASE WHEN {fits} THEN replace(replace({bare}, '.', ''), ',', '.') END"
    grouped = f"regexp_full_match({bare}, '[-+]?[1-9]\\d{{0,2}}(,\\d{{3}})+(\\.\\d*)?')"
    return f"CASE WHEN {grouped} THEN replace({bare}, ',', '') ELSE {bare} END"
