"""The newest records behind a metric, as a table of a few columns."""

from dataclasses import dataclass

import pandas as pd

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.records import records_of


@dataclass(frozen=True)
class LatestRecords:
    """The newest ``most`` records of a metric in the period.

    ``fields``: names of its record set, in their order here; one that the viewer may not see is left out.
    Frame: the fields, under their labels.  Facts: ``count`` (of all records), ``numbers`` (the labels of figures, with
    their units).
    """

    metric: str
    fields: tuple[str, ...]
    most: int = 12

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    def __call__(self, ask: Ask) -> Answer:
        if not ask.data.has(*METRICS[self.metric].needs):
            return Answer(pd.DataFrame(), ask.window, missing=self.metrics)
        records = records_of(self.metric, ask.selection, ask.viewer, ask.data)
        about = {field.name: field for field in records.fields}
        shown = [about[name] for name in self.fields if name in about]
        rows = [[row[field.name] for field in shown] for row in records.page(0, self.most)]
        frame = pd.DataFrame(rows, columns=[field.label for field in shown], dtype=object)
        count = records.count()
        units = {field.label: field.unit for field in shown if field.unit is not None}
        return Answer(frame, ask.window, {"count": count, "units": units}, n=count)
