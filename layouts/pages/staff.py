"""Staff: own work, for who does it and for who leads them.  Everything is under the viewer's own scope."""

from data_layer.access import Role
from data_layer.analyses.performance import Performance, PerStaff
from data_layer.analyses.plain import Breakdown, Headline, Trend
from data_layer.analyses.work_list import WorkList
from layouts.figures.categories import bars
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time, line_over_time
from layouts.figures.work import FOLLOWUPS_KEPT, followups_kept, performance, work_list
from layouts.page import Page
from layouts.tile import Tile, View


def _kpi(
    name: str, title: str, metric: str, width: int = 2, *, leads_to: str = "", last_days: int | None = None,
    also: tuple[str, ...] = (),
) -> Tile:  # fmt: skip
    return Tile(
        f"kpi_{name}", title, View.KPI, Headline(metric, last_days, also), kpi(metric, dated=last_days is not None),
        records=metric, width=width, height=96, leads_to=leads_to,
    )  # fmt: skip


FIGURES = (
    (
        _kpi("interactions", "Interactions", "interactions", leads_to="staff.interactions_per_staff"),
        _kpi("due_today", "Due today", "followups_due", last_days=1, leads_to="staff.work_list"),
        _kpi("overdue", "Overdue follow-ups", "followups_overdue_now", leads_to="staff.work_list"),
        _kpi("completed", "Completed", "followups_completed", leads_to="staff.completed_trend"),
        _kpi("completion", "Completion rate", "followup_completion_rate", leads_to="staff.kept_by_month"),
        _kpi("on_time", "On time", "followup_on_time_rate", leads_to="staff.kept_by_month"),
    ),
    (
        _kpi(
            "delay",
            "Average delay",
            "followup_delay_days",
            3,
            also=("followup_delay_median_days",),
            leads_to="staff.kept_by_month",
        ),
        _kpi(
            "first_response",
            "First response",
            "first_response_minutes",
            3,
            also=("unanswered",),
            leads_to="staff.performance",
        ),
        _kpi("resolution", "Resolution time", "resolution_hours", 3, also=("resolved",), leads_to="staff.performance"),
        _kpi("csat", "Satisfaction", "csat_rate", 3, also=("satisfaction_score",), leads_to="staff.performance"),
    ),
)

LISTS = (
    (
        Tile(
            "work_list", "Work list", View.LIST, WorkList(), work_list, records="followups_overdue_now", width=12,
            height=440,
            hint="Follow-ups that are open at the end of the period: overdue, due, and those of the two weeks ahead. What "
            "was added here stands beside what came with the data; the figures of the page count the latter.",
        ),
    ),
    (
        Tile(
            "performance", "Performance", View.LIST, Performance(), performance, emits=("staff",), width=12, height=200,
            hint="Volume, speed, punctuality and satisfaction of each member. A click on a heading ranks by it.",
        ),
    ),
)  # fmt: skip

COURSES = (
    (
        Tile(
            "interactions_per_staff", "Interactions per member", View.CHART, PerStaff("interactions"),
            bars("interactions", "staff", 12, rest=False), records="interactions", emits=("staff",), width=4,
        ),
        Tile(
            "completed_trend", "Follow-ups completed by week", View.CHART,
            Trend(("followups_completed",), months=6, grain="week"), line_over_time("followups_completed"),
            records="followups_completed", emits=("week",), width=4,
        ),
        Tile(
            "kept_by_month", "Follow-ups due, by month", View.CHART,
            Trend(FOLLOWUPS_KEPT, months=12, grain="month"), followups_kept,
            records="followups_due", emits=("month",), width=4,
        ),
    ),
    (
        Tile(
            "interactions_by_month", "Interactions by month", View.CHART,
            Trend(("interactions",), months=13, grain="month"), bars_over_time("interactions"),
            records="interactions", emits=("month",), width=6,
        ),
        Tile(
            "interactions_by_week", "Interactions by week", View.CHART,
            Trend(("interactions",), months=6, grain="week"), bars_over_time("interactions"),
            records="interactions", emits=("week",), width=6,
        ),
    ),
    (
        Tile(
            "interactions_by_type", "Interactions by type", View.CHART,
            Breakdown(("interactions",), ("interaction_type",)), bars("interactions", "interaction_type", 8),
            records="interactions", emits=("interaction_type",), width=6,
        ),
        Tile(
            "overdue_by_priority", "Overdue follow-ups by priority", View.CHART,
            Breakdown(("followups_overdue_now",), ("priority",)), bars("followups_overdue_now", "priority"),
            records="followups_overdue_now", emits=("priority",), width=6,
        ),
    ),
)  # fmt: skip

PAGE = Page(
    name="staff",
    path="/staff",
    title="Staff",
    icon="staff",
    roles=frozenset({Role.EXECUTIVE, Role.SALES_MANAGER, Role.SUPPORT_LEAD, Role.STAFF, Role.ADMIN}),
    filters=("team", "staff", "interaction_type", "priority", "channel", "segment", "state"),
    rows=(*FIGURES, *LISTS, *COURSES),
)
