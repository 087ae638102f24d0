"""Today: own work, for the staff and for who leads them.  Everything is under the viewer's own scope."""

from data_layer.access import Role
from data_layer.analyses.plain import Breakdown, Headline, Trend
from layouts.figures.categories import bars
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time
from layouts.page import Page
from layouts.tile import Tile, View


def _kpi(metric: str, title: str, width: int = 3) -> Tile:
    return Tile(f"kpi_{metric}", title, View.KPI, Headline(metric), kpi(metric), records=metric, width=width, height=96)


PAGE = Page(
    name="today",
    path="/today",
    title="Today",
    icon="today",
    roles=frozenset({Role.STAFF, Role.SALES_MANAGER, Role.SUPPORT_LEAD, Role.ADMIN}),
    filters=("segment", "interaction_type", "channel", "priority", "staff", "state"),
    rows=(
        (
            _kpi("interactions", "Interactions"),
            _kpi("followups_overdue_now", "Overdue follow-ups"),
            _kpi("followup_on_time_rate", "Follow-ups on time"),
            _kpi("csat_rate", "Satisfaction"),
        ),
        (
            Tile(
                "interactions_by_month", "Interactions by month", View.CHART,
                Trend(("interactions",), months=13, grain="month"), bars_over_time("interactions"),
                records="interactions", emits=("month",), width=8,
            ),
            Tile(
                "overdue_by_priority", "Overdue follow-ups by priority", View.CHART,
                Breakdown(("followups_overdue_now",), ("priority",)), bars("followups_overdue_now", "priority"),
                records="followups_overdue_now", emits=("priority",), width=4,
            ),
        ),
        (
            Tile(
                "completed_by_month", "Follow-ups completed by month", View.CHART,
                Trend(("followups_completed",), months=13, grain="month"), bars_over_time("followups_completed"),
                records="followups_completed", emits=("month",), width=6,
            ),
            Tile(
                "interactions_by_type", "Interactions by type", View.CHART,
                Breakdown(("interactions",), ("interaction_type",)), bars("interactions", "interaction_type", 8),
                records="interactions", emits=("interaction_type",), width=6,
            ),
        ),
    ),
)  # fmt: skip
