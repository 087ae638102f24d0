"""Which of our tables a foreign one looks like, and which of its columns are which of ours."""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from data_layer.ingest.references import REFERENCES
from data_layer.ingest.sources import TABLES, Column, SourceTable, Type
from data_layer.ingest.suggesting.look import Seen, SeenTable, split_words
from data_layer.ingest.suggesting.words import COLUMN_WORDS, MEANINGS, MINUTES, TABLE_WORDS, UNITS, UNIVERSAL

LIKELY = 0.85
SHARED = 0.6  # of a column's different values, in the key of another table
NAMES = ("full_name", "product_name", "type_name", "name")
MOST_MEANT = 20  # different values, beyond which a column does not hold a choice of few
_KEYS = ("id", "no", "nr", "number", "key", "code")
_DENIED = re.compile(r"\b(not|never|no|nicht|kein)\b|n['’]t\b")
_NUMERIC = (Type.NUMBER, Type.MONEY, Type.INTEGER)
_TIMES = (Type.DATE, Type.MOMENT)
_OF_TIME = {*MINUTES, *(word for words in UNITS.values() for word in words)}


@dataclass
class Guess:
    """A foreign table taken for one of ours.

    ``named``: our columns that hold a name in the place of a key, and whose: table and column.  ``aliases``: of our
    columns, other spellings of what they refer to.
    """

    seen: SeenTable
    table: SourceTable
    columns: dict[str, Seen]
    named: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def lacks(self) -> list[str]:
        """The columns that every row needs and none was found for."""
        return [column.name for column in self.table.columns if column.filled and column.name not in self.columns]


def guess(seen: Sequence[SeenTable]) -> list[Guess | SeenTable]:
    """For each foreign table the one of ours that it looks like, or itself where it looks like none."""
    found = [_best(one) for one in seen]
    guesses = [one for one in found if isinstance(one, Guess)]
    for one in guesses:
        _by_keys(one, guesses)
    return found


def plain(name: str) -> str:
    """A name without case, blanks and signs."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _best(seen: SeenTable) -> Guess | SeenTable:
    guesses = [Guess(seen, table, matches(seen, table)) for table in TABLES]
    best = max(guesses, key=_score)
    is_one = any(name in best.columns for name in _needed(best.table)) and _score(best) > 0.5
    return best if is_one else seen


def _needed(table: SourceTable) -> list[str]:
    return [column.name for column in table.columns if column.filled]


def _score(guessed: Guess) -> float:
    """Columns found, the needed ones and those of the table's own name counting more, and the name of the file."""
    table, found = guessed.table, guessed.columns
    needed = _needed(table)
    share = sum(name in found for name in needed) / len(needed) - len(guessed.lacks) / len(needed)
    exact = sum(plain(theirs.name) == plain(name) for name, theirs in found.items() if name != "name")
    own = sum(plain(found[name].name) == plain(name) for name in table.key if name in found)
    if len(table.key) == 1 and table.key[0] in found and not guessed.seen.is_unique(found[table.key[0]]):
        own = -1  # of which there are several rows each, they are about something else
    used = len({theirs.name for theirs in found.values()}) / max(len(guessed.seen.columns), 1)
    return used + len(found) / len(table.columns) + share + own + 0.1 * exact + _named_like(guessed.seen, table.name)


def _named_like(seen: SeenTable, table: str) -> float:
    """How much the name of a file, or a sheet, speaks for a table; of two words the last says what it is."""
    words = [singular(word) for word in split_words(seen.called)]
    known = TABLE_WORDS[table].split()
    if plain(seen.rule.sheet or seen.called) in (plain(table), plain(table).removesuffix("s")):
        return 3.0
    places = [place for place, word in enumerate(words) if word in known]
    return 0.0 if not places else 2.0 + places[-1] / len(words)


def singular(word: str) -> str:
    """An English word without its plural; numbers behind it do not matter."""
    word = word.rstrip("0123456789")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s") if not word.endswith("ss") else word


def matches(seen: SeenTable, table: SourceTable) -> dict[str, Seen]:
    """Our column: the most alike of theirs, each of which is taken once."""
    pairs = sorted(
        (
            (_likeness(seen, table, column, theirs), -place, column.name, theirs)
            for column in table.columns
            for place, theirs in enumerate(seen.columns)
            if theirs.name and _can_be(column, theirs)
        ),
        key=lambda pair: pair[:3],
        reverse=True,
    )
    result: dict[str, Seen] = {}
    for likeness, _, ours, theirs in pairs:
        if likeness >= LIKELY and ours not in result and theirs not in result.values():
            result[ours] = theirs
    if len(table.key) == 1 and table.key[0] not in result:  # a name may be all that the others refer to
        names = [theirs for ours, theirs in result.items() if ours in NAMES and seen.is_unique(theirs)]
        result.update(zip(table.key, names, strict=False))
    return result


def _can_be(column: Column, theirs: Seen) -> bool:
    """Whether the values are of a kind that our column takes; of an empty column that is not known."""
    if not theirs.filled:
        return True
    if column.type in _TIMES:
        return theirs.kind == "date or time"
    if column.type in _NUMERIC:
        return theirs.kind == "number" or column.name.endswith("_score")
    if column.name == "resolution_status" and theirs.distinct <= MOST_MEANT:
        return any(meant(column.name, word) for word in theirs.every)
    if column.name == "email":
        return any("@" in value for value in theirs.values)
    return theirs.kind != "date or time" or not column.name.endswith(("_id", "name"))


def meant(column: str, word: str) -> str | None:
    """Our word for theirs, as far as it tells: a part that begins with a blank must begin a word; what denies tells nothing."""
    text = word.lower()
    if _DENIED.search(text):
        return None
    return next((ours for part, ours in MEANINGS[column] if _holds(text, part)), None)


def _holds(text: str, part: str) -> bool:
    return part in text if part[0] != " " else re.search(rf"\b{re.escape(part[1:])}", text) is not None


def _likeness(seen: SeenTable, table: SourceTable, column: Column, theirs: Seen) -> float:
    name = plain(theirs.name)
    if name == plain(column.name):
        return 3.0
    if column.name in table.key and len(table.key) == 1:
        return _key_likeness(seen, table, column, theirs)
    words = [plain(column.name), *COLUMN_WORDS.get(column.name, "").split()]
    if column.name.startswith("duration"):
        name = _without(theirs.name, _OF_TIME)
    if column.type in _TIMES:
        name = _without(theirs.name, UNIVERSAL)
    name = name if name in words else _without_table(theirs.name, table)
    if name in words:
        is_id = column.name.endswith("_id") and name.endswith(("id", "ids", "nr", "nummer"))
        return 1.91 + 0.5 * is_id - words.index(name) / 100
    if column.name.endswith("_id") or name in ("id", "name"):
        return 0.0
    ours = " ".join(sorted(split_words(column.name)))
    return difflib.SequenceMatcher(None, ours, " ".join(sorted(split_words(theirs.name)))).ratio()


def _without(name: str, words: Collection[str]) -> str:
    """A plain name without some words that say no more than a unit or a zone."""
    return plain("".join(word for word in split_words(name) if word not in words))


def _key_likeness(seen: SeenTable, table: SourceTable, column: Column, theirs: Seen) -> float:
    """A key is called id, or after the table, or after what the table is called elsewhere; it must be unique."""
    if not seen.is_unique(theirs):
        return 0.0
    words = [singular(word) for word in split_words(theirs.name)]
    known = [*TABLE_WORDS[table.name].split(), *column.name.removesuffix("_id").split("_")]
    if words in (["id"], ["key"], ["record", "id"]):
        return 1.7
    stems = {words[-1].removesuffix(ending) for ending in ("id", "nr", "nummer")} - {words[-1]}
    if (words[-1] in _KEYS and set(words) & set(known)) or stems & set(known):
        return 1.6
    if all(word in _KEYS for word in words):
        return 1.5
    # Called only after what it is: Deal.
    return 0.9 if len(words) == 1 and words[0] in known else 0.0


def _without_table(name: str, table: SourceTable) -> str:
    """A plain name without what says only which table it is of: Deal - Deal created is created."""
    words = list(split_words(name))
    while len(words) > 1 and singular(words[0]) in TABLE_WORDS[table.name].split():
        words.pop(0)
    return plain("".join(words))


def _by_keys(one: Guess, guesses: Sequence[Guess]) -> None:
    """What refers to another table by its values: columns that no name told, and names in the place of keys."""
    for (table, column), targets in REFERENCES.items():
        if table != one.table.name or column in one.table.key:
            continue
        theirs = one.columns.get(column)
        free = [c for c in one.seen.columns if c not in one.columns.values() and c.kind == "text" and c.distinct > 1]
        for target in (other for other in guesses if other is not one and other.table.name in dict(targets)):
            for candidate in [theirs] if theirs else free:
                place = _refers(candidate, target, dict(targets)[target.table.name])
                if place is not None:
                    one.columns.setdefault(column, candidate)
                    if place:
                        one.named[column] = place
                    _, _, ours = (place or dict(targets)[target.table.name]).rpartition(".")
                    one.aliases[column] = _spellings(candidate, target.columns[ours])
                    break


def _spellings(column: Seen, known: Seen) -> dict[str, str]:
    """Values that differ from what is known in case, blanks and signs alone."""
    right = {plain(word): word for word in known.every}
    odd = sorted(word for word in column.every - known.every if plain(word) in right)
    return {word: right[plain(word)] for word in odd if word.lower() != right[plain(word)].lower()}


def _refers(column: Seen, target: Guess, key: str) -> str | None:
    """Empty where a column holds the keys of a table, its name column where it holds names; None where neither."""
    for ours, theirs in sorted(target.columns.items(), key=lambda pair: pair[0] != key):
        is_name = ours != key and "name" in ours and target.seen.is_unique(theirs)
        if (ours == key or is_name) and column.every and len(column.every & theirs.every) >= SHARED * len(column.every):
            return f"{target.table.name}.{ours}" if is_name else ""
    return None
