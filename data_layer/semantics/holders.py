"""Who held something when: of the holders on one day, how many hold on another, for any pair of days.

As :mod:`data_layer.semantics.daily` does for figures that add up: the spans are read once, and serve every period.
Filters reach spans by their client alone, so that who is in it at the start is in it at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select

from data_layer.semantics.metric import Metric
from data_layer.semantics.query import N_SUFFIX, Frame, Part, Query, bucket_days
from data_layer.semantics.result import Columns
from data_layer.semantics.scope import conditions
from data_layer.warehouse.functions import Column

Small = NDArray[np.int32]


@dataclass(frozen=True)
class Holders:
    """Spans: the client, the first day and the day after the last.  Those of one client never overlap.

    ``again``: whether the span's client has other spans too, as one who left and returned.
    """

    clients: Small
    begins: Small
    ceases: Small
    again: NDArray[np.bool_]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.clients.nbytes + self.begins.nbytes + self.ceases.nbytes + self.again.nbytes

    def on(self, day: int) -> NDArray[np.bool_]:
        """Which spans hold on a day, given as its ordinal."""
        return (self.begins <= day) & (self.ceases > day)

    def stayed(self, start: NDArray[np.bool_], end: NDArray[np.bool_]) -> int:
        """How many of the clients of some spans have one of the others: by the same span, or by another after a break."""
        left, returned = (self.clients[of & ~other & self.again] for of, other in ((start, end), (end, start)))
        return int(np.count_nonzero(start & end)) + len(np.intersect1d(left, returned, assume_unique=True))

    def figures(self, part: Part, query: Query, frame: Frame) -> Columns:
        """The share of the holders before each bucket who hold at its end: a row a bucket that had any."""
        grain = query.calendar.grain if query.calendar else None
        rows = []
        for start, day, before in bucket_days(grain, frame):
            held = self.on(before.toordinal())
            n = int(np.count_nonzero(held))
            if n or query.calendar is None:
                rows.append((start, self.stayed(held, self.on(day.toordinal())) / n if n else nan, n))
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
    clients, begins, ceases = (column.values.astype(np.int32) for column in columns)
    several = np.bincount(clients) > 1
    return Holders(clients, begins, ceases, several[clients])
