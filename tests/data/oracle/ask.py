"""Asking the oracle: a metric, split, in a window, under filters, for someone who may not see all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from tests.data.oracle.measures import MEASURES, Measure, enrolled_on, stages_on
from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.world import CLIENT_COLUMNS, PRODUCT_COLUMNS, TEXTS, World

DAY = pd.Timedelta(days=1)
CALENDAR = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
CLOCK = ("weekday", "hour")
# Columns that are there to split by, and those of them that some metric looks at.
SPLITTING = {*CLIENT_COLUMNS, *PRODUCT_COLUMNS, *TEXTS, "staff", "team", "product", "stage", "customer"}
MEASURED = {"customer", "stage", "movement"}
Filters = tuple[tuple[str, tuple[str, ...]], ...]

# Where a client "has" a value that the metric's own facts do not carry: in what happened in the window, or in what
# held on its last day.
HAPPENED = {
    **dict.fromkeys(("staff", "team", "channel", "interaction_type", "resolution_status", *CLOCK), "contact"),
    "priority": "followup",
    "movement": "client_move",
    **dict.fromkeys(("campaign", "template", "variant"), "recipient"),
    "failure_reason": "try",
    **dict.fromkeys(("device", "action"), "session"),
}
HELD = {
    **dict.fromkeys(("product", "product_category", "risk_level"), enrolled_on),
    "stage": stages_on,
}


APART = {"event_kind"}  # a filter of events alone, which no other figure follows


@dataclass(frozen=True)
class Question:
    """``start <= day < end``.  ``scope``: ("all", ""), ("own", staff id) or ("team", team)."""

    metric: str
    by: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp
    filters: Filters = ()
    scope: tuple[str, str] = ("all", "")


def reaches(world: World, metric: str, dimension: str) -> bool:
    """Whether the metric's facts carry the dimension.  A stock has no hour and no weekday."""
    measure = MEASURES[metric]
    if dimension in CALENDAR:
        return True
    rows = world.fact(measure.fact)
    if dimension in CLOCK:
        return measure.held is None and (dimension == "weekday" or "hour" in rows)
    return dimension in rows


def answer(world: World, asked: Question) -> pd.DataFrame:
    """A row per group that has rows: the dimensions, ``value`` and ``n``; one row without dimensions."""
    measure = MEASURES[asked.metric]
    if measure.made_of is not None:
        return _made(world, measure, asked)
    if measure.is_retention:
        return _retention(world, measure, asked)
    if measure.held is not None:
        return _stock(world, measure, asked)
    rows = _last_of_each(_within(world, measure.fact, asked.start, asked.end), measure, asked)
    end = min(asked.end, world.as_of + DAY) if measure.up_to_as_of else asked.end
    rows = _kept(world, rows[rows["day"] < end] if end < asked.end else rows, asked, asked.start, end, end - DAY)
    if measure.where is not None:
        rows = rows[measure.where(rows).astype(bool)]
    return _grouped(rows, measure, asked.by)


@cache
def _within(world: World, fact: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """The rows of a fact in a window, looked for once: nearly every question is about one of three windows."""
    rows = world.fact(fact)
    return rows[(rows["day"] >= start) & (rows["day"] < end)]


def _made(world: World, measure: Measure, asked: Question) -> pd.DataFrame:
    """A figure made of others: each by itself, then group by group; n is that of the first."""
    assert measure.made_of is not None
    parts = [answer(world, replace(asked, metric=name)) for name in measure.of]
    by = list(asked.by)
    if by:
        parts = [part.set_index(by) for part in parts]
    frame = pd.concat([part["value"] for part in parts], axis=1, keys=range(len(parts)))
    number = parts[0]["n"].reindex(frame.index).fillna(0.0)
    frame[0] = frame[0].fillna(0.0)  # it is a count
    value = [measure.made_of(*row) for row in frame.itertuples(index=False)]
    made = pd.DataFrame({"value": value, "n": number.to_numpy()}, index=frame.index)
    return made.reset_index() if by else made


def _last_of_each(rows: pd.DataFrame, measure: Measure, asked: Question) -> pd.DataFrame:
    """Of the rows in the window that compete, only the last one of each opportunity, in all or in a step of the calendar."""
    if measure.once is None:
        return rows
    rows = rows[measure.once(rows).astype(bool)]
    grain = next((CALENDAR[name] for name in asked.by if name in CALENDAR), None)
    step = rows["day"].dt.to_period(grain) if grain else pd.Series(0, index=rows.index)
    return rows[~rows.assign(step=step).duplicated(["deal", "step"], keep="last")]


def _stock(world: World, measure: Measure, asked: Question) -> pd.DataFrame:
    assert measure.held is not None
    last = min(asked.end - DAY, world.as_of)
    ids = _kept(world, world.fact(measure.fact), asked, asked.start, asked.end, last).index
    steps = _steps(world, measure, asked)
    columns = [name for name in steps[0][2] if name in _used(steps[0][2]) or name in asked.by]
    held = [rows.loc[rows.index.isin(ids), columns].assign(day=begin) for begin, _, rows in steps]
    return _grouped(pd.concat(held), measure, asked.by)


def _retention(world: World, measure: Measure, asked: Question) -> pd.DataFrame:
    """Of who held something when the period began, the share who hold something at its end."""
    assert measure.held is not None
    everyone = world.fact("client")
    kept = _kept(world, everyone, asked, asked.start, asked.end, asked.start - DAY)
    frames = []
    for begin, before, after in _steps(world, measure, asked):
        at_start = set(measure.held(world, before)["customer"])
        rows = kept[kept["customer"].isin(at_start)]
        frames.append(rows.assign(day=begin, still=rows["customer"].isin(set(after["customer"]))))
    value = Measure("client", lambda rows: float(rows["still"].mean()) if len(rows) else float("nan"), measure.n)
    return _grouped(pd.concat(frames), value, asked.by)


def _steps(world: World, measure: Measure, asked: Question) -> list[tuple[pd.Timestamp, pd.Timestamp, pd.DataFrame]]:
    """Per step of the calendar, or once: its first day, the day before it (in the window), what holds at its end."""
    assert measure.held is not None
    last = min(asked.end - DAY, world.as_of)
    grain = next((CALENDAR[name] for name in asked.by if name in CALENDAR), None)
    if grain is None:
        return [(asked.start, asked.start - DAY, measure.held(world, last))]
    periods = pd.period_range(asked.start, last, freq=grain)
    return [
        (
            period.start_time,
            max(period.start_time, asked.start) - DAY,
            measure.held(world, min(period.end_time.normalize(), last)),
        )
        for period in periods
    ]


def _grouped(rows: pd.DataFrame, measure: Measure, by: tuple[str, ...]) -> pd.DataFrame:
    if not by:
        return pd.DataFrame({"value": [measure.value(rows)], "n": [measure.n(rows)]})
    keyed = rows[_used(rows)].assign(**{f"by {name}": _bucket(rows, name) for name in by})
    found = []
    for group, part in keyed.groupby([f"by {name}" for name in by]):
        found.append({**dict(zip(by, group, strict=True)), "value": measure.value(part), "n": measure.n(part)})
    return pd.DataFrame(found, columns=[*by, "value", "n"])


def _used(rows: pd.DataFrame) -> list[str]:
    """The columns that some metric looks at."""
    return [name for name in rows if name not in SPLITTING or name in MEASURED]


def _bucket(rows: pd.DataFrame, name: str) -> pd.Series:
    if name in CALENDAR:
        return rows["day"].dt.to_period(CALENDAR[name]).dt.start_time.dt.date
    if name == "weekday":
        return rows["day"].dt.day_name()
    return rows[name]


# ---- who counts


def _kept(
    world: World, rows: pd.DataFrame, asked: Question, start: pd.Timestamp, end: pd.Timestamp, day: pd.Timestamp
) -> pd.DataFrame:
    for name, values in asked.filters:
        mask = _carries(rows, name, values)
        if mask is None and name not in APART and "customer" in rows:
            mask = rows["customer"].isin(_clients_having(world, name, values, start, end, day))
        rows = rows if mask is None else rows[mask]
    return rows if asked.scope[0] == "all" else rows[_may_see(world, rows, asked.scope)]


def _carries(rows: pd.DataFrame, name: str, values: tuple[str, ...]) -> pd.Series | None:
    """Weekday and hour are asked of facts that have a time of day; a statement's date says nothing about people."""
    if name in CLOCK:
        if "hour" not in rows:
            return None
        return (
            rows["day"].dt.day_name().isin(values) if name == "weekday" else rows["hour"].isin([int(v) for v in values])
        )
    return rows[name].isin(values) if name in rows else None


@cache
def _clients_having(
    world: World, name: str, values: tuple[str, ...], start: pd.Timestamp, end: pd.Timestamp, day: pd.Timestamp
) -> set[str]:
    rows = HELD[name](world, day) if name in HELD else _within(world, HAPPENED[name], start, end)
    mask = _carries(rows, name, values)
    assert mask is not None
    return set(rows.loc[mask, "customer"]) - {UNKNOWN}


def clients_of(world: World, is_theirs: Callable[[pd.Series], pd.Series]) -> set[str]:
    """The clients whom some staff own or have served, or to whom they sold or are selling something."""
    found = set(world.clients.index[is_theirs(world.clients["owner"])])
    met, held, deals = world.fact("contact"), world.fact("enrollment"), world.table("opportunities")
    deals = deals.rename(columns={"owner_id": "staff", "customer_id": "customer"})
    for rows in (met, held, deals):
        found |= set(rows.loc[is_theirs(rows["staff"]), "customer"])
    return found - {UNKNOWN}


def _may_see(world: World, rows: pd.DataFrame, scope: tuple[str, str]) -> pd.Series:
    """Own work, or the team's; of what nobody's work is, the clients who are theirs."""
    kind, who = scope
    if kind == "own" and not who:
        return pd.Series(False, index=rows.index)
    is_theirs: Callable[[pd.Series], pd.Series] = (
        (lambda staff: staff == who) if kind == "own" else (lambda staff: staff.map(world.teams) == who)
    )
    if "staff" in rows and "is_work" not in rows:
        return is_theirs(rows["staff"])
    if "customer" not in rows:
        return pd.Series(True, index=rows.index)
    of_theirs = rows["customer"].isin(clients_of(world, is_theirs))
    if "is_work" in rows:
        return is_theirs(rows["staff"]) | (of_theirs & ~rows["is_work"].astype(bool))
    return of_theirs
