"""Rules: what makes a client belong to a saved segment.

A rule keeps conditions and never clients, so a segment is true of whatever data is loaded.  It looks at days of its
own: "last 90 days" rolls on with the data, two dates stay as they are.  See docs/decisions/0013-saved-segments.md.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from data_layer.semantics.dimensions import ANY_ATTRIBUTE, DIMENSIONS, SAVED
from data_layer.semantics.formats import days_in_words, exact
from data_layer.semantics.metric import Unit
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import PERIOD_LABELS, PeriodName, Window, resolve
from data_layer.semantics.selection import Selection

# What a threshold may be set on: metrics that add up, so that a client's share of one is a number of that client.
MEASURES = ("replied", "interactions", "sessions", "aum", "contributions", "net_flows", "followups_overdue_now")
MOST_THRESHOLDS = 4
DEEPEST = 3
LONGEST_RULE = 20_000
LARGEST_NUMBER = 1e12


class RuleError(ValueError):
    """A rule that cannot be; the message says why and what to do."""


class Than(StrEnum):
    """How a client's number is compared.  A client without any row has 0."""

    MORE = "more"
    LEAST = "least"
    MOST = "most"


THAN_WORDS: dict[Than, str] = {Than.MORE: "more than", Than.LEAST: "at least", Than.MOST: "at most"}


@dataclass(frozen=True)
class Threshold:
    """A metric per client against a number, as in: more than 3 replies to campaigns."""

    measure: str
    than: Than
    number: float

    @property
    def words(self) -> str:
        """“Replies to campaigns: more than 3”."""
        metric = METRICS[self.measure]
        return f"{metric.label}: {THAN_WORDS[self.than]} {exact(self.number, metric.unit).removesuffix('.00')}"


@dataclass(frozen=True)
class Rule:
    """All of it must hold of a client.

    ``conditions``: dimensions held to values, as in a selection.  ``period``, ``custom``: the days that conditions on
    what happened look at, and the last of which those on what holds do.  ``inside``: of each group, one rule must hold
    too; they are copies of the segments that were applied when this one was saved, so no rule can lead back to itself.
    """

    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    period: PeriodName = PeriodName.ALL
    custom: Window | None = None
    inside: "tuple[tuple[Named, ...], ...]" = ()

    @property
    def is_dated(self) -> bool:
        """Whether anything in it depends on the days; a client's own attributes do not."""
        return bool(self.thresholds) or any(DIMENSIONS[name].bridge for name, _ in self.conditions)

    @property
    def depth(self) -> int:
        """1 for a rule that contains no other."""
        return 1 + max((one.rule.depth for group in self.inside for one in group), default=0)

    def window(self, as_of: date, first_day: date) -> Window:
        """The days that it looks at in data up to ``as_of``."""
        return resolve(self.period, as_of, first_day, self.custom)

    @property
    def days_in_words(self) -> str:
        """“last 90 days, rolling”, or the two dates; empty where no day matters."""
        if not self.is_dated:
            return ""
        if self.custom is not None:
            return f"{days_in_words(self.custom)}, fixed"
        return "all" if self.period is PeriodName.ALL else f"{PERIOD_LABELS[self.period].lower()}, rolling"

    def to_text(self) -> str:
        """As it is stored: JSON, the same text for the same rule."""
        return json.dumps(_plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Rule":
        """What :meth:`to_text` wrote.  RuleError for what this version of the site does not know."""
        return _read(text)


@dataclass(frozen=True)
class Named:
    """A rule within another, with the name it had."""

    name: str
    rule: Rule


@dataclass(frozen=True)
class BoundRule:
    """A rule and the days of the data it is asked of: all that decides who belongs, as one text."""

    rule: Rule
    as_of: date
    first_day: date

    def to_text(self) -> str:
        """The value that a condition compares with, and a part of every cache key."""
        return f"{self.as_of.isoformat()} {self.first_day.isoformat()} {self.rule.to_text()}"

    @classmethod
    def from_text(cls, text: str) -> "BoundRule | None":
        """What :meth:`to_text` wrote; None for anything else, such as a segment's number that nobody looked up."""
        as_of, _, rest = text.partition(" ")
        first_day, _, rule = rest.partition(" ")
        try:
            return cls(Rule.from_text(rule), date.fromisoformat(as_of), date.fromisoformat(first_day))
        except ValueError:
            return None


@dataclass(frozen=True)
class Draft:
    """What a person asks to be kept: the state of a page, thresholds, and perhaps other days than the page's."""

    selection: Selection
    thresholds: tuple[Threshold, ...] = ()
    period: PeriodName | None = None

    def rule(self, as_of: date, first_day: date) -> Rule:
        """The rule.  RuleError where there is nothing to keep, or something that says nothing about clients."""
        conditions = tuple((name, values) for name, values in self.selection.conditions() if name != SAVED)
        for name, _ in conditions:
            check_of_clients(name)
        inside, (window, period) = self._inside(), self._days(as_of, first_day)
        rule = Rule(conditions, self.thresholds, period, window, inside)
        if not (conditions or self.thresholds or inside):
            raise RuleError("Choose a filter, click a mark or set a threshold first: everybody is no segment.")
        if rule.depth > DEEPEST:
            raise RuleError("This builds on a segment that builds on others; choose its filters themselves.")
        if not rule.is_dated:
            rule = Rule(conditions, inside=inside)
        if len(rule.to_text()) > LONGEST_RULE:
            raise RuleError("This rule is too long to be kept; choose fewer values.")
        return rule

    def _inside(self) -> tuple[tuple[Named, ...], ...]:
        """Copies of the rules of the segments that the selection is held to."""
        names = {held.rule: held.name for held in self.selection.segments}
        groups = [values for name, values in self.selection.conditions() if name == SAVED]
        return tuple(tuple(_copy(names.get(text, ""), text) for text in group) for group in groups)

    def _days(self, as_of: date, first_day: date) -> tuple[Window | None, PeriodName]:
        """The days in their own words where these are enough, else as two dates."""
        if self.period is not None and self.period is not PeriodName.CUSTOM:
            return None, self.period
        selection = self.selection
        narrowed = any(DIMENSIONS[pick.dimension].is_calendar for pick in selection.picks)
        if narrowed or selection.period is PeriodName.CUSTOM:
            return selection.window(as_of, first_day), PeriodName.CUSTOM
        return None, selection.period


def _copy(name: str, text: str) -> Named:
    bound = BoundRule.from_text(text)
    if bound is None:
        raise RuleError("A saved segment that was applied is not there any more; remove it first.")
    return Named(name, bound.rule)


def check_of_clients(name: str) -> None:
    """RuleError for a dimension that no client has a value of."""
    dimension = DIMENSIONS[name]
    if not (dimension.bridge or dimension.path[:1] == ("customer_key",) or name == ANY_ATTRIBUTE):
        raise RuleError(f"“{dimension.label}” says nothing about clients; remove that filter to save a segment.")


def threshold_of(measure: str, than: str, number: Any) -> Threshold:
    """A threshold as a person set it.  RuleError for a measure, comparison or number that is none."""
    if measure not in MEASURES or than not in set(Than):
        raise RuleError("This is no threshold that the site knows.")
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= LARGEST_NUMBER:
        raise RuleError(f"“{METRICS[measure].label}” needs a number.")
    if METRICS[measure].unit is Unit.COUNT and (number < 0 or number != int(number)):
        raise RuleError(f"“{METRICS[measure].label}” needs a whole number, 0 or more.")
    return Threshold(measure, Than(than), float(number))


@lru_cache(maxsize=512)
def _read(text: str) -> Rule:
    try:
        return _rule(json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise RuleError(f"The rule of this segment cannot be read any more ({error}).") from error


def _plain(rule: Rule) -> dict[str, Any]:
    custom = rule.custom
    return {
        "conditions": [[name, list(values)] for name, values in rule.conditions],
        "thresholds": [[one.measure, one.than.value, one.number] for one in rule.thresholds],
        "period": rule.period.value,
        "custom": [custom.start.isoformat(), custom.end.isoformat()] if custom else None,
        "inside": [[[one.name, _plain(one.rule)] for one in group] for group in rule.inside],
    }


def _rule(plain: Any) -> Rule:
    custom = plain["custom"]
    return Rule(
        tuple(_conditions(plain["conditions"])),
        tuple(threshold_of(*one) for one in plain["thresholds"]),
        PeriodName(plain["period"]),
        Window(*(date.fromisoformat(day) for day in custom)) if custom else None,
        tuple(tuple(Named(str(name), _rule(rule)) for name, rule in group) for group in plain["inside"]),
    )


def _conditions(plain: Iterable[Any]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for name, values in plain:
        if name not in DIMENSIONS or name == SAVED:
            raise RuleError(f"“{name}” is not known any more")
        check_of_clients(name)
        yield name, tuple(str(value) for value in values)
