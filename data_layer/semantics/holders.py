"""Who held something when: of the holders on one day, how many hold on another, for any pair of days.

As :mod:`data_layer.semantics.daily` does for figures that add up: the spans are read once, and serve every period.
Filters reach spans by their client alone, so that who is in it at the start is in it at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from sqlalchemy import Select, select

from data_layer.semantics.daily import Whole
from data_layer.semantics.metric import Metric
from data_layer.semantics.query import N_SUFFIX, Frame, Part, Query, bucket_days
from data_layer.semantics.result import Columns
from data_layer.semantics.scope import conditions
from data_layer.warehouse.functions import Column


@dataclass(frozen=True)
class Holders:
    """Spans: the client, the first day and the day after the last.  Those of one client never overlap."""

    clients: Whole
    begins: Whole
    ceases: Whole

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.clients.nbytes + self.begins.nbytes + self.ceases.nbytes

    def on(self, day: int) -> Whole:
        """The clients who hold on a day, given as its ordinal."""
        holders: Whole = self.clients[(self.begins <= day) & (self.ceases > day)]
        return holders

    def figures(self, part: Part, query: Query, frame: Frame) -> Columns:
        """The share of the holders before each bucket who hold at its end: a row a bucket that had any."""
        grain = query.calendar.grain if query.calendar else None
        rows = []
        for start, day, before in bucket_days(grain, frame):
            holders = self.on(before.toordinal())
            stayed = np.intersect1d(holders, self.on(day.toordinal()), assume_unique=True)
            if len(holders) or query.calendar is None:
                rows.append((start, len(stayed) / len(holders) if len(holders) else nan, len(holders)))
        name = part.first.name
        columns: Columns = {query.calendar.name: [row[0] for row in rows]} if query.calendar else {}
        return columns | {name: [row[1] for row in rows], name + N_SUFFIX: [row[2] for row in rows]}


def statement(metrics: tuple[Metric, ...], frame: Frame) -> Select[Any]:
    """The SELECT of the spans, under filters that the fact can follow."""
    fact = metrics[0].fact
    kept, _ = conditions(fact, list(frame.filters), frame.viewer, frame.window, frame.window.last_day)
    spans = fact.table.c
    return select(spans.customer_key, spans.valid_from, spans.valid_to).where(*kept)


def read(_metrics: tuple[Metric, ...], columns: Sequence[Column]) -> Holders:
    """The spans of the columns that :func:`statement` gives."""
    clients, begins, ceases = (column.values for column in columns)
    return Holders(clients, begins, ceases)
