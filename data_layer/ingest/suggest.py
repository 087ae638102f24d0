"""A first mapping written from what is found: guesses to correct, with types and values as comments."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from data_layer.ingest.errors import BadFile
from data_layer.ingest.foreign import Foreign
from data_layer.ingest.sources import OWNERS, TABLES, SourceTable

SAMPLE_ROWS = 5_000
MOST_VALUES = 6
LIKELY = 0.82
# Other words for ours, as exports have them.
_WORDS = {
    "account": "customer", "client": "customer", "contact": "customer", "deal": "opportunity", "mail": "email",
    "agent": "staff", "advisor": "staff", "owner": "staff", "rep": "staff", "amount": "value", "opened": "date",
    "created": "date", "engage": "date", "day": "date", "closed": "close", "number": "id", "no": "id", "telephone": "phone",
}  # fmt: skip
_KINDS = {
    "date or time": "TRY_CAST(v AS TIMESTAMP)",
    "number": "TRY_CAST(v AS DOUBLE)",
}


@dataclass(frozen=True)
class Seen:
    """One column of a foreign table: its kind, how many rows say something, its values by frequency."""

    name: str
    kind: str
    filled: int
    distinct: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class SeenTable:
    """One foreign table, as far as a sample shows it."""

    name: str
    rows: int
    columns: tuple[Seen, ...]


def suggest(foreigns: Sequence[Foreign]) -> str:
    """A commented mapping file for everything that can be read."""
    tables: list[SeenTable] = []
    notes: list[str] = []
    with duckdb.connect() as con:
        for one in foreigns:
            try:
                tables.append(_look_at(con, one))
            except (BadFile, duckdb.Error) as error:
                notes.append(f"# {one.name} cannot be read: {str(error).splitlines()[0]}")
    head = ["# A first mapping, guessed from names and values. Correct it, then try it with --dry-run.", *notes]
    return "\n".join(["\n".join(head), *(_suggested(table, tables) for table in tables)]) + "\n"


def _look_at(con: duckdb.DuckDBPyConnection, foreign: Foreign) -> SeenTable:
    reader = foreign.open([], None)
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
    return SeenTable(foreign.name, int(rows[0]), columns)


def _column(con: duckdb.DuckDBPyConnection, name: str, place: str) -> Seen:
    counts = ", ".join(f"count({test})" for test in _KINDS.values())
    values = f"(SELECT nullif(trim({place}), '') AS v FROM seen)"
    row = con.execute(f"SELECT count(v), count(DISTINCT v), {counts} FROM {values}").fetchone()
    assert row is not None
    kinds = [kind for kind, count in zip(_KINDS, row[2:], strict=True) if row[0] and count == row[0]]
    most = con.execute(
        f"SELECT v FROM {values} WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {MOST_VALUES}"
    )
    return Seen(name, kinds[-1] if kinds else "text", row[0], row[1], tuple(str(value) for (value,) in most.fetchall()))


def _suggested(seen: SeenTable, every: list[SeenTable]) -> str:
    table, matches = _best_table(seen)
    if not any(column.filled and column.name in matches for column in table.columns):
        return (
            f"\n# {seen.name} looks like none of our tables: {', '.join(filter(None, (c.name for c in seen.columns)))}"
        )
    lines = ["", "[[table]]", f'to = "{table.name}" # a guess', f"from = {json.dumps(seen.name, ensure_ascii=False)}"]
    lines.append("[table.columns]")
    for column in table.columns:
        theirs = matches.get(column.name)
        if theirs is not None:
            lines.append(
                f"{column.name} = {json.dumps(theirs.name, ensure_ascii=False)} # {_told(theirs, seen, every)}"
            )
        elif column.filled:
            lines.append(f'{column.name} = "" # needed: which of their columns is it?')
    taken = {theirs.name for theirs in matches.values()}
    rest = list({column.name: column for column in seen.columns if column.name and column.name not in taken}.values())
    if rest:
        wanted = table.name in OWNERS and OWNERS[table.name] in matches
        lines.append("[table.attributes]" if wanted else "# Not used:")
        mark = "" if wanted else "# "
        for other in rest:
            name = json.dumps(other.name, ensure_ascii=False)
            lines.append(f"{mark}{name} = {name} # {_told(other, seen, every)}")
    return "\n".join(lines)


def _told(column: Seen, table: SeenTable, every: list[SeenTable]) -> str:
    """Kind, gaps, values, and the columns of other tables that share most of the values."""
    words = [column.kind]
    if column.filled < table.rows:
        words.append(f"{table.rows - column.filled} of {table.rows} empty")
    if column.filled and column.distinct == table.rows:
        words.append("unique")
    shown = ", ".join(value[:30] for value in column.values)
    words.append(f"{column.distinct} values: {shown}" if column.values else "no value")
    for other in every:
        for one in other.columns:
            shared = set(column.values) & set(one.values)
            if other is not table and column.kind == "text" and 2 * len(shared) >= len(column.values) > 0:
                words.append(f"also in {other.name}, {one.name}")
    return re.sub(r"[\x00-\x1f\x7f]", " ", "; ".join(words))


def _best_table(seen: SeenTable) -> tuple[SourceTable, dict[str, Seen]]:
    """The table of ours with the most columns found, the needed ones counting more."""
    found = [(table, _matches(seen, table)) for table in TABLES]
    return max(found, key=lambda pair: _score(seen, *pair))


def _score(seen: SeenTable, table: SourceTable, matches: dict[str, Seen]) -> float:
    needed = [column.name for column in table.columns if column.filled]
    share = sum(name in matches for name in needed) / len(needed)
    likeness = difflib.SequenceMatcher(None, _plain(seen.name.split(".")[0]), _plain(table.name)).ratio()
    named = sum(_plain(matches[name].name) == _plain(name) for name in table.key if name in matches)
    return len(matches) / len(table.columns) + share + likeness + named


def _matches(seen: SeenTable, table: SourceTable) -> dict[str, Seen]:
    """Our column: the most alike of theirs, each of which is taken once."""
    pairs = sorted(
        (
            (_likeness(column.name, theirs.name), -place, column.name, theirs)
            for column in table.columns
            for place, theirs in enumerate(seen.columns)
        ),
        key=lambda pair: pair[:3],
        reverse=True,
    )
    result: dict[str, Seen] = {}
    for likeness, _, ours, theirs in pairs:
        if likeness >= LIKELY and ours not in result and theirs not in result.values():
            result[ours] = theirs
    return result


def _likeness(ours: str, theirs: str) -> float:
    if _plain(ours) == _plain(theirs):
        return 2.0
    return difflib.SequenceMatcher(None, _common(ours), _common(theirs)).ratio()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _common(name: str) -> str:
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    return " ".join(sorted(_WORDS.get(word, word) for word in re.split(r"[^a-z0-9]+", words) if word))
