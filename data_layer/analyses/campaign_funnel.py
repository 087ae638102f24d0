"""How far the messages of campaigns came: from those they were meant for to those who converted."""

from dataclasses import dataclass
from math import nan

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.query import Query
from data_layer.semantics.run import run

# Each step, and the step that its share is of.
STEPS: tuple[tuple[str, str], ...] = (
    ("campaign_audience", ""),
    ("sent", "campaign_audience"),
    ("delivered", "sent"),
    ("read", "delivered"),
    ("replied", "delivered"),
    ("campaign_conversions", "delivered"),
)


@dataclass(frozen=True)
class CampaignFunnel:
    """Recipients by how far their message came, in the period.

    Frame: ``step`` (a metric's name, in order), ``recipients``, ``of`` (the metric that the share is of, "" for the
    first) and ``share`` (a fraction, NaN where unknown).  A step that no source reports is left out.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(name for name, _ in STEPS)

    def __call__(self, ask: Ask) -> Answer:
        result = run(Query(self.metrics), ask.selection, ask.viewer, ask.data)
        values = {name: result.value(name) for name in self.metrics}
        known = [(name, of, value) for name, of in STEPS if (value := values[name]) is not None]
        columns = {
            "step": [name for name, _, _ in known],
            "recipients": [value for _, _, value in known],
            "of": [of for _, of, _ in known],
            "share": [_share(value, values.get(of)) for _, of, value in known],
        }
        audience = values["campaign_audience"]
        if not audience:
            columns = {name: [] for name in columns}
        return Answer(columns, result.window, {}, result.missing, result.ignored, int(audience or 0))


def _share(value: float, whole: float | None) -> float:
    return value / whole if whole else nan
