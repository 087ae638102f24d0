"""fact_followup: what was promised, when it fell due and when it was done."""

from data_layer.warehouse.build.context import FOREVER, Build, known

_STATUS = """
    CASE WHEN lower(trim(status)) IN ('completed', 'complete', 'done', 'closed') THEN 'Completed'
        WHEN lower(trim(status)) IN ('cancelled', 'canceled', 'void', 'dropped') THEN 'Cancelled'
        WHEN status IS NULL AND completed_at_day IS NOT NULL THEN 'Completed' ELSE 'Open' END
"""


def build_followups(build: Build) -> None:
    """Due, done, late and overdue.

    Due is ``due_date``, else the interaction's ``next_followup``, else ``followup_date``.  Done is ``completed_at``, else
    ``followup_date`` of a completed action, else (no date at all) the due day.  A due day without a time ends at
    midnight: the action is overdue from the day after.  With a time it is overdue at the end of that very day.  The delay
    is exact where the time of completion is known, else in whole days.
    """
    lost = build.count(f"SELECT count(*) FROM ({_DUE}) WHERE due_day IS NULL")
    if lost:
        build.warnings.append(f"{lost} follow-ups have no date at all, nor an interaction with one: they are left out.")
    build.fill_keyed(
        "fact_followup",
        "followup_key",
        f"""
        SELECT followup_id, coalesce(i.interaction_key, 0) AS interaction_key,
            coalesce(c.customer_key, i.customer_key, 0) AS customer_key, coalesce(s.staff_key, i.staff_key, 0) AS staff_key,
            coalesce(i.interaction_type_key, 0) AS interaction_type_key, f.action, f.priority, f.created_date,
            f.due AS due_at, f.due_day AS due_date, f.done AS completed_at, f.done_day AS completed_date, f.state AS status,
            f.is_escalated, f.is_late,
            CASE WHEN NOT is_late THEN NULL WHEN done IS NOT NULL THEN epoch(done - coalesce(due, day_end)) / 86400
                ELSE done_day - due_day END AS delay_days,
            f.notes, f.overdue_from AS valid_from,
            CASE WHEN state = 'Cancelled' THEN overdue_from WHEN state = 'Open' THEN {FOREVER}
                ELSE greatest(done_day, overdue_from) END AS valid_to
        FROM ({_JUDGED}) f LEFT JOIN k_interaction i
            ON i.source = 'interaction manager' AND i.interaction_id = f.interaction_id
        LEFT JOIN k_customer c ON c.customer_id = f.client_id LEFT JOIN k_staff s ON s.staff_id = f.staff_id
        ORDER BY f.due_day, f.followup_id
        """,
    )


_DUE = f"""
    SELECT f.followup_id, f.interaction_id, f.client_id, f.staff_id, f.notes, {known("f.priority")} AS priority,
        coalesce(f.escalated, false) AS is_escalated, coalesce(f.action, i.action_required) AS action,
        i.interaction_date_day AS created_date,
        {_STATUS} AS state,
        CASE WHEN f.due_date_day IS NOT NULL THEN f.due_date WHEN i.next_followup_day IS NOT NULL THEN i.next_followup
            ELSE f.followup_date END AS due,
        coalesce(f.due_date_day, i.next_followup_day, f.followup_date_day, f.completed_at_day, i.interaction_date_day) AS due_day,
        CASE WHEN f.completed_at_day IS NOT NULL THEN f.completed_at ELSE f.followup_date END AS done_moment,
        coalesce(f.completed_at_day, f.followup_date_day) AS done_moment_day
    FROM s_followup_actions f LEFT JOIN s_interactions i USING (interaction_id)
"""
_DONE = f"""
    SELECT *, CASE WHEN state = 'Completed' THEN done_moment END AS done,
        CASE WHEN state = 'Completed' THEN coalesce(done_moment_day, due_day) END AS done_day,
        due_day + CASE WHEN due IS NULL THEN 1 ELSE 0 END AS overdue_from,
        timezone('UTC', timezone(site_zone(), CAST(due_day + 1 AS TIMESTAMP))) AS day_end
    FROM ({_DUE}) WHERE due_day IS NOT NULL
"""
_JUDGED = f"""
    SELECT *, state = 'Completed' AND CASE WHEN due IS NOT NULL AND done IS NOT NULL THEN done > due
        ELSE done_day > due_day END AS is_late
    FROM ({_DONE})
"""
