"""Everything that happened with a client, newest first, a stretch at a time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import ColumnElement, Select, func, select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.dimensions import EVENT_KINDS
from data_layer.semantics.facts import EVENT
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.records import record_of
from data_layer.semantics.scope import conditions
from data_layer.semantics.selection import Selection
from data_layer.warehouse.functions import start_of
from data_layer.warehouse.tables import (
    dim_customer,
    dim_staff,
    fact_followup,
    fact_interaction,
    fact_message,
    rollup_event,
)

STRETCH = 40
EVERY = 2**40  # events: more than anybody has
LONGEST_TEXT = 280
# So many keys in one question for texts: PostgreSQL takes no more than 65,535 values in one.
KEYS_AT_ONCE = 10_000
KIND = "event_kind"
# The fact behind each kind of event, by its name among the facts.
SOURCES: Mapping[str, str] = {
    "Interaction": "interaction", "Message": "message", "Campaign": "campaign_recipient", "Follow-up": "followup",
    "Stage change": "stage_change", "Enrolment": "enrollment", "Product given up": "churn", "Money in": "balance",
    "Money out": "balance", "Digital session": "engagement",
}  # fmt: skip
# What was written in words, which not every role may read.
TEXTS: Mapping[str, tuple[str, ColumnElement[Any], ColumnElement[Any]]] = {
    "Message": ("Text", fact_message.c.message_key, fact_message.c.text),
    "Interaction": ("Summary", fact_interaction.c.interaction_key, fact_interaction.c.summary),
    "Follow-up": ("Notes", fact_followup.c.followup_key, fact_followup.c.notes),
}
COLUMNS = ("key", "day", "time", "kind", "what", "result", "channel", "staff", "amount", "text")


@dataclass(frozen=True)
class Timeline:
    """The newest events of the period.

    Frame: :data:`COLUMNS`; ``time`` is local "HH:MM" or None, ``text`` None for who may not read texts.
    Facts: ``kinds`` (count by kind, whatever kinds are chosen), ``chosen`` (the kinds that are), ``months`` (count by
    first day, newest first), ``next`` (the key to go on from, None at the end),
    ``previous`` (the key to go back from, None where nothing newer is left out), ``total``.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("events",)

    def __call__(self, ask: Ask) -> Answer:
        return self.first(ask, STRETCH)

    def first(self, ask: Ask, rows: int) -> Answer:
        """The newest events, so many of them."""
        if not ask.data.has(*METRICS["events"].needs):
            return Answer(pd.DataFrame(), ask.window, missing=self.metrics)
        return self.more(ask, None, None, size=rows)

    def whole(self, ask: Ask) -> Answer:
        """All events of the period, for a download."""
        return self.first(ask, EVERY)

    def more(
        self, ask: Ask, after: int | None, until: date | None, before: int | None = None, size: int = STRETCH
    ) -> Answer:
        """The stretch that follows the event with key ``after`` in the list, or that comes before the one with key
        ``before``, which are newer; else the newest one before the day ``until``.  ``size``: of the stretch, in events.

        What does not change while one reads on is in the first stretch alone.
        """
        window = Window(ask.window.start, min(ask.window.end, ask.data.as_of + DAY))
        is_first = after is None and before is None
        facts = self._facts(ask, window) if is_first else {}
        shown = Window(window.start, max(window.start, min(window.end, until or window.end)))
        if before is not None:
            frame, previous = self._stretch(ask, window, before, size, newer=True)
            facts["previous"] = previous
        else:
            frame, following = self._stretch(ask, shown, after, size)
            facts["next"] = following
            if is_first:
                facts["previous"] = int(frame["key"].iloc[0]) if shown.end < window.end and len(frame) else None
        total = sum(facts.get("months", {}).values())
        facts["total"] = total
        _, ignored = _kept(ask, ask.selection, window)
        return Answer(frame, window, facts, (), ignored, total if is_first else None)

    def detail(self, ask: Ask, key: int) -> list[tuple[str, Any, Unit | None]] | None:
        """All that is known of one event: label, value, unit.  None where it is not among those asked for."""
        window = Window(ask.window.start, min(ask.window.end, ask.data.as_of + DAY))
        kept, _ = _kept(ask, ask.selection.with_filter(KIND, ()), window)
        wanted = select(rollup_event.c.kind, rollup_event.c.source_key).where(rollup_event.c.event_key == key, *kept)
        with ask.data.connect() as connection:
            found = connection.execute(wanted).first()
        if found is None:
            return None
        facts = [
            (field.label, value, field.unit)
            for field, value in record_of(SOURCES[found.kind], found.source_key, ask.viewer, ask.data)
            if value is not None and "customer_key" not in field.path
        ]
        texts = _texts(ask, {found.kind: [found.source_key]})
        label = TEXTS[found.kind][0] if found.kind in TEXTS else ""
        return [*facts, *((label, text, None) for text in texts.values())]

    def _facts(self, ask: Ask, window: Window) -> dict[str, Any]:
        """The counts, in one reading: whatever kinds are chosen, all are counted."""
        month, kind = start_of("month", rollup_event.c.happened_date).label("month"), rollup_event.c.kind
        kept, _ = _kept(ask, ask.selection.with_filter(KIND, ()), window)
        counted = select(month, kind, func.count()).where(*kept).group_by(month, kind)
        with ask.data.connect() as connection:
            cells = [(row[0], str(row[1]), int(row[2])) for row in connection.execute(counted)]
        wanted = set(dict(ask.selection.filters).get(KIND, ()))
        by_kind: Counter[str] = Counter()
        by_month: Counter[date] = Counter()
        for start, name, count in cells:
            by_kind[name] += count
            if not wanted or name in wanted:
                by_month[start] += count
        return {
            "kinds": {name: by_kind[name] for name in EVENT_KINDS if name in by_kind},
            "chosen": [name for name in EVENT_KINDS if name in wanted],
            "months": dict(sorted(by_month.items(), reverse=True)),
        }

    def _stretch(
        self, ask: Ask, window: Window, start: int | None, size: int, *, newer: bool = False
    ) -> tuple[pd.DataFrame, int | None]:
        """A stretch, newest first, and the key to go on from in the same direction."""
        kept, _ = _kept(ask, ask.selection, window)
        with ask.data.connect() as connection:
            rows = connection.execute(_events(kept, start, size, newer=newer)).all()
        following = rows[size - 1].event_key if len(rows) > size else None
        rows = list(rows[:size])
        if newer:
            rows.reverse()
        texts = _texts(ask, {"Message": [row.source_key for row in rows if row.kind == "Message"]})
        zone = ZoneInfo(ask.data.time_zone)
        told = [
            (
                row.event_key, row.happened_date, _clock(row.happened_at, zone), row.kind, row.what, row.result,
                None if row.channel == "Unknown" else row.channel, row.staff if row.staff_key else None,
                None if row.amount is None else float(row.amount),
                texts.get(row.source_key) if row.kind == "Message" else None,
            )
            for row in rows
        ]  # fmt: skip
        return pd.DataFrame(told, columns=list(COLUMNS), dtype=object), following


def _kept(ask: Ask, selection: Selection, window: Window) -> tuple[list[ColumnElement[bool]], tuple[str, ...]]:
    kept, ignored = conditions(EVENT, selection.conditions(), ask.viewer, window, window.last_day)
    days = [rollup_event.c.happened_date >= window.start, rollup_event.c.happened_date < window.end]
    return [*kept, *days, *_place(ask, selection)], ignored


def _place(ask: Ask, selection: Selection) -> list[ColumnElement[bool]]:
    """The clients' keys as plain values beside the filter on their ids: a client's rows lie together, and only so does
    the engine go straight to them.
    """
    ids = dict(selection.filters).get("customer", ())
    if not ids:
        return []

    def ask_keys() -> list[int]:
        with ask.data.connect() as connection:
            found = connection.execute(select(dim_customer.c.customer_key).where(dim_customer.c.customer_id.in_(ids)))
            return [int(row[0]) for row in found]

    keys: list[int] = ask.data.memo.get(("keys of clients", ids), ask_keys)
    return [rollup_event.c.customer_key.in_(keys)]


def _events(kept: list[ColumnElement[bool]], start: int | None, size: int, *, newer: bool) -> Select[Any]:
    """One more than a stretch, so that it is known whether there is another.  The key is the order in time.

    ``newer``: those after the one with key ``start``, the next of them first; else those before it, the last first.
    """
    e = rollup_event.c
    wanted = select(
        e.event_key, e.happened_date, e.happened_at, e.kind, e.what, e.result, e.channel, e.staff_key, e.amount,
        e.source_key, dim_staff.c.full_name.label("staff"),
    ).select_from(rollup_event.outerjoin(dim_staff, dim_staff.c.staff_key == e.staff_key))  # fmt: skip
    begun = [] if start is None else [e.event_key > start if newer else e.event_key < start]
    return wanted.where(*kept, *begun).order_by(e.event_key if newer else e.event_key.desc()).limit(size + 1)


def _texts(ask: Ask, keys: Mapping[str, list[int]]) -> dict[int, str]:
    """What was written, by the key of the fact; nothing where the viewer's role reads no texts."""
    found: dict[int, str] = {}
    if not ask.viewer.reads_texts:
        return found
    for kind, wanted in keys.items():
        if not wanted or kind not in TEXTS:
            continue
        _, key, text = TEXTS[kind]
        for begin in range(0, len(wanted), KEYS_AT_ONCE):
            few = wanted[begin : begin + KEYS_AT_ONCE]
            with ask.data.connect() as connection:
                rows = connection.execute(select(key, text).where(key.in_(few), text.is_not(None))).all()
            found |= {int(row[0]): str(row[1]) for row in rows}
    return found


def _clock(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """The time of day in the site's zone; None where the source knew only the day."""
    return moment.replace(tzinfo=UTC).astimezone(zone).strftime("%H:%M") if moment is not None else None
