"""How the number of clients grows: the waterfall of a period, and what is added by step of the calendar."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, select

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.plain import partial_buckets
from data_layer.semantics.facts import CLIENT_SPAN
from data_layer.semantics.formats import day_in_words
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window, bucket_start
from data_layer.semantics.query import N_SUFFIX, Query
from data_layer.semantics.run import complete, run
from data_layer.semantics.scope import conditions

# A chart of more steps than that shows a course and no steps.
MOST_STEPS = 120


@dataclass(frozen=True)
class ClientGrowth:
    """Clients at the start, who came, who returned, who left, clients at the end: it adds up, client by client.

    The same clients are looked at on both days, those of the selection and of the viewer's rows.
    Frame: ``step`` (in words), ``movement`` (None at both ends), ``clients`` (signed).  Facts: ``start``, ``end``,
    ``knows_losses`` (whether a source says who left).  ``n``: how many came, returned or left.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("net_client_growth", "current_clients", "clients_added", "clients_returned", "clients_lost")

    def __call__(self, ask: Ask) -> Answer:
        window = ask.window.within(Window(ask.window.start, ask.data.as_of + DAY))
        if not ask.data.has(*METRICS["net_client_growth"].needs) or not window.days:
            return Answer(pd.DataFrame(), ask.window, missing=self.metrics if window.days else ())
        kept, ignored = conditions(CLIENT_SPAN, ask.selection.conditions(), ask.viewer, window, window.last_day)
        counted = select(*_counts(window)).select_from(CLIENT_SPAN.table).where(*kept)
        with ask.data.connect() as connection:
            start, new, returned, lost, end = (int(value) for value in connection.execute(counted).one())
        steps = [
            (f"Start of {day_in_words(window.start)}", None, start),
            ("New", "New", new),
            ("Returned", "Returned", returned),
            ("Lost", "Lost", -lost),
            (f"End of {day_in_words(window.last_day)}", None, end),
        ]
        frame = pd.DataFrame(steps, columns=["step", "movement", "clients"])
        facts = {"start": start, "end": end, "knows_losses": ask.data.has(*METRICS["clients_lost"].needs)}
        empty = not any((start, new, returned, lost))
        return Answer(frame.iloc[0:0] if empty else frame, window, facts, (), ignored, new + returned + lost)


def _counts(window: Window) -> list[ColumnElement[int]]:
    """Clients on the eve, movements in between, clients on the last day."""
    c = CLIENT_SPAN.table.c
    here = c.movement != "Lost"
    began = and_(c.valid_from >= window.start, c.valid_from < window.end)
    before, last = window.start - DAY, window.last_day
    return [
        func.count().filter(here, c.valid_from <= before, c.valid_to > before),
        *(func.count().filter(began, c.movement == movement) for movement in ("New", "Returned", "Lost")),
        func.count().filter(here, c.valid_from <= last, c.valid_to > last),
    ]


@dataclass(frozen=True)
class Acquisition:
    """Clients added by steps of the calendar, and how fast that is: what each step adds to the clients there were.

    At least the last ``steps`` steps up to the period's end; all of a longer period, up to :data:`MOST_STEPS`.
    Frame: the grain's column, ``clients_added`` with its n, ``growth`` (percent of the clients at the step's start,
    NaN where there were none).  Facts: ``grain``, ``partial``, and of the last complete step ``last`` (its first day),
    ``added``, ``added_before`` (in the step before it), ``growth``; None where there is no such step.
    """

    grain: str
    steps: int

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("clients_added", "total_clients")

    def __call__(self, ask: Ask) -> Answer:
        window = self._window(ask)
        found = run(Query(self.metrics, (self.grain,)), ask.selection, ask.viewer, ask.data, window)
        if found.missing:
            return Answer(pd.DataFrame(), window, missing=found.missing)
        result = complete(found, ask.data)
        frame = result.frame[[self.grain, "clients_added", "clients_added" + N_SUFFIX]].copy()
        base = result.frame["total_clients"] - result.frame["clients_added"]
        frame["growth"] = 100 * frame["clients_added"] / base.where(base > 0)
        partial = partial_buckets(result, ask, self.grain)
        facts = {"grain": self.grain, "partial": partial, **_latest(frame, self.grain, partial)}
        return Answer(frame, window, facts, (), result.ignored, int(frame["clients_added"].sum()))

    def _window(self, ask: Ask) -> Window:
        last = min(ask.window.last_day, ask.data.as_of)
        start = wanted = bucket_start(last, self.grain)
        for step in range(1, MOST_STEPS):
            if step >= self.steps and start <= ask.window.start:
                break
            start = bucket_start(start - DAY, self.grain)
        first = bucket_start(ask.data.first_day, self.grain)
        return Window(min(max(start, first), wanted), max(last + DAY, wanted + DAY))


def _latest(frame: pd.DataFrame, grain: str, partial: list[str]) -> dict[str, object]:
    """The last complete step, and the one before it."""
    whole = frame[[day.isoformat() not in partial for day in frame[grain]]]
    if whole.empty:
        return {"last": None, "added": None, "added_before": None, "growth": None}
    row = whole.iloc[-1]
    return {
        "last": row[grain],
        "added": float(row["clients_added"]),
        "added_before": float(whole["clients_added"].iloc[-2]) if len(whole) > 1 else None,
        "growth": None if pd.isna(row["growth"]) else float(row["growth"]) / 100,
    }
