"""Targets: the value that a metric should reach, and red, amber or green by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from data_layer.semantics.formats import short
from data_layer.semantics.metric import Good, Kind, Metric, Unit
from data_layer.semantics.metrics import METRICS

State = Literal["good", "watch", "bad"]
# Amber reaches so far below the target (above it, where less is better) unless somebody says otherwise.
USUAL_MARGIN = 0.1
# What adds up over days has its target for so many of them.
BASE_DAYS = 30


class TargetError(ValueError):
    """A target that makes no sense; the message says why and what to write."""


@dataclass(frozen=True)
class Target:
    """From ``value`` on it is green, from ``watch`` on amber, beyond that red; in the metric's unit.

    ``team``: holds for this team alone, None for everybody.  Of a metric that adds up over days both values are for
    :data:`BASE_DAYS` days.
    """

    metric: str
    value: float
    watch: float
    team: str | None = None

    def over(self, days: int) -> "Target":
        """The same target for so many days: in proportion where the metric adds up over them, else unchanged."""
        if not adds_up(METRICS[self.metric]):
            return self
        share = days / BASE_DAYS
        return Target(self.metric, self.value * share, self.watch * share, self.team)

    def state(self, actual: float | None) -> State | None:
        """Which of the three an actual value is; None for an unknown one."""
        if actual is None:
            return None
        sign = -1 if METRICS[self.metric].good is Good.DOWN else 1
        if sign * actual >= sign * self.value:
            return "good"
        return "watch" if sign * actual >= sign * self.watch else "bad"

    @property
    def words(self) -> str:
        """≥ 90.0 %; ≤ 15 min."""
        sign = "≤" if METRICS[self.metric].good is Good.DOWN else "≥"
        return f"{sign} {short(self.value, METRICS[self.metric].unit)}"


@dataclass(frozen=True)
class Targets:
    """All targets of a site; of two for the same metric and team the last one holds."""

    kept: tuple[Target, ...] = ()

    def of(self, metric: str) -> tuple[Target, ...]:
        """The targets of a metric, for everybody and for teams."""
        return tuple({one.team: one for one in self.kept if one.metric == metric}.values())

    def best(self, metric: str, team: str | None) -> Target | None:
        """The team's own target, else everybody's; None where neither is set."""
        found = {one.team: one for one in self.of(metric)}
        return found.get(team) or found.get(None)

    def __str__(self) -> str:
        """As the setting TARGETS writes them."""
        return ", ".join(f"{one.metric}={one.value:g}/{one.watch:g}" for one in self.kept)


def adds_up(metric: Metric) -> bool:
    """Whether longer periods give larger values of the metric."""
    return metric.kind is Kind.FLOW and metric.additive


def new_target(metric: str, value: float, watch: float | None = None, team: str | None = None) -> Target:
    """A target that makes sense.  TargetError for an unknown metric, one that has no good direction or whose target
    would depend on the length of the period in no simple way, and for amber on the green side.
    """
    declared = METRICS.get(metric)
    if declared is None:
        raise TargetError(f"There is no metric “{metric}”; `dashapp metric --list` shows them all.")
    if declared.good is Good.NEUTRAL:
        raise TargetError(f"“{declared.label}” has no good direction, so it can have no target.")
    if declared.unit is Unit.COUNT and declared.kind is Kind.FLOW and not declared.additive:
        raise TargetError(f"“{declared.label}” does not add up over days, so it can have no target for all periods.")
    sign = -1 if declared.good is Good.DOWN else 1
    amber = value - sign * USUAL_MARGIN * abs(value) if watch is None else watch
    if sign * amber > sign * value:
        side = "not below" if declared.good is Good.DOWN else "not above"
        raise TargetError(f"The amber value of “{declared.label}” must be {side} the target.")
    return Target(metric, value, amber, team)


def read_value(text: str) -> float:
    """A number as people write it: 0.9, 90%, 90 %, 1,200.  TargetError for anything else."""
    plain = text.strip().replace(",", "").replace("\u00a0", "")
    try:
        number = float(plain.removesuffix("%"))
    except ValueError:
        raise TargetError(f"“{text}” is no number; write it like 90% or 15.") from None
    if number != number or abs(number) == float("inf"):
        raise TargetError(f"“{text}” is no number; write it like 90% or 15.")
    return number / 100 if plain.endswith("%") else number


def read_targets(text: str) -> Targets:
    """``METRIC=VALUE`` or ``METRIC=VALUE/AMBER``, parted by commas; ``none``.  TargetError for anything else."""
    if text.strip().lower() == "none":
        return Targets()
    return Targets(tuple(_read_one(part) for part in filter(None, (part.strip() for part in text.split(",")))))


def _read_one(text: str) -> Target:
    name, sign, values = text.partition("=")
    if not sign:
        raise TargetError(f"“{text}” is no target; write METRIC=VALUE or METRIC=VALUE/AMBER.")
    value, slash, watch = values.partition("/")
    return new_target(name.strip(), read_value(value), read_value(watch) if slash else None)


def merged(defaults: Targets, own: Iterable[Target]) -> Targets:
    """The defaults, each replaced where one's own says otherwise."""
    found = {(one.metric, one.team): one for one in (*defaults.kept, *own)}
    return Targets(tuple(found.values()))
