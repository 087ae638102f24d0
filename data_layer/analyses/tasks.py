"""What was promised and is still open: what is overdue first, then what comes next."""

from dataclasses import dataclass
from operator import itemgetter

import pandas as pd
from sqlalchemy import select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import FOLLOWUP
from data_layer.semantics.members import label_of
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.scope import conditions
from data_layer.warehouse.tables import dim_staff, fact_followup


@dataclass(frozen=True)
class OpenFollowups:
    """Open follow-ups on the last day of the data, by the day they are due; of one client also those added here.

    Frame: ``due``, ``standing`` ("12 days overdue", "today", "in 3 days"), ``action``, ``priority``, ``staff``.
    Facts: ``overdue`` and ``upcoming`` (counts).
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("followups_overdue_now",)

    def __call__(self, ask: Ask) -> Answer:
        day = ask.data.as_of
        window = Window(day, day + DAY)
        if not ask.data.has(*METRICS["followups_overdue_now"].needs):
            return Answer(pd.DataFrame(), window, missing=self.metrics)
        kept, ignored = conditions(FOLLOWUP, ask.selection.conditions(), ask.viewer, window, day)
        f = fact_followup.c
        wanted = (
            select(f.due_date, f.action, f.priority, dim_staff.c.full_name, f.valid_from)
            .select_from(fact_followup.outerjoin(dim_staff, dim_staff.c.staff_key == f.staff_key))
            .where(f.status == "Open", *kept)
            .order_by(f.due_date, f.followup_key)
        )
        with ask.data.connect() as connection:
            tasks = [
                (row.due_date, row.valid_from <= day, row.action or "Follow-up", row.priority, row.full_name)
                for row in connection.execute(wanted)
            ]
        clients = dict(ask.selection.filters).get("customer", ())
        tasks += [
            (own.due_date, own.due_date < day, own.action, own.priority, _name(own.staff_id, ask))
            for own in ask.own_followups()
            if own.customer_id in clients
        ]
        tasks.sort(key=itemgetter(0))
        overdue = sum(is_overdue for _, is_overdue, *_ in tasks)
        lines = [
            (due, _standing((due - day).days, overdue=is_overdue), action, priority, staff)
            for due, is_overdue, action, priority, staff in tasks
        ]
        frame = pd.DataFrame(lines, columns=["due", "standing", "to_do", "priority", "staff"], dtype=object)
        facts = {
            "overdue": overdue,
            "upcoming": len(lines) - overdue,
            "nothing": "Nothing that was promised is still open.",
        }
        return Answer(frame, window, facts, (), ignored, len(lines))


def _name(staff_id: str, ask: Ask) -> str:
    return label_of("staff", staff_id, ask.viewer, ask.data)


def _standing(days: int, *, overdue: bool) -> str:
    if overdue:
        return f"{-days} {'day' if days == -1 else 'days'} overdue" if days else "overdue since today"
    return "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
