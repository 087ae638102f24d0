"""The health score: its components, what each weighs, and how each becomes a number from 0 to 100."""

from dataclasses import dataclass

LEAST_COVERAGE = 0.5  # of the weights; under it there is no score
HISTORY_MONTHS = 36

HALF_LIFE_DAYS = 30  # recency: half the score for every so many days without a sign from the client
HELP_DAYS, HELP_MOST = 90, 4
SATISFIED_DAYS = 180
YEAR_DAYS = 365
DIGITAL_DAYS, DIGITAL_FULL_DAYS = 30, 6
TREND_DAYS, TREND_FULL = 180, 0.2
TENURE_FULL_DAYS = 1826


@dataclass(frozen=True)
class Component:
    """A part of the score.  ``name``: its column in ``rollup_health`` and its name in the setting of the weights."""

    name: str
    label: str
    means: str


COMPONENTS: tuple[Component, ...] = (
    Component(
        "recency", "Recency", f"halves every {HALF_LIFE_DAYS} days since the last digital session or meeting with the client"
    ),
    Component(
        "frequency", "Requests for help",
        f"service contacts and conversations in {HELP_DAYS} days; none is 100, {HELP_MOST} or more are 0",
    ),
    Component("followups", "Follow-ups kept", f"share of those due in {YEAR_DAYS} days that were completed on time"),
    Component("satisfaction", "Satisfaction", f"mean score of {SATISFIED_DAYS} days; 1 of 5 is 0, 5 of 5 is 100"),
    Component(
        "digital", "Digital engagement", f"days with a session in {DIGITAL_DAYS}; {DIGITAL_FULL_DAYS} or more are 100"
    ),
    Component(
        "balance", "Balance trend",
        f"change in {TREND_DAYS} days; none is 50, {TREND_FULL:.0%} more is 100, {TREND_FULL:.0%} less is 0",
    ),
    Component("tenure", "Tenure", "years since first seen; five or more are 100"),
)  # fmt: skip
NAMES = tuple(component.name for component in COMPONENTS)
DEFAULT_WEIGHTS: dict[str, float] = {
    "recency": 15, "frequency": 25, "followups": 5, "satisfaction": 10, "digital": 25, "balance": 15, "tenure": 5,
}  # fmt: skip


def weights_text(weights: dict[str, float]) -> str:
    """Weights as the setting writes them."""
    return ",".join(f"{name}={weights[name]:g}" for name in NAMES)


def read_weights(text: str) -> dict[str, float]:
    """The weights of a setting, a component that it does not name weighing nothing.  ValueError says what is wrong."""
    found = dict.fromkeys(NAMES, 0.0)
    for part in text.split(","):
        name, sign, number = (piece.strip() for piece in part.partition("="))
        if name not in found or not sign:
            raise ValueError(f"is {text!r}; write NAME=WEIGHT of {', '.join(NAMES)}, with commas between")
        try:
            found[name] = float(number)
        except ValueError:
            raise ValueError(f"has no number after {name}=") from None
        if not 0 <= found[name] <= 1000:
            raise ValueError(f"gives {name} the weight {number}; write one from 0 to 1000")
    if not any(found.values()):
        raise ValueError("weighs nothing; give at least one component a weight")
    return found
