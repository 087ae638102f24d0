"""The careful conversion of a column, in steps that each compute what the next ones use more than once."""

from collections.abc import Iterator
from dataclasses import dataclass

from data_layer.ingest.conversion import (
    EARLIEST,
    EXCEL,
    LATEST,
    NO,
    NUMBERED,
    SQL_TYPES,
    YES,
    Scale,
    any_day,
    bare_number,
    cleaned,
    clock_minutes,
    clock_part,
    date_part,
    day_column,
    day_of,
    is_one_of,
    names_zone,
    number_text,
    numbered_moment,
    parsed,
    scaled,
    to_utc,
    years,
)
from data_layer.ingest.formats import ColumnFormat
from data_layer.ingest.sources import Column, Type
from data_layer.ingest.sql import quoted

Named = tuple[str, str]
BIRTH_DATE = "birth_date"
_OFFSET = "(Z|z|UTC|GMT|[+-]\\d{2}:?\\d{2}|[+-]\\d{2})$"
_TIME = "\\d{1,2}:\\d{2}(:\\d{2}([.]\\d+)?)?"
CLOCKLESS = (
    'is not a duration such as 1:02:30; a number alone needs another unit in the mapping, such as unit = "seconds"'
)
_HALF_DAYS = "['%I:%M:%S %p', '%I:%M %p', '%I:%M%p', '%I:%M:%S.%f %p', '%I:%M:%S.%n %p']"
_WORDS = {
    Type.INTEGER: "a whole number",
    Type.NUMBER: "a number",
    Type.MONEY: "an amount of money",
    Type.DATE: "a date",
    Type.MOMENT: "a date or time",
    Type.FLAG: 'yes or no, true or false, 1 or 0; a mapping translates other words, such as values = { ja = "yes" }',
}


@dataclass(frozen=True)
class Lenient:
    """One column of the raw table on its way to staged values.

    ``value``: the name of its raw text.  ``place``: a number of its own.
    Steps are lists of (name, expression); a step may use the names of those before.
    """

    column: Column
    value: str
    place: int
    zone: str
    form: ColumnFormat
    scale: Scale | None = None

    @property
    def text(self) -> str:
        """The name of the cleaned text, which is NULL where there is none."""
        return f"_text{self.place}"

    def steps(self) -> list[list[Named]]:
        """From raw text to staged values."""
        text = [(self.text, cleaned(self.column, self.value))]
        if self.column.type is Type.MOMENT and self.form.date in NUMBERED:
            return [text, self._numbered()]
        if self.column.type is Type.MOMENT:
            return [text, *self._moment()]
        if self.column.type in _NUMBERS or self.scale is not None:
            return [text, *self._number()]
        return [text, [(self.column.name, self._value())]]

    def tests(self) -> Iterator[tuple[str, str]]:
        """Conditions on the last step under which a row is rejected, with the reason."""
        if self.column.filled:
            yield f"{self.text} IS NULL", "is empty but must have a value"
        if self.column.type is not Type.TEXT:
            names = [self.column.name, *([day_column(self.column.name)] if self.column.type is Type.MOMENT else [])]
            nothing = " AND ".join(f"{quoted(name)} IS NULL" for name in names)
            lost = f"{self.text} IS NOT NULL AND {nothing}"
            if self.column.type in (Type.DATE, Type.MOMENT):
                yield f"{lost} AND {self._is_far()}", self._too_far()
            yield lost, CLOCKLESS if self._is_clock else f"is not {_WORDS[self.column.type]}{self._written()}"

    def _is_far(self) -> str:
        """Whether a date of this form lies outside the years that it may have."""
        if self.form.date in NUMBERED:
            return f"isfinite(TRY_CAST({self.text} AS DOUBLE))"
        return f"{any_day(date_part(self.text), self.form.date)} NOT BETWEEN {EARLIEST} AND {LATEST}"

    def _too_far(self) -> str:
        first, last = years(self.form.date)
        return (
            f"is outside the years {first} to {last}, which dates may have; "
            "where it stands for no date, a mapping can say so with missing"
        )

    @property
    def _is_clock(self) -> bool:
        return self.scale is not None and self.scale.is_clock

    def _written(self) -> str:
        """How the dates or numbers of this column are written, which is decided for all its rows alike."""
        if self.column.type in _NUMBERS and self.form.decimal_comma:
            return " with a decimal comma, as this column has them"
        if self.column.type not in (Type.DATE, Type.MOMENT):
            return ""
        form = self.form.date
        if form in NUMBERED:
            return " as a number of days" if form == EXCEL else f" as a number ({form})"
        return f" written like {form}" if form else " in a known form such as 2024-01-31; a mapping can name its format"

    def _value(self) -> str:
        text, kind = self.text, self.column.type
        if kind is Type.TEXT:
            return text
        if kind is Type.FLAG:
            low = f"lower({text})"
            return f"CASE WHEN {is_one_of(low, YES)} THEN true WHEN {is_one_of(low, NO)} THEN false END"
        day = day_of(text if self.form.date is None else date_part(text), self.form.date)
        if self.column.name == BIRTH_DATE and "%y" in (self.form.date or ""):
            # Of two digits the database makes 1969 to 2068, and nobody is born in the future.
            day = f"CAST(CASE WHEN {day} > current_date THEN {day} - INTERVAL 100 YEAR ELSE {day} END AS DATE)"
        return day if self.form.moment is None else f"coalesce({day}, CAST({self._declared()} AS DATE))"

    def _number(self) -> list[list[Named]]:
        number = f"_number{self.place}"
        # Of a scaled amount the digits are rounded and not the nearest fraction of two: 12.345 is 12.35.
        money = number if self.scale is None else f"TRY_CAST(CAST({number} AS VARCHAR) AS {SQL_TYPES[Type.MONEY]})"
        checked = {
            Type.MONEY: money,
            Type.INTEGER: f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END",
            Type.NUMBER: f"CASE WHEN isfinite({number}) THEN {number} END",
            Type.TEXT: f"coalesce(CAST({number} AS VARCHAR), {self.text})",
        }
        return [*self._digits(number), [(self.column.name, checked[self.column.type])]]

    def _digits(self, number: str) -> list[list[Named]]:
        """Plain digits first: the other forms cost ten times as much."""
        kind = "DOUBLE" if self.scale is not None else _NUMBERS[self.column.type]
        plain, bare = f"_digits{self.place}", f"_bare{self.place}"
        is_odd = f"{plain} IS NULL AND {self.text} IS NOT NULL"
        value = f"coalesce({plain}, TRY_CAST({number_text(bare, self.form.decimal_comma)} AS {kind}))"
        if self.scale is not None and self.scale.is_clock:
            return [[(number, scaled(clock_minutes(self.text), self.scale))]]
        digits = "NULL" if self.form.decimal_comma else self.text
        return [
            [(plain, f"TRY_CAST({digits} AS {kind})")],
            [(bare, f"CASE WHEN {is_odd} THEN {bare_number(self.text)} END")],
            [(number, value if self.scale is None else scaled(value, self.scale))],
        ]

    def _numbered(self) -> list[Named]:
        """Whole days of Excel are days without a time; everything else is a moment."""
        moment = numbered_moment(self.text, self.form.date)
        if self.form.date != EXCEL:
            return [(self.column.name, moment), (day_column(self.column.name), "CAST(NULL AS DATE)")]
        is_day = f"TRY_CAST({self.text} AS DOUBLE) = floor(TRY_CAST({self.text} AS DOUBLE))"
        return [
            (self.column.name, f"CASE WHEN NOT {is_day} THEN {to_utc(moment, self.zone)} END"),
            (day_column(self.column.name), f"CASE WHEN {is_day} THEN CAST({moment} AS DATE) END"),
        ]

    def _moment(self) -> list[list[Named]]:
        text, name = self.text, self.column.name
        head, whole, plain, day, clock, offset, bare, time = (f"_{part}{self.place}" for part in _PARTS)
        rest = f"CASE WHEN {plain} IS NULL AND {text} IS NOT NULL THEN {{}} END"
        minutes = (
            f"(CASE WHEN {offset}[1] = '-' THEN -1 ELSE 1 END * (coalesce(TRY_CAST({offset}[2:3] AS INTEGER), 0) * 60 "
            f"+ coalesce(TRY_CAST(right(replace({offset}[4:], ':', ''), 2) AS INTEGER), 0)))"
        )
        date = f"_date{self.place}"
        local = f"({date} + {time})"
        return [
            [(head, self._head())],
            [(whole, f"CASE WHEN {head} BETWEEN {EARLIEST} AND {LATEST} THEN {self._plain_moment()} END")],
            # What stands behind the day may move it: 2024-01-05 (BC).
            [(plain, f"CASE WHEN CAST({whole} AS DATE) BETWEEN {EARLIEST} AND {LATEST} THEN {whole} END")],
            [(day, rest.format(date_part(text))), (clock, rest.format(clock_part(text)))],
            [
                (date, day_of(day, self.form.date)),
                (offset, f"regexp_extract({clock}, '{_OFFSET}', 1)"),
                (bare, f"trim(regexp_replace({clock}, '\\s*{_OFFSET}', ''))"),
            ],
            # A cast to TIME overlooks what stands behind the seconds: PM, or the name of a zone.
            [
                (
                    time,
                    f"CASE WHEN ends_with(upper({bare}), 'M') THEN CAST(try_strptime(upper({bare}), {_HALF_DAYS}) AS TIME) "
                    f"WHEN regexp_full_match({bare}, '{_TIME}') THEN TRY_CAST({bare} AS TIME) END",
                )
            ],
            [
                (
                    name,
                    f"CASE WHEN {plain} IS NOT NULL THEN {plain} WHEN {clock} = '' THEN NULL "
                    f"WHEN {offset} <> '' THEN {local} - to_minutes({minutes}) "
                    f"ELSE {to_utc(local, self.zone)} END",
                ),
                (day_column(name), f"CASE WHEN {clock} = '' THEN {date} END"),
            ],
        ]

    def _head(self) -> str:
        """The day of a moment that has a time and is written as declared, or in the ISO form."""
        if self.form.moment is not None:
            return f"CAST({self._declared()} AS DATE)"
        if self.form.date is not None:
            return "CAST(NULL AS DATE)"
        return f"CASE WHEN length({self.text}) > 10 THEN CAST(TRY_CAST({self.text}[1:10] AS TIMESTAMP) AS DATE) END"

    def _declared(self) -> str:
        return f"CAST({parsed(self.text, self.form.moment)} AS TIMESTAMP)"

    def _plain_moment(self) -> str:
        """UTC of a moment as declared, or of an ISO one with a time and either no zone or Z; NULL for every other form."""
        text = self.text
        if self.form.moment is not None:
            return self._declared() if "%z" in self.form.moment else to_utc(self._declared(), self.zone)
        return (
            f"CASE WHEN ends_with({text}, 'Z') THEN TRY_CAST(left({text}, length({text}) - 1) AS TIMESTAMP) "
            f"WHEN NOT {names_zone(text)} THEN {to_utc(f'TRY_CAST({text} AS TIMESTAMP)', self.zone)} END"
        )


_NUMBERS = {Type.INTEGER: "DOUBLE", Type.NUMBER: "DOUBLE", Type.MONEY: "DECIMAL(18, 2)"}
_PARTS = ("head", "whole", "plain", "day", "clock", "offset", "bare", "time")


def nested(raw: str, columns: list[Lenient]) -> str:
    """A select of the raw table with every column's steps, each step around the one before."""
    found = [column.steps() for column in columns]
    sql = f"SELECT * FROM {raw}"
    for depth in range(max((len(steps) for steps in found), default=0)):
        named = [pair for steps in found if depth < len(steps) for pair in steps[depth]]
        if named:
            added = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in named)
            sql = f"SELECT *, {added} FROM ({sql})"
    return sql
