"""A mapping's rules against the columns of a real file: SQL of text for each of our columns."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from data_layer.ingest.conversion import Scale
from data_layer.ingest.errors import MappingError, did_you_mean, names_shown
from data_layer.ingest.header import advice
from data_layer.ingest.mapping.keys import DURATIONS
from data_layer.ingest.mapping.months import in_english
from data_layer.ingest.mapping.rules import ColumnRule, TableRule
from data_layer.ingest.matching import Field, Mapped, Shape, Tally, refuse_duplicates
from data_layer.ingest.readers import Reader
from data_layer.ingest.sources import ATTRIBUTES, BY_NAME, OWNERS
from data_layer.ingest.sql import literal

_CORRECT = " Correct the name in the mapping."


def names_in(rule: TableRule) -> frozenset[str]:
    """Every foreign column that a rule names, in lower case; patterns are left out."""
    columns = [name for column in (*rule.columns, *rule.attributes) for name in column.sources]
    return frozenset(name.lower() for name in (*columns, *rule.where))


def map_columns(reader: Reader, rule: TableRule, mapping: str) -> list[Mapped]:
    """What a file gives to our table, and to the customers' attributes.  MappingError where a column is not there."""
    refuse_duplicates(reader, names_in(rule))
    problems: list[str] = []
    resolver = _Resolver(reader, rule, problems)
    table = BY_NAME[rule.to]
    wanted = {column.name: column for column in rule.columns}
    fields: list[Field] = []
    for column in table.columns:
        given = wanted.get(column.name)
        if given is None:
            own = "r_id" if rule.content_key and column.name in table.key else None
            fields.append(Field(column, own))
        else:
            value = resolver.value(given)
            fields.append(
                Field(column, value, given.time_zone, given.date_format, given.decimal or rule.decimal, _scale(given))
            )
    conditions = [resolver.condition(name, values) for name, values in rule.where.items()]
    if rule.distinct:
        keys = [field.value for field in fields if field.column.name in table.key]
        conditions += [f"nullif(trim({value}), '') IS NOT NULL" for value in keys]
    found = [resolver.mapped(table.name, fields, conditions)]
    found += _attributes(reader, rule, problems)
    if problems:
        raise MappingError("\n".join(f"{mapping}, {rule.place}: {problem}" for problem in dict.fromkeys(problems)))
    return found


def _attributes(reader: Reader, rule: TableRule, problems: list[str]) -> list[Mapped]:
    """The attribute columns as rows of customer, name and value; what is wrong with them is added to ``problems``.

    Each whose numbers are scaled is read by itself: it may be written in its own way.
    """
    plain = tuple(column for column in rule.attributes if _scale(column) is None)
    alone = [(column,) for column in rule.attributes if _scale(column) is not None]
    return [_attribute(reader, rule, columns, problems) for columns in (plain, *alone) if columns]


def _attribute(reader: Reader, rule: TableRule, columns: tuple[ColumnRule, ...], problems: list[str]) -> Mapped:
    """Attributes whose numbers are written and scaled in one way; what is wrong is added to ``problems``."""
    resolver = _Resolver(reader, rule, problems)
    owner = next(column for column in rule.columns if column.name == OWNERS[rule.to])
    values = tuple((column.name, resolver.text(column)) for column in columns)
    customer = resolver.value(owner)
    one = columns[0]
    fields = [
        Field(ATTRIBUTES.column("customer_id"), customer),
        Field(ATTRIBUTES.column("name"), "u_name"),
        Field(ATTRIBUTES.column("value"), "u_value", decimal=one.decimal or rule.decimal, scale=_scale(one)),
    ]
    conditions = [resolver.condition(name, allowed) for name, allowed in rule.where.items()]
    conditions.append(f"nullif(trim({customer}), '') IS NOT NULL")
    mapped = resolver.mapped(ATTRIBUTES.name, fields, conditions, values)
    return replace(mapped, entry=f"{rule.place}, {one.name}")


def _scale(rule: ColumnRule) -> Scale | None:
    """What the mapping makes of the column's numbers; None where they stay what they are."""
    if not rule.makes_numbers:
        return None
    unit = DURATIONS.get(rule.unit or "", 1.0)
    return Scale(unit * (1.0 if rule.times is None else rule.times), rule.plus or 0.0, rule.unit == "clock")


class _Resolver:
    """Turns column rules into SQL over one file's columns c0, c1, …; ``problems`` are added to."""

    def __init__(self, reader: Reader, rule: TableRule, problems: list[str]) -> None:
        self._reader = reader
        self._rule = rule
        self._names = {name.lower(): f"c{index}" for index, name in reversed(list(enumerate(reader.columns)))}
        self._used: set[str] = set()
        self._made: list[tuple[str, str]] = []
        self._tallies: list[Tally] = []
        self._unpivot: tuple[tuple[str, str], ...] = ()
        self._problems = problems
        if rule.unpivot is not None:
            self._unpivot = self._unpivoted(rule.unpivot.columns)
            self._names |= {rule.unpivot.name.lower(): "u_name", rule.unpivot.value.lower(): "u_value"}

    def mapped(
        self, table: str, fields: list[Field], conditions: list[str], attributes: tuple[tuple[str, str], ...] = ()
    ) -> Mapped:
        """The file matched to a table."""
        every = tuple(f"c{index}" for index in range(len(self._reader.columns)))
        content_key = every if self._rule.content_key and not attributes else ()
        used = {name for name in (*self._used, *content_key) if name.startswith("c")}
        uses = tuple(sorted(int(name[1:]) for name in used))
        unknown = tuple(name for i, name in enumerate(self._reader.columns) if f"c{i}" not in used)
        shape = Shape(attributes or self._unpivot, content_key, tuple(self._made), tuple(conditions))
        tallies = () if attributes else tuple(self._tallies)
        return Mapped(BY_NAME[table], tuple(fields), uses, unknown, shape, tallies, self._rule.place)

    def value(self, rule: ColumnRule) -> str:
        """The name of the column of text that holds what the rule says."""
        text = self.text(rule)
        if text.isidentifier():
            return text
        name = f"v{len(self._made)}"
        self._made.append((name, text))
        return name

    def condition(self, name: str, allowed: Sequence[str]) -> str:
        """Whether a row's column has one of the values, whatever the case; of none, whether it is empty."""
        text = f"lower(trim(coalesce({self._place(name, 'where')}, '')))"
        return (
            f"{text} IN ({', '.join(literal(value.strip().lower()) for value in allowed)})"
            if allowed
            else f"{text} = ''"
        )

    def text(self, rule: ColumnRule) -> str:
        """SQL of the text that becomes our column."""
        if rule.constant is not None:
            return literal(rule.constant)
        parts = [self._without(self._place(name, rule.name), rule.missing) for name in rule.sources]
        text = parts[0]
        if len(parts) > 1:
            joined = ", ".join(f"nullif(trim({part}), '')" for part in parts)
            text = f"nullif(concat_ws({literal(rule.separator)}, {joined}), '')"
        if rule.language:
            text = in_english(text, rule.language)
        if rule.aliases:
            known = f"CASE WHEN {_folded(text)} IN ({_list(rule.aliases)}) THEN trim({text}) END"
            self._tallies.append(Tally(f"{self._rule.to}.{rule.name}: other names taken as the one meant", known))
            text = _translated(text, dict(rule.aliases), text)
        if rule.values:
            ours = _list([*rule.values, *rule.values.values()])
            other = f"CASE WHEN {_folded(text)} NOT IN ({ours}) THEN trim({text}) END"
            became = "left empty" if rule.drops_others else "kept as they are"
            self._tallies.append(Tally(f"{self._rule.to}.{rule.name}: values without a translation, {became}", other))
            text = _translated(text, dict(rule.values), "NULL" if rule.drops_others else text)
        return text

    def _without(self, text: str, words: tuple[str, ...]) -> str:
        return f"CASE WHEN {_folded(text)} NOT IN ({_list(words)}) THEN {text} END" if words else text

    def _place(self, name: str, ours: str) -> str:
        place = self._names.get(name.lower())
        if place is None:
            self._problems.append(
                f"{ours} is to come from {name!r}, but {self._reader.name} has no such column. "
                f"Its columns: {names_shown(self._reader.columns)}."
                f"{advice(self._reader.likely_header) or did_you_mean(name, self._reader.columns) or _CORRECT}"
            )
            return "NULL"
        self._used.add(place)
        return place

    def _unpivoted(self, patterns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        found = tuple(
            (name, f"c{index}")
            for index, name in enumerate(self._reader.columns)
            if any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)
        )
        if not found:
            self._problems.append(f"unpivot.columns {', '.join(patterns)}: {self._reader.name} has none of them.")
        self._used.update(place for _, place in found)
        return found


def _folded(text: str) -> str:
    return f"lower(trim({text}))"


def _list(words: Iterable[str]) -> str:
    return ", ".join(literal(word.strip().lower()) for word in words)


def _translated(text: str, words: dict[str, str], other: str) -> str:
    cases = " ".join(f"WHEN {literal(theirs.strip().lower())} THEN {literal(ours)}" for theirs, ours in words.items())
    return f"CASE {_folded(text)} {cases} ELSE {other} END"
