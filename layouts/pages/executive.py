"""Executive: the state of the business in one minute, over morning coffee."""

from data_layer.access import Role
from data_layer.analyses.answer import Analysis
from data_layer.analyses.answers import Answers
from data_layer.analyses.campaign_list import RunningCampaigns
from data_layer.analyses.drivers import WhatChanged
from data_layer.analyses.forecast import AumForecast
from data_layer.analyses.funnel import Funnel
from data_layer.analyses.heatmap import ActivityHeatmap
from data_layer.analyses.plain import Breakdown, Headline, Leaders, Trend
from layouts.figures.categories import bars, donut
from layouts.figures.funnel import funnel
from layouts.figures.heatmap import activity
from layouts.figures.kpi import kpi
from layouts.figures.maps import state_map
from layouts.figures.over_time import aum_forecast, bars_over_time, flows
from layouts.figures.sentences import answers, what_changed
from layouts.figures.tables import table
from layouts.figures.work import FOLLOWUPS_KEPT, followups_kept
from layouts.page import Page
from layouts.tile import Tile, View


def _kpi(
    name: str, title: str, metric: str, leads_to: str, width: int = 2, analysis: Analysis | None = None, *,
    dated: bool = False,
) -> Tile:  # fmt: skip
    return Tile(
        f"kpi_{name}", title, View.KPI, analysis or Headline(metric), kpi(metric, dated=dated), records=metric,
        width=width, height=104, leads_to=leads_to,
    )  # fmt: skip


KPIS = (
    (
        _kpi("aum", "AUM", "aum", "executive.aum_trend"),
        _kpi("net_flows", "Net flows", "net_flows", "executive.net_flows"),
        _kpi("total_clients", "Total clients", "total_clients", "clients.added_by_month"),
        _kpi("active_clients", "Active clients", "active_clients", "clients.growth_drivers"),
        _kpi("retention", "Retention rate", "retention_rate", "clients.cohorts"),
        _kpi(
            "new_leads", "New leads", "new_leads", "pipeline.stage_funnel", analysis=Headline("new_leads", last_days=1),
            dated=True,
        ),
    ),
    (
        _kpi("interactions", "Interactions", "interactions", "executive.interaction_growth"),
        _kpi("overdue", "Overdue follow-ups", "followups_overdue_now", "staff.work_list"),
        _kpi(
            "efficiency", "Team efficiency", "answered_in_target_rate", "staff.performance", 4,
            Headline("answered_in_target_rate", 7, ("first_response_minutes",)), dated=True,
        ),
        _kpi(
            "campaigns", "Active campaigns", "active_campaigns", "executive.campaigns", 4,
            Headline("active_campaigns", also=("delivered_rate", "read_rate", "reply_rate")),
        ),
    ),
)  # fmt: skip

MONEY = (
    (
        Tile(
            "aum_trend", "Assets under management, with forecast", View.CHART, AumForecast(), aum_forecast,
            records="aum", emits=("month",), width=7, height=300,
            hint="Month ends, and a forecast by the model that did best on the past, with the intervals it should stay in.",
        ),
        Tile(
            "what_changed", "What changed", View.SENTENCES, WhatChanged(), what_changed, width=5, height=300,
            hint="The moves that stand out against the usual ones. The contributions of all groups add up to the change.",
        ),
    ),
    (
        Tile(
            "net_flows", "Net flows over time", View.CHART,
            Trend(("net_flows", "contributions", "withdrawals"), months=12, grain="month"), flows,
            records="net_flows", emits=("month",), width=8,
        ),
        Tile(
            "aum_by_category", "AUM by product category", View.CHART, Breakdown(("aum",), ("product_category",)),
            donut("aum", "product_category"), records="aum", emits=("product_category",), width=4,
        ),
    ),
)  # fmt: skip

CLIENTS = (
    (
        Tile(
            "clients_by_state", "Clients by US state", View.CHART, Breakdown(("total_clients",), ("state",)),
            state_map, records="total_clients", emits=("state",), width=8, height=300,
        ),
        Tile(
            "clients_by_country", "Clients by country", View.CHART, Breakdown(("total_clients",), ("country",)),
            bars("total_clients", "country", 8), records="total_clients", emits=("country",), width=4, height=300,
            hint="The country of the phone number's calling code.",
        ),
    ),
    (
        Tile(
            "products_per_customer", "Products per client", View.CHART,
            Breakdown(("products_per_customer",), ("segment",)), bars("products_per_customer", "segment"),
            records="products_per_customer", emits=("segment",), width=3, height=220,
        ),
        Tile(
            "pipeline_funnel", "Sales funnel, last 12 months", View.CHART, Funnel(12), funnel,
            records="stage_reached", emits=("stage",), width=4, height=220,
            hint="Opportunities that began in the twelve months, followed up to the last day of the data.",
        ),
        Tile(
            "campaigns", "Running campaigns", View.TABLE, RunningCampaigns(),
            table(("campaign", "sent", "delivered_rate", "read_rate", "reply_rate"), key="campaign"),
            records="sent", emits=("campaign",), width=5, height=220,
            hint="Each campaign over its whole life up to the end of the period. Delivered of sent, read and replied of delivered.",
        ),
    ),
)  # fmt: skip

WORK = (
    (
        Tile(
            "activity", "When clients get in touch", View.CHART, ActivityHeatmap(), activity,
            records="interactions", emits=("weekday", "hour"), width=6, height=280,
        ),
        Tile(
            "interaction_growth", "Interactions by month", View.CHART,
            Trend(("interactions",), months=13, grain="month"), bars_over_time("interactions"),
            records="interactions", emits=("month",), width=6, height=280,
        ),
    ),
    (
        Tile(
            "answers", "Questions and answers", View.SENTENCES, Answers(), answers, width=6, height=280,
            hint="Five questions that a business asks, answered from the figures of this page.",
        ),
        Tile(
            "followup_compliance", "Follow-ups due, by month", View.CHART,
            Trend(FOLLOWUPS_KEPT, months=12, grain="month"), followups_kept,
            records="followups_due", emits=("month",), width=6, height=280,
        ),
    ),
    (
        Tile(
            "staff_clients", "Clients handled per staff member", View.CHART,
            Breakdown(("clients_handled",), ("staff",)), bars("clients_handled", "staff"),
            records="clients_handled", emits=("staff",), width=4, height=300,
        ),
        Tile(
            "type_outcomes", "Successful outcomes by interaction type", View.CHART,
            Breakdown(("successful_outcome_rate",), ("interaction_type",)),
            bars("successful_outcome_rate", "interaction_type"),
            records="successful_outcome_rate", emits=("interaction_type",), width=4, height=300,
        ),
        Tile(
            "top_clients", "Most engaged clients", View.TABLE, Leaders("interactions", "customer"),
            table(("customer", "interactions"), key="customer"),
            records="interactions", emits=("customer",), width=4, height=300,
        ),
    ),
)  # fmt: skip

PAGE = Page(
    name="executive",
    path="/",
    title="Morning coffee",
    icon="executive",
    roles=frozenset({Role.EXECUTIVE, Role.ADMIN}),
    filters=(
        "segment", "state", "product_category", "channel", "interaction_type", "team", "country", "age_band", "campaign",
        "device", "stage", "staff",
    ),
    rows=(*KPIS, *MONEY, *CLIENTS, *WORK),
)  # fmt: skip
