"""Follow-ups that people add on the site: who may see, add and settle which of them.

A member of staff has their own; a lead those of the team; who sees everything sees all.  Those of other systems come
with the data and are never changed here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from data_layer.access import Role, Viewer
from data_layer.appdb import audit
from data_layer.appdb import followups as kept
from data_layer.appdb.followups import NewFollowup, OwnFollowup, Status
from data_layer.appdb.naming import Gone, NotYours, SavedError
from data_layer.semantics.finding import find_clients
from data_layer.semantics.members import Member, exists
from data_layer.warehouse.engine import Generation

WRITERS = frozenset({Role.STAFF, Role.SALES_MANAGER, Role.SUPPORT_LEAD, Role.ADMIN})
FARTHEST = timedelta(days=5 * 366)
# What can be done to one: from which state into which.
MOVES: dict[str, tuple[Status, Status]] = {
    "done": (Status.OPEN, Status.COMPLETED),
    "cancel": (Status.OPEN, Status.CANCELLED),
    "reopen_done": (Status.COMPLETED, Status.OPEN),
    "reopen_cancel": (Status.CANCELLED, Status.OPEN),
}


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Followups:
    """The follow-ups of a site.  Without an ``engine`` there are none, and none can be added."""

    engine: Engine | None = None
    clock: Callable[[], datetime] = utc_now

    def may_write(self, viewer: Viewer) -> bool:
        """Whether this viewer may add and settle any."""
        return self.engine is not None and viewer.role in WRITERS and not viewer.scope.is_empty

    def still_open(self, viewer: Viewer) -> tuple[OwnFollowup, ...]:
        """Those that are open.  Of a lead's they may be other teams': who asks the data with them, by
        :func:`data_layer.semantics.scope.conditions`, gets the team's alone.
        """
        if self.engine is None or viewer.scope.is_empty:
            return ()
        return kept.still_open(self.engine, viewer.scope.staff_id)

    def stamp(self, viewer: Viewer) -> str:
        """A short text that changes with what is open for this viewer."""
        if self.engine is None or viewer.scope.is_empty:
            return ""
        return kept.stamp(self.engine, viewer.scope.staff_id)

    def clients(self, text: str, viewer: Viewer, data: Generation) -> list[Member]:
        """The clients that a follow-up can be added for and that a text finds.  NotYours for a role that adds none."""
        self._writable(viewer)
        return find_clients(text, viewer, data)

    def add(self, new: NewFollowup, viewer: Viewer, data: Generation) -> OwnFollowup:
        """Keep a promise to a client.  NotYours for a role or owner that may not be, Gone for a client that the viewer may
        not see, SavedError for what can be put right.
        """
        engine = self._writable(viewer)
        if not exists("customer", new.customer_id, viewer, data):
            raise Gone("There is no client with this number among those you may see.")
        if not exists("staff", new.staff_id, viewer, data):
            raise NotYours("You may not give a follow-up to this person.")
        check_due(new.due_date, data.as_of)
        added = kept.add(engine, new, viewer.login, self.clock())
        self._note(engine, viewer, "followup_added", added)
        return added

    def move(self, id: int, move: str, viewer: Viewer, data: Generation) -> OwnFollowup:
        """Settle one, or take that back.  Gone where there is none of that number for the viewer; SavedError where it is
        not as it was any more, or there is no such ``move``.
        """
        engine = self._writable(viewer)
        found = kept.get(engine, id)
        if found is None or not exists("staff", found.staff_id, viewer, data):
            raise Gone("There is no such follow-up.")
        if move not in MOVES:
            raise SavedError("A follow-up can be completed, cancelled or opened again.")
        before, after = MOVES[move]
        if not kept.change(engine, id, before, after, viewer.login, self.clock()):
            raise SavedError("Somebody else has changed this follow-up meanwhile.")
        self._note(engine, viewer, f"followup_{after.value.lower()}", found)
        return found

    def _writable(self, viewer: Viewer) -> Engine:
        if self.engine is None or not self.may_write(viewer):
            raise NotYours("Your role does not add or change follow-ups.")
        return self.engine

    def _note(self, engine: Engine, viewer: Viewer, action: str, one: OwnFollowup) -> None:
        detail: dict[str, Any] = {"followup": one.id, "client": one.customer_id, "staff": one.staff_id}
        audit.record(engine, viewer.login, action, detail, at=self.clock())


def check_due(due: date, as_of: date) -> None:
    """SavedError for a day that is over, by the data's last day, or too far away to be meant."""
    if due < as_of:
        raise SavedError("That day is over; choose a later one.")
    if due > as_of + FARTHEST:
        raise SavedError("That day is too far away; choose an earlier one.")
