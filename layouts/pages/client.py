"""Client: one client, from who they are to everything that happened with them."""

from data_layer.analyses.plain import Breakdown, Headline, Trend
from data_layer.semantics.period import PeriodName
from layouts.figures.categories import bars
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time
from layouts.links import SUBJECT_PATHS
from layouts.page import EVERYONE, Page
from layouts.tile import Tile, View


def _kpi(name: str, title: str, metric: str, width: int = 3) -> Tile:
    return Tile(
        f"kpi_{name}", title, View.KPI, Headline(metric), kpi(metric), records=metric, width=width, height=104
    )


PAGE = Page(
    name="client",
    path=SUBJECT_PATHS["customer"] + "<id>",
    title="Client",
    icon="clients",
    roles=EVERYONE,
    filters=("channel", "interaction_type", "product_category", "staff"),
    rows=(
        (
            _kpi("balance", "Balance", "aum"),
            _kpi("net_flows", "Paid in, less paid out", "net_flows"),
            _kpi("interactions", "Interactions", "interactions"),
            _kpi("overdue", "Overdue follow-ups", "followups_overdue_now"),
        ),
        (
            Tile(
                "categories", "Interactions by type", View.CHART,
                Breakdown(("interactions",), ("interaction_type",)), bars("interactions", "interaction_type"),
                records="interactions", emits=("interaction_type",), width=6,
            ),
            Tile(
                "inquiries", "Inquiries by month", View.CHART, Trend(("interactions",), months=13, grain="month"),
                bars_over_time("interactions"), records="interactions", emits=("month",), width=6,
            ),
        ),
    ),
    subject="customer",
    period=PeriodName.ALL,
)  # fmt: skip
