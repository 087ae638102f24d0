"""Client: one client, from who they are to everything that happened with them."""

from data_layer.analyses.health import HealthParts
from data_layer.analyses.latest import LatestRecords
from data_layer.analyses.plain import Breakdown, Headline, Trend
from data_layer.analyses.profile import Profile
from data_layer.analyses.tasks import OpenFollowups
from data_layer.analyses.timeline import Timeline
from data_layer.semantics.period import PeriodName
from layouts.figures.categories import bars
from layouts.figures.client import from_first, health_parts, latest, open_tasks, profile
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time, line_over_time
from layouts.figures.timeline import timeline
from layouts.figures.work import FOLLOWUPS_KEPT, followups_kept
from layouts.links import SUBJECT_PATHS
from layouts.page import EVERYONE, Page
from layouts.tile import Tile, View


def _kpi(name: str, title: str, metric: str) -> Tile:
    return Tile(f"kpi_{name}", title, View.KPI, Headline(metric), kpi(metric), records=metric, width=2, height=104)


KPIS = (
    _kpi("health", "Health score", "health_score"),
    _kpi("balance", "Balance", "aum"),
    _kpi("net_flows", "Net flows", "net_flows"),
    _kpi("interactions", "Interactions", "interactions"),
    _kpi("satisfaction", "Satisfaction", "satisfaction_score"),
    _kpi("overdue", "Overdue follow-ups", "followups_overdue_now"),
)
WHO = (
    Tile(
        "profile", "Who this is", View.FACTS, Profile(), profile, records="total_clients", width=4, height=480,
        hint="As of the last day of the data. What no loaded source knows of the client is left out.",
    ),
    Tile(
        "timeline", "Timeline", View.TIMELINE, Timeline(), timeline, records="events", width=8, height=480,
        hint="Newest first; more comes as you scroll. A click on a line opens all that is known of it.",
    ),
)  # fmt: skip
STANDING = (
    Tile(
        "health", "What the health score is made of", View.CHART, HealthParts(), health_parts, records="health_score",
        width=4, height=300,
        hint="Each component from 0 to 100, and the points that it adds to the score by its weight.",
    ),
    Tile(
        "tasks", "Overdue and upcoming follow-ups", View.TABLE, OpenFollowups(), open_tasks,
        records="followups_overdue_now", width=4, height=300,
        hint="All that was promised and is open on the last day of the data. The records behind it are the overdue ones.",
    ),
    Tile(
        "inquiries", "Inquiry history", View.TABLE,
        LatestRecords("interactions", ("opened", "interaction_type", "resolution"), most=9), latest,
        records="interactions", width=4, height=300, hint="The newest interactions of the period; the records hold all.",
    ),
)  # fmt: skip
COURSE = (
    Tile(
        "balance_trend", "Balance", View.CHART, Trend(("aum",), grain="month"), from_first("aum", line_over_time("aum")),
        records="aum", emits=("month",), width=4, height=220,
    ),
    Tile(
        "health_trend", "Health score by month", View.CHART, Trend(("health_score",), grain="month"),
        from_first("health_score", line_over_time("health_score")), records="health_score", emits=("month",), width=4,
        height=220,
    ),
    Tile(
        "inquiry_volume", "Interactions by month", View.CHART, Trend(("interactions",), grain="month"),
        from_first("interactions", bars_over_time("interactions")), records="interactions", emits=("month",), width=4,
        height=220,
    ),
)  # fmt: skip
PARTS = (
    Tile(
        "categories", "Interactions by type", View.CHART, Breakdown(("interactions",), ("interaction_type",)),
        bars("interactions", "interaction_type"), records="interactions", emits=("interaction_type",), width=3, height=240,
    ),
    Tile(
        "holdings", "Balance by product", View.CHART, Breakdown(("aum",), ("product",)), bars("aum", "product"),
        records="aum", emits=("product",), width=4, height=240,
    ),
    Tile(
        "task_overview", "Follow-ups due, by month", View.CHART, Trend((*FOLLOWUPS_KEPT, "followups_due"), grain="month"),
        from_first("followups_due", followups_kept),
        records="followups_due", emits=("month",), width=5, height=240,
    ),
)  # fmt: skip

PAGE = Page(
    name="client",
    path=SUBJECT_PATHS["customer"] + "<id>",
    title="Client",
    icon="clients",
    roles=EVERYONE,
    filters=("event_kind", "channel", "interaction_type", "product", "staff"),
    rows=(KPIS, WHO, STANDING, COURSE, PARTS),
    subject="customer",
    period=PeriodName.ALL,
)
