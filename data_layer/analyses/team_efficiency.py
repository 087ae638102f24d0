"""Red, amber or green: does the team answer in time?"""

from dataclasses import dataclass, replace

from data_layer.analyses.answer import Answer, Ask
from data_layer.analyses.plain import Headline
from data_layer.semantics.formats import short
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics.service import ANSWER_TARGET_MINUTES, EFFICIENCY_AMBER, EFFICIENCY_GREEN


@dataclass(frozen=True)
class TeamEfficiency:
    """The share of conversations answered within target over the last seven days of the period.

    Facts as of :class:`Headline`, and ``state``: good, watch or bad by the targets, None where the share is unknown;
    ``target_text``: the target in words.
    """

    days: int = 7

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("answered_in_target_rate", "first_response_minutes")

    def __call__(self, ask: Ask) -> Answer:
        answer = Headline("answered_in_target_rate", self.days, ("first_response_minutes",))(ask)
        share = answer.facts["value"]
        facts = {
            **answer.facts,
            "state": state_of(share),
            "target_text": f"Target: {short(EFFICIENCY_GREEN, Unit.RATE)} within {ANSWER_TARGET_MINUTES} min",
        }
        return replace(answer, facts=facts)


def state_of(share: float | None) -> str | None:
    """good from the green threshold on, watch from the amber one on, else bad; None for unknown."""
    if share is None:
        return None
    return "good" if share >= EFFICIENCY_GREEN else "watch" if share >= EFFICIENCY_AMBER else "bad"
