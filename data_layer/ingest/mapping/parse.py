"""Reading a mapping file: TOML or YAML in, rules or one error that names every problem out."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data_layer.ingest.errors import MappingError, did_you_mean
from data_layer.ingest.formats import is_date_format
from data_layer.ingest.mapping.countries import checked_country
from data_layer.ingest.mapping.keys import (
    COLUMN_KEYS,
    FILE_KEYS,
    IDENTITY_KEYS,
    MATCHES,
    NAMES,
    OTHERS,
    TABLE_KEYS,
    UNITS,
    UNPIVOT_KEYS,
)
from data_layer.ingest.mapping.months import LANGUAGES
from data_layer.ingest.mapping.rules import ColumnRule, Identity, MappingFile, TableRule, Unpivot
from data_layer.ingest.mapping.values import Values
from data_layer.ingest.mapping.yaml_tree import YAML_ENDINGS, NotYaml, parse_yaml
from data_layer.ingest.sources import ATTRIBUTES, BY_NAME, OWNERS, SourceTable, Type

DATE_WORDS = ("excel", "epoch", "epoch_ms")
_ONLY_FOR: dict[tuple[str, ...], tuple[Type | None, ...]] = {
    ("date_format", "time_zone", "language"): (Type.DATE, Type.MOMENT),
    ("unit", "times", "plus", "decimal"): (Type.NUMBER, Type.MONEY, Type.INTEGER, None),
    ("refers_to",): (Type.TEXT,),
}


def read_mapping(path: Path) -> MappingFile:
    """The rules of a mapping file.  MappingError names every problem with its place in the file and what to do."""
    is_yaml = path.suffix.lower() in YAML_ENDINGS
    try:
        text = path.read_text(encoding="utf-8-sig")
        given = parse_yaml(text) if is_yaml else tomllib.loads(text)
    except OSError as error:
        raise MappingError(f"The mapping {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path.name} is not in UTF-8; save it so.") from error
    except (tomllib.TOMLDecodeError, NotYaml) as error:
        raise MappingError(f"{path.name} is not {'YAML' if is_yaml else 'TOML'}: {error}.") from error
    return _Parser(path.name).file(given)


class _Parser(Values):
    """From tables of a file to rules."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._missing: tuple[str, ...] = ()
        self._decimal: str | None = None

    def file(self, given: dict[str, Any]) -> MappingFile:
        self._known(given, FILE_KEYS, "the file")
        self._missing = self._texts(given, "missing", "the file")
        self._decimal = self._decimal_sign(given, "the file")
        zone = self._zone(given, "the file")
        country = self._country(given)
        identity = self._identity(given)
        tables = given.get("table", [] if "identity" in given else None)
        is_list = isinstance(tables, list) and all(isinstance(one, dict) for one in tables)
        if not isinstance(tables, list) or not is_list or not (tables or "identity" in given):
            self._say("the file", "needs at least one [[table]] that says to, from and columns")
            tables = []
        rules = [self._table(one, number) for number, one in enumerate(tables, 1)]
        if self._problems:
            raise MappingError("\n".join(self._problems))
        return MappingFile(self._name, tuple(rule for rule in rules if rule is not None), zone, identity, country)

    def _identity(self, given: dict[str, Any]) -> Identity:
        identity, place = given.get("identity", {}), "identity"
        if not isinstance(identity, dict):
            self._say("the file", 'identity must be a table, such as [identity] with match = ["email", "phone"]')
            return Identity()
        self._known(identity, IDENTITY_KEYS, place)
        match = tuple(dict.fromkeys(self._texts(identity, "match", place)))
        if not set(match) <= set(MATCHES) or (identity and not match):
            self._say(place, f"match must be one of {', '.join(MATCHES)}, or a list of them")
            match = ()
        names = self._choice(identity, "names", NAMES, place)
        most = self._whole(identity, "most", place, 2) or Identity.most
        return Identity(match, names == "any", self._texts(identity, "ignore", place), most)

    def _table(self, given: dict[str, Any], number: int) -> TableRule | None:
        to = given.get("to")
        place = f"table {number} ({to})" if isinstance(to, str) else f"table {number}"
        self._known(given, TABLE_KEYS, place)
        table = BY_NAME.get(to.lower()) if isinstance(to, str) else None
        if table is None:
            hint = did_you_mean(to, list(BY_NAME)) if isinstance(to, str) else ""
            self._say(place, f"to must name one of our tables: {', '.join(BY_NAME)}", hint)
            return None
        sources = self._texts(given, "from", place)
        if not sources:
            self._say(place, 'from must name the files or tables to read, such as from = "deals_*.csv"')
        columns = self._columns(given, table, place)
        content_key = given.get("key") == "content"
        if "key" in given and not (content_key and len(table.key) == 1):
            self._say(place, 'key can only be "content", for a table whose key is one column')
        delimiter = self._text(given, "delimiter", place)
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            self._say(place, 'delimiter must be one character, such as ";" or "\\t"')
        rule = TableRule(
            place, table.name, sources, columns,
            self._attributes(given, table, columns, place),
            self._where(given, place),
            self._flag(given, "distinct", place),
            content_key,
            self._unpivot(given, place),
            self._text(given, "sheet", place),
            self._whole(given, "header", place, 1),
            delimiter,
            self._text(given, "encoding", place), self._text(given, "watermark", place),
            self._decimal_sign(given, place) or self._decimal,
        )  # fmt: skip
        self._require_filled(rule, table)
        return rule

    def _require_filled(self, rule: TableRule, table: SourceTable) -> None:
        given = {column.name for column in rule.columns} | (set(table.key) if rule.content_key else set())
        lacking = [column.name for column in table.columns if column.filled and column.name not in given]
        if lacking:
            self._say(rule.place, f"columns must say where {', '.join(lacking)} comes from: every row needs it")

    def _columns(self, given: dict[str, Any], table: SourceTable, place: str) -> tuple[ColumnRule, ...]:
        columns = given.get("columns")
        if not isinstance(columns, dict):
            self._say(place, "columns must be a table: our column = their column")
            return ()
        for name in columns:
            if name not in table.names:
                self._say(
                    place,
                    f"columns.{name}: {table.name} has no column of that name; it has "
                    f"{', '.join(column.name for column in table.columns)}. attributes keeps others",
                    did_you_mean(name, sorted(table.names)),
                )
        return tuple(
            self._column(name, value, f"{place}, columns.{name}", table.column(name).type)
            for name, value in columns.items()
            if name in table.names
        )

    def _column(self, name: str, given: Any, place: str, kind: Type | None) -> ColumnRule:
        """``kind``: of our column; None for an attribute, which is kept as text."""
        if isinstance(given, str | list):
            given = {"from": given}
        if not isinstance(given, dict):
            self._say(place, 'must be the name of their column, or a table such as { value = "constant" }')
            return ColumnRule(name)
        self._known(given, COLUMN_KEYS, place)
        self._fitting(given, place, kind)
        sources, constant = self._texts(given, "from", place), self._text(given, "value", place)
        if bool(sources) == (constant is not None):
            self._say(place, "needs either from, the name of their column, or value, a constant")
        if not all(sources):
            self._say(place, "needs the name of their column, which is empty")
        separator = self._text(given, "with", place)
        return ColumnRule(
            name, sources, " " if separator is None else separator, constant,
            self._words(given, "values", place),
            self._choice(given, "others", OTHERS, place) == "missing",
            self._words(given, "aliases", place),
            (*self._missing, *self._texts(given, "missing", place)),
            self._date_format(given, place),
            self._zone(given, place),
            self._decimal_sign(given, place),
            self._choice(given, "unit", UNITS, place),
            self._number(given, "times", place), self._number(given, "plus", place),
            self._refers_to(given, place),
            self._choice(given, "language", LANGUAGES, place),
        )  # fmt: skip

    def _attributes(
        self, given: dict[str, Any], table: SourceTable, columns: tuple[ColumnRule, ...], place: str
    ) -> tuple[ColumnRule, ...]:
        wanted = given.get("attributes", {})
        if isinstance(wanted, list):
            wanted = {name: name for name in wanted if isinstance(name, str)}
        if not isinstance(wanted, dict):
            self._say(place, "attributes must be a list of their columns, or a table: name = their column")
            return ()
        owner = OWNERS.get(table.name)
        if wanted and owner not in {column.name for column in columns}:
            hint = f"needs columns.{owner}" if owner else f"{table.name} has no customer to give them to"
            self._say(place, f"attributes: {hint}; {ATTRIBUTES.name} can be filled by itself")
        return tuple(self._column(name, value, f"{place}, attributes.{name}", None) for name, value in wanted.items())

    def _fitting(self, given: dict[str, Any], place: str, kind: Type | None) -> None:
        """Refuse what has no meaning for the kind of column, rather than do nothing about it."""
        what = f"{kind.value} column" if kind else "customer attribute, which is kept as text"
        for keys, kinds in _ONLY_FOR.items():
            for key in keys:
                if key in given and kind not in kinds:
                    self._say(place, f"{key} means nothing for a {what}")
        if kind is None and "decimal" in given and not {"unit", "times", "plus"} & set(given):
            self._say(place, "decimal needs unit, times or plus, such as times = 1, to make the attribute a number")

    def _where(self, given: dict[str, Any], place: str) -> dict[str, tuple[str, ...]]:
        where = given.get("where", {})
        if not isinstance(where, dict):
            self._say(place, "where must be a table: their column = a value, or a list of values")
            return {}
        return {name: self._texts(where, name, f"{place}, where") for name in where}

    def _unpivot(self, given: dict[str, Any], place: str) -> Unpivot | None:
        unpivot = given.get("unpivot")
        if unpivot is None:
            return None
        where = f"{place}, unpivot"
        if not isinstance(unpivot, dict):
            self._say(where, "must be a table with columns, name and value")
            return None
        self._known(unpivot, UNPIVOT_KEYS, where)
        columns = self._texts(unpivot, "columns", where)
        name, value = (self._text(unpivot, key, where) for key in ("name", "value"))
        if not columns or not name or not value:
            self._say(where, "needs columns, name and value")
        return Unpivot(columns, name or "", value or "")

    def _refers_to(self, given: dict[str, Any], place: str) -> tuple[str, str] | None:
        text = self._text(given, "refers_to", place)
        if text is None:
            return None
        table, _, column = text.partition(".")
        known = BY_NAME.get(table)
        if known is None or column not in known.names or len(known.key) != 1:
            self._say(place, f"refers_to = {text!r} must be table.column of our tables, such as clients.full_name")
        return table, column

    def _date_format(self, given: dict[str, Any], place: str) -> str | None:
        text = self._text(given, "date_format", place)
        if text is not None and text not in DATE_WORDS and not is_date_format(text):
            self._say(
                place,
                f"date_format = {text!r} must be such as %d/%m/%Y, without names of zones, or one of {', '.join(DATE_WORDS)}",
            )
        return text

    def _zone(self, given: dict[str, Any], place: str) -> str | None:
        text = self._text(given, "time_zone", place)
        try:
            return ZoneInfo(text).key if text else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._say(place, f"time_zone = {text!r} is not an IANA time zone such as Europe/Paris")
            return None

    def _country(self, given: dict[str, Any]) -> str | None:
        text = self._text(given, "phone_country", "the file")
        try:
            return checked_country(text) if text else None
        except ValueError as error:
            self._say("the file", f"phone_country {error}")
            return None

    def _decimal_sign(self, given: dict[str, Any], place: str) -> str | None:
        text = self._text(given, "decimal", place)
        if text not in (None, ",", "."):
            self._say(place, 'decimal must be "," or "."')
        return text
