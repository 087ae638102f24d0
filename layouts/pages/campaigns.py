"""Campaigns at a glance: what was sent, what came of it, what it cost and brought.  A marketer's home."""

from data_layer.access import Role
from data_layer.analyses.campaign_funnel import CampaignFunnel
from data_layer.analyses.plain import Breakdown, Headline, Trend
from data_layer.semantics.period import PeriodName
from layouts.figures.campaigns import RATES, RESULTS, delivery_funnel, rates_over_time, replies_by_template, results
from layouts.figures.categories import bars
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time
from layouts.page import Page
from layouts.tile import Tile, View

MOST = 14  # campaigns in one chart


def _kpi(metric: str, title: str, leads_to: str, also: tuple[str, ...] = ()) -> Tile:
    return Tile(
        f"kpi_{metric}", title, View.KPI, Headline(metric, also=also), kpi(metric), records=metric, width=2, height=104,
        leads_to=f"campaigns.{leads_to}",
    )  # fmt: skip


KPIS = (
    _kpi("sent", "Sent", "sent_by_month"),
    _kpi("delivered_rate", "Delivered, of sent", "rates"),
    _kpi("read_rate", "Read, of delivered", "rates"),
    _kpi("reply_rate", "Replied, of delivered", "rates"),
    _kpi("campaign_conversions", "Conversions", "results", ("conversion_rate",)),
    _kpi("campaign_roi", "Return on cost (ROI)", "results", ("campaign_cost", "campaign_revenue")),
)

WAY = (
    Tile(
        "delivery_funnel", "How far the messages came", View.CHART, CampaignFunnel(), delivery_funnel,
        records="campaign_audience", width=6, height=300,
        hint="Delivered is of what was sent; read, replied and converted are of what was delivered.",
    ),
    Tile(
        "rates", "Rates by month of sending", View.CHART, Trend(tuple(RATES), months=13, grain="month"), rates_over_time,
        records="sent", emits=("month",), width=6, height=300,
        hint="Each rate has a scale of its own; only that of replies begins at zero.",
    ),
)  # fmt: skip

EACH = (
    Tile(
        "results", "Campaign by campaign", View.TABLE,
        Breakdown(tuple(name for name in RESULTS if name != "campaign"), ("campaign",)), results,
        records="sent", emits=("campaign",), width=12, height=300,
        hint="Click a row to see everything of that campaign. Conversions are enrolments and won opportunities soon after a "
        "reply; the records also show what the messaging system itself reports.",
    ),
)  # fmt: skip

PARTS = (
    Tile(
        "sent_by_month", "Sent by month", View.CHART, Trend(("sent",), months=13, grain="month"),
        bars_over_time("sent"), records="sent", emits=("month",), width=4,
    ),
    Tile(
        "failures", "Why messages did not arrive", View.CHART,
        Breakdown(("campaign_failures",), ("failure_reason",)), bars("campaign_failures", "failure_reason"),
        records="campaign_failures", emits=("failure_reason",), width=4,
    ),
    Tile(
        "replies_by_template", "Replied of delivered, by template", View.CHART,
        Breakdown(("reply_rate",), ("template", "variant")), replies_by_template,
        records="reply_rate", emits=("template",), width=4,
    ),
)  # fmt: skip

WHICH = (
    Tile(
        "roi_by_campaign", "Return on cost by campaign", View.CHART, Breakdown(("campaign_roi",), ("campaign",)),
        bars("campaign_roi", "campaign", MOST), records="campaign_roi", emits=("campaign",), width=5, height=360,
    ),
    Tile(
        "replies_by_campaign", "Replied of delivered, by campaign", View.CHART,
        Breakdown(("reply_rate",), ("campaign",)), bars("reply_rate", "campaign", MOST),
        records="reply_rate", emits=("campaign",), width=4, height=360,
    ),
    Tile(
        "replies_by_segment", "Replied of delivered, by segment", View.CHART,
        Breakdown(("reply_rate",), ("segment",)), bars("reply_rate", "segment"),
        records="reply_rate", emits=("segment",), width=3, height=360,
    ),
)  # fmt: skip

PAGE = Page(
    name="campaigns",
    path="/campaigns",
    title="Campaigns at a glance",
    icon="campaigns",
    roles=frozenset({Role.EXECUTIVE, Role.SALES_MANAGER, Role.MARKETER, Role.ADMIN}),
    filters=("campaign", "template", "segment", "state", "country", "age_band", "failure_reason"),
    rows=(KPIS, WAY, EACH, PARTS, WHICH),
    period=PeriodName.MONTHS_12,
)
