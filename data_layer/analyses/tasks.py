"""What was promised and is still open: what is overdue first, then what comes next."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from data_layer.analyses.answer import Answer, Ask
from data_layer.semantics.facts import FOLLOWUP
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.scope import conditions
from data_layer.warehouse.tables import dim_staff, fact_followup


@dataclass(frozen=True)
class OpenFollowups:
    """Open follow-ups on the period's last day of data, by the day they are due; those that are due later too.

    Frame: ``due``, ``standing`` ("12 days overdue", "today", "in 3 days"), ``action``, ``priority``, ``staff``.
    Facts: ``overdue`` and ``upcoming`` (counts).
    """

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("followups_overdue_now",)

    def __call__(self, ask: Ask) -> Answer:
        day = ask.data.as_of
        window = Window(day, day + DAY)
        if not ask.data.has(METRICS["followups_overdue_now"].sources):
            return Answer(pd.DataFrame(), window, missing=self.metrics)
        kept, ignored = conditions(FOLLOWUP, ask.selection.conditions(), ask.viewer, window, day)
        f = fact_followup.c
        wanted = (
            select(f.due_date, f.action, f.priority, dim_staff.c.full_name, f.valid_from, f.staff_key)
            .select_from(fact_followup.outerjoin(dim_staff, dim_staff.c.staff_key == f.staff_key))
            .where(f.status == "Open", *kept)
            .order_by(f.due_date, f.followup_key)
        )
        with ask.data.connect() as connection:
            rows = connection.execute(wanted).all()
        overdue = sum(row.valid_from <= day for row in rows)
        lines = [
            (
                row.due_date,
                _standing((row.due_date - day).days, overdue=row.valid_from <= day),
                row.action or "Follow-up",
                row.priority,
                row.full_name if row.staff_key else None,
            )
            for row in rows
        ]
        frame = pd.DataFrame(lines, columns=["due", "standing", "action", "priority", "staff"], dtype=object)
        facts = {"overdue": overdue, "upcoming": len(rows) - overdue}
        return Answer(frame, window, facts, (), ignored, len(rows))


def _standing(days: int, *, overdue: bool) -> str:
    if overdue:
        return f"{-days} {'day' if days == -1 else 'days'} overdue" if days else "overdue since today"
    return "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
