"""Campaigns at a glance: a marketer's home."""

from data_layer.access import Role
from data_layer.analyses.plain import Breakdown, Headline, Trend
from layouts.figures.categories import bars
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time
from layouts.page import Page
from layouts.tile import Tile, View


def _kpi(metric: str, title: str) -> Tile:
    return Tile(f"kpi_{metric}", title, View.KPI, Headline(metric), kpi(metric), records=metric, width=3, height=96)


PAGE = Page(
    name="campaigns_today",
    path="/campaigns-today",
    title="Campaigns at a glance",
    icon="campaigns",
    roles=frozenset({Role.EXECUTIVE, Role.MARKETER, Role.ADMIN}),
    filters=("campaign", "segment", "state", "country", "age_band", "failure_reason"),
    rows=(
        (
            _kpi("sent", "Sent"),
            _kpi("delivered_rate", "Delivered, of sent"),
            _kpi("read_rate", "Read, of delivered"),
            _kpi("reply_rate", "Replied, of delivered"),
        ),
        (
            Tile(
                "sent_by_month", "Sent by month", View.CHART, Trend(("sent",), months=13, grain="month"),
                bars_over_time("sent"), records="sent", emits=("month",), width=6,
            ),
            Tile(
                "replies_by_campaign", "Reply rate by campaign", View.CHART,
                Breakdown(("reply_rate",), ("campaign",)), bars("reply_rate", "campaign"),
                records="reply_rate", emits=("campaign",), width=6,
            ),
        ),
    ),
)  # fmt: skip
