"""Saved segments as viewers use them: which there are for whom, and what a link that names one means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import Engine

from data_layer.access import Viewer
from data_layer.appdb import segments as kept
from data_layer.appdb.naming import SHARED_WITH, Gone, SavedError
from data_layer.appdb.segments import SavedSegment
from data_layer.semantics.dimensions import SAVED
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import Comparison, PeriodName
from data_layer.semantics.query import Query
from data_layer.semantics.records import Records, records_of
from data_layer.semantics.rules import BoundRule, Rule, RuleError, Than, Threshold
from data_layer.semantics.run import run
from data_layer.semantics.selection import HeldSegment, Selection
from data_layer.warehouse.engine import Generation

HIGH_INTENT = "high-intent"
HIGH_INTENT_REPLIES = 3
CLIENTS = "total_clients"


@dataclass(frozen=True)
class Segments:
    """The segments of a site.  Without an ``engine`` there are those that ship with it.

    ``high_intent_replies``: to more campaigns than this a client of high intent has replied.
    """

    engine: Engine | None = None
    high_intent_replies: int = HIGH_INTENT_REPLIES

    @property
    def database(self) -> Engine:
        """Where they are kept.  SavedError where that is nowhere."""
        if self.engine is None:
            raise SavedError("Nothing can be saved here.")
        return self.engine

    @cached_property
    def high_intent(self) -> SavedSegment:
        """The clients who replied to campaigns so often that they should be called."""
        text = high_intent_rule(self.high_intent_replies).to_text()
        return SavedSegment(HIGH_INTENT, None, "High intent", frozenset(SHARED_WITH), text)

    def usable(self, viewer: Viewer) -> Sequence[SavedSegment]:
        """All that the viewer may use, those that ship with the site first, then by name."""
        stored = kept.everyones(self.engine) if self.engine else ()
        return [one for one in (self.high_intent, *stored) if one.may_be_used_by(viewer)]

    def offered(self, viewer: Viewer) -> Sequence[SavedSegment]:
        """Those to filter by: of others' private ones, which administrators may look after, none."""
        return [one for one in self.usable(viewer) if one.roles or one.owner == viewer.login]

    def find(self, id: str, viewer: Viewer) -> SavedSegment:
        """One that the viewer may use.  Gone for any other, whether it exists or not."""
        found = self.high_intent if id == HIGH_INTENT else kept.get(self.engine, id) if self.engine else None
        if found is None or not found.may_be_used_by(viewer):
            raise Gone(f"There is no saved segment {id[:40]}, or it is not shared with you.")
        return found

    def named(self, text: str, viewer: Viewer) -> SavedSegment:
        """One by its number, else the only one of that name.  Gone where that is none."""
        matching = [one for one in self.usable(viewer) if one.name.casefold() == text.strip().casefold()]
        return matching[0] if len(matching) == 1 else self.find(text, viewer)

    def hold(self, selection: Selection, viewer: Viewer, data: Generation, *, strict: bool = False) -> Selection:
        """The selection with the rules of the segments that it names.

        One that is gone, or not the viewer's to use, is taken out and named in ``problems``; ``strict``: Gone.
        """
        wanted = dict.fromkeys(value for name, values in selection.wanted() if name == SAVED for value in values)
        held, problems = [], []
        for id in wanted:
            try:
                segment = self.find(id, viewer)
                rule = Rule.from_text(segment.rule)
            except (Gone, RuleError) as error:
                if strict:
                    raise Gone(str(error)) from error
                problems.append(f"{error} It was left out.")
                continue
            held.append(HeldSegment(id, segment.name, _bound(rule, data)))
            if missing(rule, data):
                problems.append(
                    f"“{segment.name}” holds nobody: {METRICS[missing(rule, data)[0]].label} is not loaded."
                )
        if not wanted:
            return selection
        known = {one.id for one in held}
        return replace(
            selection.without(SAVED, [id for id in wanted if id not in known]),
            segments=tuple(held),
            problems=(*selection.problems, *problems),
        )


def high_intent_rule(replies: int) -> Rule:
    """Who replied to more campaigns than this."""
    return Rule(thresholds=(Threshold("replied", Than.MORE, float(replies)),))


def alone(rule: Rule, data: Generation) -> Selection:
    """Everybody who meets a rule, and nothing else: as of the last day of the data."""
    held = HeldSegment("rule", "", _bound(rule, data))
    return Selection(PeriodName.ALL, None, Comparison.NONE, ((SAVED, (held.id,)),), segments=(held,))


def count(rule: Rule, viewer: Viewer, data: Generation) -> int | None:
    """How many clients of the viewer meet a rule now; None where nobody loaded clients, or what the rule measures."""
    if missing(rule, data):
        return None
    found = run(Query((CLIENTS,)), alone(rule, data), viewer, data).value(CLIENTS)
    return None if found is None else int(found)


def missing(rule: Rule, data: Generation) -> list[str]:
    """The metrics that a rule measures and nobody has loaded."""
    within = [name for group in rule.inside for one in group for name in missing(one.rule, data)]
    return [one.measure for one in rule.thresholds if not data.has(*METRICS[one.measure].needs)] + within


def clients(rule: Rule, viewer: Viewer, data: Generation) -> Records:
    """The clients of the viewer who meet a rule, without contact data where the role masks it."""
    return records_of(CLIENTS, alone(rule, data), viewer, data)


def _bound(rule: Rule, data: Generation) -> str:
    return BoundRule(rule, data.as_of, data.first_day).to_text()
