"""Work of people: the list of what is to be done, and how members of staff do."""

from datetime import date, timedelta
from typing import Any

from data_layer.analyses.answer import Answer
from data_layer.analyses.colleagues import FEWEST_MEMBERS, Standing
from data_layer.analyses.work_list import HERE
from data_layer.appdb.followups import PRIORITIES
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words, exact, short
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX
from layouts import theme
from layouts.figures.base import Content
from layouts.figures.over_time import Layer, stacked_over_time
from layouts.links import address_of

COLUMNS = (
    ("customer", "Client"), ("due", "Due"), ("action", "To do"), ("priority", "Priority"), ("staff", "Staff member"),
    ("origin", "From"),
)  # fmt: skip
# Heads of the ranking where the metric's own label is too long.
HEADS = {
    "interactions": "Interactions",
    "resolved": "Resolved",
    "followups_completed": "Completed",
    "first_response_minutes": "First response",
    "followup_on_time_rate": "On time",
    "csat_rate": "CSAT",
}
READ_ONLY = "It came with the loaded data; change it in the system that it came from."

# The follow-ups of a step by how they were kept.
FOLLOWUPS_KEPT = ("followups_on_time", "followups_late", "followups_overdue")
followups_kept = stacked_over_time(
    Layer("followups_on_time", "On time", theme.CATEGORIES[0]),
    Layer("followups_late", "Late", theme.BEFORE),
    Layer("followups_overdue", "Overdue", theme.CATEGORIES[1]),
)


def work_list(answer: Answer) -> Content:
    """A page of the follow-ups: each with its client's address, how late it is, and what can be done to it."""
    facts, rows = answer.facts, answer.frame.to_dict("records")
    listing, total = facts["listing"], facts["total"]
    columns = [one for one in COLUMNS if one[0] != "staff" or facts["shows_staff"]]
    first = (listing.page - 1) * facts["page_rows"] + 1
    return {
        "columns": [{"name": name, "label": label, "number": False} for name, label in columns],
        "rows": [[_work_cell(row, name) for name, _ in columns] for row in rows],
        "links": [address_of("customer", row["customer"]) if row["customer"] else None for row in rows],
        "acts": [_acts(row, facts["may_write"]) for row in rows],
        "find": listing.find,
        "hint": "Search by client or task",
        "sort": listing.column,
        "descending": listing.is_descending,
        "page": listing.page,
        "pages": facts["pages"],
        "words": f"{first:,} – {first + len(rows) - 1:,} of {total:,}" if rows else "No follow-up is open here.",
        "form": _form(facts) if facts["may_write"] else None,
        "caption": _caption(facts),
    }


def _work_cell(row: dict[str, Any], name: str) -> Any:
    match name:
        case "due":
            return {
                "text": day_in_words(row["due"]),
                "fine": lateness(row["days"], row["state"]),
                "tone": TONES[row["state"]],
            }
        case "origin":
            return {"text": row["origin"], "fine": "" if row["origin"] == HERE else "read-only", "title": READ_ONLY}
        case "action":
            name = "to_do"
    value = row.get(name + NAME_SUFFIX) or row[name]
    return str(value) if value is not None and value == value else UNKNOWN_VALUE


TONES = {"overdue": "bad", "due": "watch", "ahead": ""}


def lateness(days: int, state: str) -> str:
    """How far the due day is away: 12 days overdue; due today; in 3 days."""
    if state == "overdue":
        return f"{days:,} {'day' if days == 1 else 'days'} overdue" if days > 0 else "overdue"
    if state == "due":
        return "due today"
    return "tomorrow" if days == -1 else f"in {-days:,} days"


def _acts(row: dict[str, Any], may_write: bool) -> dict[str, Any] | None:
    """What the browser needs for the buttons of a row; ``own`` is None for what came with the data."""
    if not may_write:
        return None
    own = row["followup"].removeprefix("here-") if row["origin"] == HERE else None
    client = str(row["customer" + NAME_SUFFIX] or row["customer"])
    is_known = bool(row["customer"]) and address_of("customer", row["customer"]) is not None
    return {"own": own, "client": row["customer"] if is_known else None, "name": client}


def _form(facts: Any) -> dict[str, Any]:
    """What the form for a new follow-up offers."""
    day: date = facts["day"]
    return {
        "first": day.isoformat(),
        "usual": (day + timedelta(days=1)).isoformat(),
        "priorities": list(PRIORITIES),
        "owners": [{"value": value, "label": label} for value, label in facts["owners"]],
    }


def _caption(facts: Any) -> str:
    """What the list holds, in words."""
    words = [f"{facts['overdue']:,} overdue, {facts['today']:,} due today"]
    if facts["oldest"] is not None:
        median = short(facts["median"], Unit.DAYS)
        words.append(f"overdue for {median} in the median, {short(facts['oldest'], Unit.DAYS)} at most")
    if facts["here"]:
        words.append(f"{facts['here']:,} added here, which the figures above do not count")
    return "; ".join(words) + "."


def performance(answer: Answer) -> Content:
    """The ranking of a team; for a member of staff, the own figures beside the team's median."""
    return _standing(answer) if "standings" in answer.facts else _ranking(answer)


def _ranking(answer: Answer) -> Content:
    facts, listing = answer.facts, answer.facts["listing"]
    names = ["staff", *(["team"] if facts["shows_team"] else []), *facts["measures"]]
    columns = [{"name": "rank", "label": "Rank", "number": True, "fixed": True}]
    columns += [{"name": name, "label": _head(name), "number": name in METRICS} for name in names]
    rows = answer.frame.to_dict("records")
    by = listing.column if listing.column in METRICS else None
    return {
        "columns": [column | {"down": not _less_is_better(column["name"])} for column in columns],
        "rows": [[_rank(row), *(_member_cell(row, name) for name in names)] for row in rows],
        "keys": [[str(row["staff"])] for row in rows],
        "links": [],
        "find": None,
        "sort": listing.column,
        "descending": listing.is_descending,
        "page": listing.page,
        "pages": facts["pages"],
        "words": f"{facts['first'] + 1:,} – {facts['first'] + len(rows):,} of {facts['total']:,}",
        "caption": f"Ranked by {_head(by).lower() if by != 'csat_rate' else 'CSAT'}; a value that rests on fewer than "
        f"{facts['least_n']} has no rank." if by else "Sort by a figure to rank by it.",
    }  # fmt: skip


def _head(name: str) -> str:
    return HEADS.get(name) or {"staff": "Staff member", "team": "Team"}[name]


def _less_is_better(name: str) -> bool:
    return name not in METRICS or name == "first_response_minutes"


def _rank(row: dict[str, Any]) -> str:
    return UNKNOWN_VALUE if row["rank"] != row["rank"] else f"{int(row['rank'])}"


def _member_cell(row: dict[str, Any], name: str) -> Any:
    if name not in METRICS:
        return str(row.get(name + NAME_SUFFIX) or row[name])
    metric = METRICS[name]
    text = short(row[name], metric.unit)
    if metric.additive or row[name] != row[name]:
        return text
    n = int(row[name + N_SUFFIX])
    return {"text": text, "fine": f"n {n:,}", "title": f"{exact(row[name], metric.unit)} · n = {n:,} {metric.n_label}"}


def _standing(answer: Answer) -> Content:
    found: list[Standing] = answer.facts["standings"]
    columns = [
        ("measure", "", False),
        ("own", "You", True),
        ("median", "Team median", True),
        ("rank", "Your rank", True),
    ]
    least = answer.facts["least_n"]
    return {
        "columns": [{"name": name, "label": label, "number": number, "fixed": True} for name, label, number in columns],
        "rows": [_standing_row(one) for one in found],
        "links": [],
        "find": None,
        "sort": "",
        "descending": False,
        "page": 1,
        "pages": 1,
        "words": "",
        "caption": f"The median is over the members of your team who have any, and is hidden for fewer than "
        f"{FEWEST_MEMBERS}; so is a rank, which also needs a value that rests on at least {least}.",
    }  # fmt: skip


def _standing_row(one: Standing) -> list[Any]:
    metric = METRICS[one.metric]
    own: Any = short(one.value, metric.unit)
    if one.value is not None and not metric.additive:
        own = {"text": own, "fine": f"n {one.n:,}", "title": exact(one.value, metric.unit)}
    median: Any = UNKNOWN_VALUE
    if one.median is not None:
        # Between two members a count may have half a one.
        is_half = metric.unit is Unit.COUNT and one.median % 1 and one.median < 1000
        text = f"{one.median:,.1f}" if is_half else short(one.median, metric.unit)
        median = {"text": text, "fine": f"of {one.members:,}"}
    rank = f"{one.rank} of {one.ranked}" if one.rank else UNKNOWN_VALUE
    return [metric.label, own, median, rank]
