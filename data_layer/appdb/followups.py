"""Follow-ups that people add on the site, as they are kept.  They are never deleted: done and cancelled are states."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

from data_layer.appdb.naming import SavedError
from data_layer.appdb.tables import own_followups as t

LONGEST_ACTION = 200
MOST_OPEN_OF_ONE = 500
PRIORITIES = ("Urgent", "High", "Normal", "Low")


class Status(StrEnum):
    OPEN = "Open"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True)
class NewFollowup:
    """What somebody promises: whom (``customer_id``), what, until when, and who has to keep it (``staff_id``)."""

    customer_id: str
    staff_id: str
    action: str
    due_date: date
    priority: str = "Normal"


@dataclass(frozen=True)
class OwnFollowup:
    """One of them as it is kept."""

    id: int
    customer_id: str
    staff_id: str
    action: str
    priority: str
    due_date: date
    status: Status


_COLUMNS = [t.c[name] for name in OwnFollowup.__dataclass_fields__]


def still_open(engine: Engine, staff_id: str | None = None) -> tuple[OwnFollowup, ...]:
    """All that are open, the oldest first; of one member of staff, or of everybody for None."""
    wanted = select(*_COLUMNS).where(t.c.status == Status.OPEN.value).order_by(t.c.id)
    if staff_id is not None:
        wanted = wanted.where(t.c.staff_id == staff_id)
    with engine.connect() as connection:
        return tuple(_followup(row) for row in connection.execute(wanted))


def stamp(engine: Engine, staff_id: str | None = None) -> str:
    """A short text that changes with every change of what is open."""
    counted = select(func.count(), func.coalesce(func.sum(t.c.id), 0)).where(t.c.status == Status.OPEN.value)
    if staff_id is not None:
        counted = counted.where(t.c.staff_id == staff_id)
    with engine.connect() as connection:
        count, total = connection.execute(counted).one()
    return f"{count}.{total}"


def get(engine: Engine, id: int) -> OwnFollowup | None:
    """The one of that number, whatever its state; None where there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(*_COLUMNS).where(t.c.id == id)).one_or_none()
    return _followup(row) if row else None


def add(engine: Engine, new: NewFollowup, who: str, now: datetime) -> OwnFollowup:
    """Keep a new one.  SavedError where it says nothing, says too much, or its owner has too many open ones."""
    action = " ".join(new.action.split())
    if not action:
        raise SavedError("Say what is to be done.")
    if len(action) > LONGEST_ACTION:
        raise SavedError(f"What is to be done has at most {LONGEST_ACTION} characters; this has {len(action)}.")
    if new.priority not in PRIORITIES:
        raise SavedError(f"A priority is one of {', '.join(PRIORITIES)}.")
    row = {
        "customer_id": new.customer_id, "staff_id": new.staff_id, "action": action, "priority": new.priority,
        "due_date": new.due_date, "status": Status.OPEN.value, "created_at": now, "created_by": who[:80],
        "changed_at": now, "changed_by": who[:80],
    }  # fmt: skip
    mine = select(func.count()).where(t.c.status == Status.OPEN.value, t.c.staff_id == new.staff_id)
    with engine.begin() as connection:
        if connection.execute(mine).scalar_one() >= MOST_OPEN_OF_ONE:
            raise SavedError(f"There are {MOST_OPEN_OF_ONE} open ones already; complete or cancel some first.")
        (number,) = connection.execute(insert(t).returning(t.c.id), row).one()
    return OwnFollowup(number, new.customer_id, new.staff_id, action, new.priority, new.due_date, Status.OPEN)


def change(engine: Engine, id: int, before: Status, after: Status, who: str, now: datetime) -> bool:
    """Move one from a state to another; False where somebody else has moved it meanwhile."""
    values: dict[str, Any] = {"status": after.value, "changed_at": now, "changed_by": who[:80]}
    with engine.begin() as connection:
        moved = update(t).where(t.c.id == id, t.c.status == before.value).values(**values)
        return bool(connection.execute(moved).rowcount)


def _followup(row: Any) -> OwnFollowup:
    values = dict(row._mapping)
    return OwnFollowup(**{**values, "status": Status(values["status"])})
