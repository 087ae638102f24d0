"""A mapping file written from guesses, with what speaks for them as comments."""

import json
import re
from collections.abc import Sequence

import duckdb

from data_layer.ingest.errors import BadFile, names_shown, one_line
from data_layer.ingest.foreign import Foreign, ForeignFolder
from data_layer.ingest.references import REFERENCES
from data_layer.ingest.sources import BY_NAME, OWNERS, Column, Type
from data_layer.ingest.sources.days import EVENTS
from data_layer.ingest.suggesting.look import Seen, SeenTable, has_digit, look_at, split_words, to_look_at
from data_layer.ingest.suggesting.match import MOST_MEANT, SHARED, Guess, guess, matches, meant, plain
from data_layer.ingest.suggesting.words import CLIENT_ROLES, COLUMN_WORDS, MEANINGS, UNITS, UNIVERSAL

PEOPLE = ("customers", "clients", "contacts")
CREW = ("staff", "agents", "advisors")
# What a wider row carries of others: the table that it fills, and our columns of it.
PARTS = {
    "clients": (PEOPLE, ("full_name", "email", "phone")),
    "staff": (CREW, ("full_name", "team")),
    "products": (("products",), ("product_name", "product_category")),
}
MOST_TRANSLATED = 20
MOST_JOINED = 60  # words out of two columns


def suggest(foreigns: Sequence[Foreign]) -> str:
    """A commented mapping file for everything that can be read."""
    seen: list[SeenTable] = []
    head = ["# A first mapping, guessed from names and values. Correct it, then try it with --dry-run."]
    with duckdb.connect() as con:
        for one, rule in to_look_at(foreigns):
            if isinstance(one, ForeignFolder):
                head.append(f"# {one.name} is a folder, which is not looked into.")
                continue
            try:
                seen.append(look_at(con, one, rule))
            except (BadFile, duckdb.Error) as error:
                head.append(f"# {_comment(one_line(error))}")
    head += [f"# {_comment(one.problem)}" for one in seen if one.problem]
    found = guess(seen)
    guesses = [one for one in found if isinstance(one, Guess)]
    texts = [_table(one, seen) + _parts(one, guesses) if isinstance(one, Guess) else _none(one) for one in found]
    return "\n".join(["\n".join(head), *texts]) + "\n"


def _none(seen: SeenTable) -> str:
    names = names_shown([column.name for column in seen.columns if column.name])
    return f"\n# {_comment(seen.name)} looks like none of our tables: {names}"


def _from(seen: SeenTable) -> list[str]:
    """Where the rows are: the file, and the sheet and the line of the names where they must be said."""
    rule = seen.rule
    found = [f"from = {_quoted(rule.sources[0])}"]
    found += [f"sheet = {_quoted(rule.sheet)}"] if rule.sheet else []
    return [*found, f"header = {rule.header}"] if rule.header else found


def _table(one: Guess, seen: Sequence[SeenTable]) -> str:
    roles, outcome = _roles(one), _outcome(one)
    is_keyless = one.table.name in EVENTS and len(one.table.key) == 1 and one.table.key[0] not in one.columns
    lines = [
        "",
        "[[table]]",
        f'to = "{one.table.name}" # a guess',
        *_from(one.seen),
        *([_where(one.columns["role"], roles[1])] if roles else []),
        *(['key = "content" # no column has a value of its own in every row'] if is_keyless else []),
        "[table.columns]",
    ]
    joined = _name_in_two(one)
    for column in one.table.columns:
        theirs = one.columns.get(column.name)
        if theirs is not None:
            told = _told(theirs, one.seen, seen)
            lines.append(f"{column.name} = {_rule(column, theirs, one)} # {told}")
        elif column.name == "full_name" and joined:
            lines.append(f"full_name = {{ from = [{', '.join(_quoted(part.name) for part in joined)}] }}")
        elif column.filled and not (is_keyless and column.name in one.table.key):
            lines.append(f'{column.name} = "" # needed: which of their columns is it?')
    taken = [theirs.name for theirs in (*one.columns.values(), *joined, *([outcome] if outcome else []))]
    rest = {column.name: column for column in one.seen.columns if column.name and column.name not in taken}
    if rest:
        wanted = one.table.name in PEOPLE and OWNERS[one.table.name] in one.columns
        lines.append("[table.attributes]" if wanted else "# Not used:")
        mark = "" if wanted else "# "
        for other in rest.values():
            name = _quoted(other.name)
            lines.append(f"{mark}{name} = {name} # {_told(other, one.seen, seen)}")
    return "\n".join(lines)


def _roles(one: Guess) -> tuple[list[str], list[str]] | None:
    """The roles of clients and those of staff, in a list of staff that holds both."""
    role = one.columns.get("role")
    if one.table.name not in CREW or role is None or role.distinct > MOST_MEANT:
        return None
    clients = sorted(word for word in role.every if any(part in word.lower() for part in CLIENT_ROLES))
    others = sorted(role.every - set(clients))
    return (clients, others) if clients and others else None


def _where(column: Seen, words: Sequence[str]) -> str:
    return f"where = {{ {_quoted(column.name)} = [{', '.join(_quoted(word) for word in words)}] }}"


def _outcome(one: Guess) -> Seen | None:
    """The column that says won and lost, where that of the stages does not."""
    stage = one.columns.get("stage")
    if stage is None or {"Won", "Lost"} & {meant("stage", word) for word in stage.every}:
        return None
    for other in one.seen.columns:
        is_outcome = {"Won", "Lost"} <= {meant("stage", word) for word in other.every}
        if is_outcome and other.distinct * stage.distinct <= MOST_JOINED and other not in one.columns.values():
            return other
    return None


def _stages(stage: Seen, outcome: Seen) -> str:
    """The stage of what is open, and the outcome of what is not, out of both columns together."""
    words = {}
    for theirs in sorted(stage.every):
        for end in sorted(outcome.every):
            ours = meant("stage", end)
            words[f"{theirs} {end}"] = ours if ours in ("Won", "Lost") else _meant("stage", theirs)
    return f"{{ from = [{_quoted(stage.name)}, {_quoted(outcome.name)}], values = {_words(words)} }}"


def _name_in_two(one: Guess) -> list[Seen]:
    """First and last name, where ours is one name and theirs are two."""
    if "full_name" in one.columns or all(column.name != "full_name" for column in one.table.columns):
        return []
    theirs = {plain(column.name): column for column in one.seen.columns}
    halves = [
        theirs.get(first, theirs.get(second)) for first, second in (("firstname", "givenname"), ("lastname", "surname"))
    ]
    return [half for half in halves if half is not None] if all(halves) else []


def _rule(column: Column, theirs: Seen, one: Guess) -> str:
    """Their column, with what else must be said of it."""
    if column.name == "stage" and (outcome := _outcome(one)):
        return _stages(theirs, outcome)
    more: list[str] = []
    if column.type in (Type.DATE, Type.MOMENT) and theirs.forms:
        more.append(f"date_format = {_quoted(theirs.forms[0])}")
    if column.type in (Type.DATE, Type.MOMENT) and theirs.language:
        more.append(f'language = "{theirs.language}"')
    if column.type is Type.MOMENT and set(split_words(theirs.name)) & set(UNIVERSAL):
        more.append('time_zone = "UTC"')
    missing = _missing(column, theirs)
    if missing:
        more.append(f"missing = [{', '.join(_quoted(word) for word in missing)}]")
    if column.type in (Type.NUMBER, Type.MONEY, Type.INTEGER):
        unit = _unit(theirs.name) if column.name.startswith("duration") else None
        more += [f'unit = "{unit}"'] if unit else []
        if known := _scores(column, theirs):
            more.append(f'values = {_words(known)}, others = "missing"')
    elif column.name in MEANINGS and theirs.distinct <= MOST_MEANT:
        more.append(f"values = {_words({word: _meant(column.name, word) for word in sorted(theirs.every)})}")
    if one.aliases.get(column.name):
        more.append(f"aliases = {_words(one.aliases[column.name])}")
    if column.name in one.named:
        more.append(f'refers_to = "{one.named[column.name]}"')
    return f"{{ {', '.join([f'from = {_quoted(theirs.name)}', *more])} }}" if more else _quoted(theirs.name)


def _scores(column: Column, theirs: Seen) -> dict[str, str]:
    """The scores that words for satisfaction stand for, as far as they tell."""
    if column.name != "satisfaction_score" or theirs.kind != "text":
        return {}
    return {word: score for word in sorted(theirs.every) if (score := meant(column.name, word))}


def _missing(column: Column, theirs: Seen) -> list[str]:
    """What stands for no value: words among numbers or dates, and a -1 where nothing else is below zero."""
    if column.type is Type.TEXT or _scores(column, theirs):
        return []
    # What has digits may be a number that is written in another way: it is left for an import to reject.
    words = theirs.odd if theirs.kind != "text" else sorted(theirs.every)
    odd = [word for word in words if not has_digit(word)]
    below = [value for value in theirs.every if value.startswith("-") and has_digit(value)]
    stands_in = column.type in (Type.NUMBER, Type.INTEGER) and below == ["-1"]
    return [*odd[:MOST_TRANSLATED], *(below if stands_in else [])]


def _words(words: dict[str, str]) -> str:
    return f"{{ {', '.join(f'{_quoted(theirs)} = {_quoted(ours)}' for theirs, ours in words.items())} }}"


def _unit(name: str) -> str | None:
    words = split_words(name)
    return next((unit for unit, known in UNITS.items() if set(words) & set(known)), None)


def _meant(column: str, word: str) -> str:
    """Our word for theirs, as far as it tells; else theirs."""
    return meant(column, word) or word


def _parts(one: Guess, guesses: Sequence[Guess]) -> str:
    """Tables that are there only as a part of this one's rows: its clients, its staff, its products."""
    there = {other.table.name for other in guesses}
    lines: list[str] = []
    for to, (group, columns) in PARTS.items():
        refers = [
            one.columns[column]
            for (table, column), targets in REFERENCES.items()
            if table == one.table.name and column in one.columns and group[0] in dict(targets)
        ]
        if there.isdisjoint(group) and refers:
            (key,) = BY_NAME[to].key
            if to == "clients" and (holder := _holder(refers[0], guesses)):
                lines += _of_users(holder)
                continue
            lines += ["", "[[table]]", f'to = "{to}" # a part of the rows of {_comment(one.seen.name)}']
            lines += [*_from(one.seen), "distinct = true", "[table.columns]"]
            lines.append(f"{key} = {_quoted(refers[0].name)}")
            lines += [f"{ours} = {_quoted(name)}" for ours, name in _about(one, refers[0], columns, to == "clients")]
    return "\n" + "\n".join(lines) if lines else ""


def _holder(column: Seen, guesses: Sequence[Guess]) -> Guess | None:
    """The list of staff that holds those whom a column names, as one of all users does."""
    for other in guesses:
        ids = other.columns.get(other.table.key[0]) if other.table.name in CREW else None
        if ids is not None and len(column.every & ids.every) >= SHARED * len(column.every) > 0:
            return other
    return None


def _of_users(holder: Guess) -> list[str]:
    """The clients out of a list of all users."""
    roles = _roles(holder)
    lines = ["", "[[table]]", 'to = "clients" # those among the users', *_from(holder.seen)]
    lines += [_where(holder.columns["role"], roles[0])] if roles else []
    clients = BY_NAME["clients"]
    found = matches(holder.seen, clients)
    named = [f"{one.name} = {_quoted(found[one.name].name)}" for one in clients.columns if one.name in found]
    return [*lines, "[table.columns]", *named]


def _about(one: Guess, key: Seen, columns: Sequence[str], is_client: bool) -> list[tuple[str, str]]:
    """What else the rows say of the one whose key a column holds; the key itself where nothing names it."""
    stem = [word for word in split_words(key.name) if word not in ("id", "email")]
    free = [column for column in one.seen.columns if column is key or column not in one.columns.values()]
    found: list[tuple[str, str]] = []
    for ours in columns:
        if ours == "email" and split_words(key.name)[-1:] == ["email"]:
            found.append((ours, key.name))
            continue
        names = [*COLUMN_WORDS[ours].split(), plain("".join(stem)) if "name" in ours else ""]
        for theirs in free:
            words = split_words(theirs.name)
            rest = plain("".join(word for word in words if word not in stem))
            is_own = words == stem or (bool(stem) and words[: len(stem)] == stem)
            is_plain = is_client and plain(theirs.name) == plain(ours)  # whose else, in rows that name one client
            if theirs is not key and (
                is_plain or (is_own and (rest in names or not rest)) or (ours == "team" and rest in names)
            ):
                found.append((ours, theirs.name))
                free.remove(theirs)
                break
        else:
            if "name" in ours:
                found.append((ours, key.name))
    return found


def _told(column: Seen, table: SeenTable, every: Sequence[SeenTable]) -> str:
    """Kind, gaps, values, and the columns of other tables that share most of the values."""
    words = [column.kind]
    if len(column.forms) > 1:
        words.append(f"or {', '.join(column.forms[1:])}: the values do not tell")
    if column.filled < table.rows:
        words.append(f"{table.rows - column.filled} of {table.rows} empty")
    if table.is_unique(column):
        words.append("unique")
    shown = ", ".join(value[:30] for value in column.values)
    words.append(f"{column.distinct} value{'s' if column.distinct != 1 else ''}: {shown}" if shown else "no value")
    for other in every:
        for one in other.columns:
            shared = set(column.values) & set(one.values) if len(one.every) < 2 else column.every & one.every
            if other is not table and column.kind == "text" and 2 * len(shared) >= len(column.every) > 0:
                words.append(f"also in {other.name}, {one.name}")
    return _comment("; ".join(words))


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


def _quoted(text: str) -> str:
    """A TOML string: JSON's, but for what JSON leaves as it is and TOML does not."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
