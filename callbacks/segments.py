"""Saved segments: what a page shows is kept as a rule, listed, shared, taken away, and downloaded as a list of clients.

Whose a segment is and who may use it is decided for every request from the database; a number that is not the viewer's
answers as one that does not exist.
"""

import re
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g

from callbacks.chips import value_in_words
from callbacks.exports import csv_download, csv_lines
from callbacks.payload import Desk
from callbacks.saved import answered, body, roles_in, text_in
from data_layer import segments
from data_layer.access import Viewer
from data_layer.appdb import segments as kept
from data_layer.appdb.naming import SHARED_WITH, Gone, NotYours
from data_layer.appdb.segments import SavedSegment
from data_layer.semantics.cache import key_of
from data_layer.semantics.dimensions import DIMENSIONS, SAVED
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import PERIOD_LABELS, PeriodName
from data_layer.semantics.rules import MEASURES, MOST_THRESHOLDS, THAN_WORDS, Draft, Rule, RuleError, threshold_of
from data_layer.warehouse.engine import Generation
from layouts.shell import ROLE_WORDS

MOST_VALUES_IN_WORDS = 4


def register(server: Flask, desk: Desk) -> None:
    """The routes; the guard lets in people who are logged in."""
    server.get("/segments", endpoint="list_segments")(answered(lambda: listing(desk, g.viewer)))
    server.post("/segments/count", endpoint="count_segment")(answered(lambda: counted(desk, g.viewer)))
    server.post("/segments", endpoint="save_segment")(answered(lambda: saved(desk, g.viewer)))
    server.patch("/segments/<id>", endpoint="change_segment")(answered(lambda id: changed(desk, g.viewer, id)))
    server.delete("/segments/<id>", endpoint="delete_segment")(answered(lambda id: removed(desk, g.viewer, id)))

    @server.get("/segments/<id>.csv")
    def segment_csv(id: str) -> Response:
        return download(desk, g.viewer, id)


def listing(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """The segments of a viewer, and what a new one may be made of."""
    data = desk.data(viewer)
    return {
        "segments": [described(desk, data, viewer, one) for one in desk.segments.usable(viewer)],
        "roles": [{"value": role.value, "label": ROLE_WORDS[role]} for role in SHARED_WITH],
        "measures": [
            {"value": name, "label": METRICS[name].label, "unit": METRICS[name].unit.value}
            for name in MEASURES
            if data.has(*METRICS[name].needs)
        ],
        "than": [{"value": than.value, "label": words} for than, words in THAN_WORDS.items()],
        "periods": [
            {"value": period.value, "label": label}
            for period, label in PERIOD_LABELS.items()
            if period is not PeriodName.CUSTOM
        ],
    }


def described(desk: Desk, data: Generation, viewer: Viewer, segment: SavedSegment) -> dict[str, Any]:
    """One segment for the list: its rule in words that this viewer may read."""
    try:
        rule = Rule.from_text(segment.rule)
        words, days = rule_in_words(desk, data, viewer, rule), rule.days_in_words
    except RuleError as error:
        words, days = [str(error)], ""
    return {
        "id": segment.id, "name": segment.name, "owner": segment.owner, "words": words, "days": days,
        "mine": segment.owner == viewer.login, "mayChange": segment.may_be_changed_by(viewer),
        "roles": [role.value for role in SHARED_WITH if role in segment.roles],
    }  # fmt: skip


def rule_in_words(desk: Desk, data: Generation, viewer: Viewer, rule: Rule) -> list[str]:
    """“Channel: Phone or E-mail”, “Replies to campaigns: more than 3”: everything that must hold."""
    found = []
    for name, values in rule.conditions:
        shown = [value_in_words(desk, data, viewer, name, value) for value in values[:MOST_VALUES_IN_WORDS]]
        more = len(values) - len(shown)
        found.append(f"{DIMENSIONS[name].label}: {' or '.join(shown)}{f' or {more} more' if more else ''}")
    found += [threshold.words for threshold in rule.thresholds]
    found += [f"{DIMENSIONS[SAVED].label}: {' or '.join(one.name for one in group)}" for group in rule.inside]
    return found


def counted(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """How many clients of the viewer belong: to a segment by its number, or to one that is being made."""
    sent, data = body(), desk.data(viewer)
    if "id" in sent:
        rule = Rule.from_text(desk.segments.find(text_in(sent, "id", 80), viewer).rule)
    else:
        rule = drafted(desk, viewer, sent, data)
    count = count_of(desk, data, viewer, rule)
    return {"count": count, "words": rule_in_words(desk, data, viewer, rule), "days": rule.days_in_words}


def count_of(desk: Desk, data: Generation, viewer: Viewer, rule: Rule) -> int | None:
    """How many clients of the viewer meet a rule; asked once of each state of the data."""
    key = key_of("segment", data.id, viewer.cache_key(), rule.to_text())
    found = desk.cache.get(key, lambda: str(segments.count(rule, viewer, data)).encode()).decode()
    return int(found) if found.isdigit() else None


def drafted(desk: Desk, viewer: Viewer, sent: dict[str, Any], data: Generation) -> Rule:
    """The rule of what was sent: ``search`` of the page, ``thresholds``, ``period``.  RuleError says what is wrong."""
    selection = desk.selection(text_in(sent, "search"), viewer, strict=True)
    given = sent.get("thresholds") or []
    if not isinstance(given, list) or len(given) > MOST_THRESHOLDS or any(not _is_triple(one) for one in given):
        raise RuleError(f"A segment has at most {MOST_THRESHOLDS} thresholds.")
    period = text_in(sent, "period", 20)
    if period and period not in set(PeriodName):
        raise RuleError("Choose the days from the list.")
    draft = Draft(selection, tuple(threshold_of(*one) for one in given), PeriodName(period) if period else None)
    return draft.rule(data.as_of, data.first_day)


def _is_triple(one: Any) -> bool:
    return isinstance(one, list) and len(one) == 3 and all(isinstance(part, str) for part in one[:2])


def saved(desk: Desk, viewer: Viewer) -> dict[str, Any]:
    """Keep what was sent under a name."""
    sent, data, engine = body(), desk.data(viewer), desk.segments.database
    rule = drafted(desk, viewer, sent, data)
    name = text_in(sent, "name", 400)
    segment = kept.add(engine, viewer.login, name, roles_in(sent), rule.to_text(), datetime.now(UTC))
    note(desk, viewer, "segment_saved", segment)
    return described(desk, data, viewer, segment)


def changed(desk: Desk, viewer: Viewer, id: str) -> dict[str, Any]:
    """Rename, or share with other roles."""
    sent, segment = body(), changeable(desk, viewer, id)
    name = text_in(sent, "name", 400) if "name" in sent else None
    roles = roles_in(sent) if "roles" in sent else None
    kept.change(desk.segments.database, id, datetime.now(UTC), name, roles)
    after = desk.segments.find(segment.id, viewer)
    note(desk, viewer, "segment_changed", after)
    return described(desk, desk.data(viewer), viewer, after)


def removed(desk: Desk, viewer: Viewer, id: str) -> dict[str, Any]:
    """Take away for everybody."""
    segment = changeable(desk, viewer, id)
    kept.remove(desk.segments.database, id)
    note(desk, viewer, "segment_deleted", segment)
    return {"id": id}


def changeable(desk: Desk, viewer: Viewer, id: str) -> SavedSegment:
    """A segment that the viewer may change.  Gone where it is not theirs to see, NotYours where only that."""
    segment = desk.segments.find(id, viewer)
    if not segment.may_be_changed_by(viewer):
        raise NotYours("Only its owner or an administrator can change this segment.")
    return segment


def note(desk: Desk, viewer: Viewer, action: str, segment: SavedSegment) -> None:
    """A line in the audit log."""
    roles = sorted(role.value for role in segment.roles)
    desk.note(viewer.login, action, {"segment": segment.id, "name": segment.name, "roles": roles})


def download(desk: Desk, viewer: Viewer, id: str) -> Response:
    """The clients of a segment as CSV, with their contact data where the viewer's role may read it."""
    data, segment = desk.data(viewer), desk.segments.find(id, viewer)
    try:
        rule = Rule.from_text(segment.rule)
    except RuleError as error:
        raise Gone(str(error)) from error
    records = segments.clients(rule, viewer, data)
    detail = {"segment": segment.id, "name": segment.name, "kind": "clients", "contact": not viewer.masked}
    desk.note(viewer.login, "export", detail)
    name = re.sub(r"[^a-z0-9]+", "-", segment.name.lower()).strip("-") or "segment"
    return csv_download(f"{name}.csv", csv_lines([[field.label for field in records.fields]], records.all()))
