"""How many clients of a cohort are left, month by month."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.period import DAY, Window, add_months, bucket_start, buckets
from data_layer.semantics.query import N_SUFFIX, NAME_SUFFIX, Query
from data_layer.semantics.run import run

RATE = "cohort_retention"


@dataclass(frozen=True)
class CohortRetention:
    """Of the clients who first held a product in a month, the share who hold one at the end of the k-th month after it.

    The last ``months`` months that were complete at the period's end; month 0 is the cohort's own.  Months that are not
    over are left out: a month that still runs would look like a loss.
    Frame: ``cohort`` (as 2026-11) with ``cohort__name``, ``months_on``, ``month`` (its first day), the rate and its n.
    """

    months: int = 18

    @property
    def metrics(self) -> tuple[str, ...]:
        return (RATE,)

    def __call__(self, ask: Ask) -> Answer:
        window = self.window(ask)
        held = ask.selection.with_filter("cohort", self._cohorts(ask, window))
        result = run(Query(self.metrics, ("cohort", "month")), held, ask.viewer, ask.data, window)
        if result.missing:
            return Answer(pd.DataFrame(), window, missing=result.missing)
        frame = result.frame
        rows = [
            (cohort, name, months_between(cohort, month), month, value, n)
            for cohort, name, month, value, n in zip(
                frame["cohort"], frame["cohort" + NAME_SUFFIX], frame["month"], frame[RATE], frame[RATE + N_SUFFIX],
                strict=True,
            )
            if n
        ]  # fmt: skip
        columns = ["cohort", "cohort" + NAME_SUFFIX, "months_on", "month", RATE, RATE + N_SUFFIX]
        cells = pd.DataFrame(rows, columns=columns)
        sizes = cells.groupby("cohort")[RATE + N_SUFFIX].max()
        return Answer(cells, window, {}, (), result.ignored, int(sizes.sum()))

    @staticmethod
    def _cohorts(ask: Ask, window: Window) -> list[str]:
        """The cohorts of those months, of which the selection may want only some; never none, which would be all."""
        months = [f"{month:%Y-%m}" for month in buckets(window, "month")]
        wanted = dict(ask.selection.filters).get("cohort", months)
        return [month for month in months if month in wanted] or ["none of them"]

    def window(self, ask: Ask) -> Window:
        """Whole months, the last one complete in the data and in the period."""
        end = bucket_start(min(ask.window.last_day, ask.data.as_of) + DAY, "month")
        first = bucket_start(ask.data.first_day, "month")
        return Window(min(max(add_months(end, -self.months), first), add_months(end, -1)), end)


def months_between(cohort: str, month: date) -> int:
    """From the cohort 2026-01 to a month of March 2026: 2."""
    year, number = int(cohort[:4]), int(cohort[5:7])
    return (month.year - year) * 12 + month.month - number
