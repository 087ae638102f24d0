"""How far the messages of campaigns came: from those they were meant for to those who converted."""

from dataclasses import dataclass
from math import nan

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.query import Query
from data_layer.semantics.result import Columns
from data_layer.semantics.run import run

# Each step by its metric: what people call it, and the step that its share is of.
STEPS: dict[str, tuple[str, str]] = {
    "campaign_audience": ("Audience", ""),
    "sent": ("Sent", "campaign_audience"),
    "delivered": ("Delivered", "sent"),
    "read": ("Read", "delivered"),
    "replied": ("Replied", "delivered"),
    "campaign_conversions": ("Converted", "delivered"),
}


@dataclass(frozen=True)
class CampaignFunnel:
    """Recipients by how far their message came, in the period.

    Frame: ``step`` (in order), ``recipients``, ``share`` (a fraction, NaN where unknown) and ``of`` (the step that it is a
    share of, None for the first).  A step that no source reports is left out.
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(STEPS)

    def __call__(self, ask: Ask) -> Answer:
        result = run(Query(self.metrics), ask.selection, ask.viewer, ask.data)
        values = {name: result.value(name) for name in STEPS}
        known = [(name, value) for name, value in values.items() if value is not None]
        columns: Columns = {
            "step": [STEPS[name][0] for name, _ in known],
            "recipients": [value for _, value in known],
            "share": [_share(value, values.get(STEPS[name][1])) for name, value in known],
            "of": [STEPS[STEPS[name][1]][0] if STEPS[name][1] else None for name, _ in known],
        }
        audience = values["campaign_audience"]
        if not audience:
            columns = {name: [] for name in columns}
        return Answer(columns, result.window, {}, result.missing, result.ignored, int(audience or 0))


def _share(value: float, whole: float | None) -> float:
    return value / whole if whole else nan
