"""Pipeline: where opportunities stand, where they get lost, and whom to act on."""

from data_layer.access import Role
from data_layer.analyses.answer import Analysis
from data_layer.analyses.bottleneck import Bottleneck
from data_layer.analyses.funnel import AcrossStages, Funnel
from data_layer.analyses.opportunity_lists import ActOn, Listed
from data_layer.analyses.plain import Headline, Trend
from data_layer.analyses.stages import Cohorts, ConversionTrend, Stages
from data_layer.semantics.period import PeriodName
from layouts.figures import conversion
from layouts.figures import pipeline as figures
from layouts.figures.kpi import kpi
from layouts.figures.over_time import bars_over_time
from layouts.page import Page
from layouts.tile import Tile, View

_STANDING = ("opportunity", "stage", "value", "waiting", "entered", "owner")
_GONE = ("opportunity", "stage", "value", "lost", "waited", "owner")


def _kpi(metric: str, title: str, *, across: bool = True) -> Tile:
    """``across``: of the whole way, whichever stage is chosen."""
    analysis: Analysis = AcrossStages(Headline(metric)) if across else Headline(metric)
    return Tile(f"kpi_{metric}", title, View.KPI, analysis, kpi(metric), records=metric, width=2, height=104)


KPIS = (
    _kpi("open_opportunities", "Open now", across=False),
    _kpi("open_opportunity_value", "Open value", across=False),
    _kpi("pipeline_conversion_rate", "Conversion"),
    _kpi("win_rate", "Win rate"),
    _kpi("sales_cycle_days", "Sales cycle"),
    _kpi("pipeline_velocity", "Velocity a day"),
)

WAY = (
    Tile(
        "stage_funnel", "Funnel of those that began in the period", View.CHART, Funnel(), figures.stage_funnel,
        records="stage_reached", emits=("stage",), width=6, height=240,
        hint="Opportunities that began in the period, followed up to the last day of the data. A stage that was skipped "
        "counts as passed. Click a stage to see who is in it and who was lost from it.",
    ),
    Tile(
        "bottleneck", "Bottleneck", View.SENTENCES, Bottleneck(), figures.bottleneck, width=6, height=240,
        hint="Each step of each team against what that team did before and what the other teams do now; only a shortfall "
        "against both counts, from the lower of the two, and only where chance is unlikely. Its price: opportunities that "
        "would have gone on × their average value × the share of such that were won.",
    ),
)  # fmt: skip

STEPS = (
    Tile(
        "stages", "Stage by stage", View.TABLE, Stages(), figures.stages, records="opportunities", emits=("stage",),
        width=12, height=150,
        hint="What stands in each stage at the end of the period, how long stays last (entered in the period), and how "
        "those that began in the period went on.",
    ),
)  # fmt: skip

ACROSS_COHORTS = (
    Tile(
        "cohorts", "This cohort against the last", View.CHART, Cohorts(), conversion.cohorts, records="stage_reached",
        width=5, height=260,
        hint="Those that began in the period against those that began in the period it is compared with.",
    ),
    Tile(
        "conversion_trend", "Conversion by month of beginning", View.CHART, ConversionTrend(), conversion.conversion_trend,
        records="stage_reached", emits=("month",), width=7, height=260,
    ),
)  # fmt: skip

ACT = (
    Tile(
        "act_on", "Opportunities to act on", View.TABLE, ActOn(), figures.act_on, records="open_opportunities",
        emits=("customer",), width=12, height=430,
        hint="High potential: among the highest tenth of the open ones by value. Stalled: in its stage for more than "
        "twice the median of the completed stays there. Hot: the client is in the saved segment “High intent”. Those with "
        "most reasons first, of which being hot counts double, then the most valuable; the records are all open opportunities.",
    ),
)  # fmt: skip

WHO = (
    Tile(
        "waiting", "Who is in a stage now", View.TABLE,
        Listed("open_opportunities", "waiting", _STANDING),
        figures.opportunities(("customer", "opportunity", "stage", "value", "waiting"), 10, "Longest wait first."),
        records="open_opportunities", emits=("customer",), width=6, height=380,
        hint="Open opportunities at the end of the period, in the stage that was clicked or in any.",
    ),
    Tile(
        "dropped", "Who was lost from a stage", View.TABLE, Listed("lost_from_stage", "lost", _GONE),
        figures.opportunities(("customer", "stage", "value", "lost", "waited", "owner"), 10, "Latest first."),
        records="lost_from_stage", emits=("customer",), width=6, height=380,
        hint="Of the opportunities that began in the period, those that are lost now, by the furthest stage they had "
        "reached, and after how many days there.",
    ),
)  # fmt: skip

COURSE = (
    Tile(
        "win_rate_by_month", "Win rate by month of closing", View.CHART,
        AcrossStages(Trend(("win_rate",), months=18, grain="month")),
        bars_over_time("win_rate"), records="win_rate", emits=("month",), width=6, height=240,
    ),
    Tile(
        "open_by_month", "Open opportunities at the month's end", View.CHART,
        Trend(("open_opportunities",), months=18, grain="month"), bars_over_time("open_opportunities"),
        records="open_opportunities", emits=("month",), width=6, height=240,
    ),
)  # fmt: skip

PAGE = Page(
    name="pipeline",
    path="/pipeline",
    title="Pipeline",
    icon="pipeline",
    roles=frozenset({Role.EXECUTIVE, Role.SALES_MANAGER, Role.MARKETER, Role.ADMIN}),
    filters=("stage", "team", "segment", "product_category", "staff", "state", "country", "age_band", "campaign", "channel"),
    rows=(KPIS, WAY, WHO, ACT, STEPS, ACROSS_COHORTS, COURSE),
    period=PeriodName.MONTHS_12,
)  # fmt: skip
