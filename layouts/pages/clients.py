"""Clients: how many there are, how they come and go, what they are worth, and each of them."""

from data_layer.access import Role
from data_layer.analyses.client_attributes import ByAttribute
from data_layer.analyses.client_cohorts import CohortRetention
from data_layer.analyses.client_growth import Acquisition, ClientGrowth
from data_layer.analyses.client_list import ClientList
from data_layer.analyses.client_value import ClientValue
from data_layer.analyses.plain import Breakdown, Headline, Leaders
from layouts.figures.categories import bars
from layouts.figures.client_flow import COLUMNS, flow
from layouts.figures.client_value import value_by_tenure
from layouts.figures.cohorts import retention
from layouts.figures.growth import acquisition, waterfall
from layouts.figures.kpi import kpi
from layouts.figures.listing import client_list
from layouts.figures.maps import state_map
from layouts.figures.tables import table
from layouts.page import Page
from layouts.tile import Tile, View


def _kpi(metric: str, title: str, leads_to: str, also: tuple[str, ...] = ()) -> Tile:
    return Tile(
        f"kpi_{metric}", title, View.KPI, Headline(metric, also=also), kpi(metric), records=metric, width=2, height=104,
        leads_to=f"clients.{leads_to}",
    )  # fmt: skip


def _added(grain: str, steps: int, width: int) -> Tile:
    return Tile(
        f"added_by_{grain}", f"Clients added by {grain}", View.CHART, Acquisition(grain, steps), acquisition,
        records="clients_added", emits=(grain,), width=width, height=240,
        hint="Lighter: not over yet. Growth is what a step added to the clients there were when it began.",
    )  # fmt: skip


GROWTH = (
    (
        _kpi("total_clients", "Total reach", "growth_drivers"),
        _kpi("clients_added", "Added", "added_by_month"),
        _kpi("active_clients", "Active", "client_flow"),
        _kpi("inactive_clients", "Inactive", "client_flow", ("too_early_clients",)),
        _kpi("retention_rate", "Retention", "cohorts"),
        _kpi("clients_lost", "Lost", "growth_drivers", ("clients_returned",)),
    ),
    (
        _added("month", 24, 7),
        Tile(
            "growth_drivers", "What made the number of clients grow", View.CHART, ClientGrowth(), waterfall,
            records="net_client_growth", emits=("movement",), width=5, height=240,
            hint="Clients with us at the start, who came, who returned and who left add up to those with us at the end. "
            "A lost client gave up the last product; one who never had any is with us.",
        ),
    ),
    (_added("week", 26, 6), _added("day", 45, 6)),
)  # fmt: skip

VALUE = (
    (
        Tile(
            "cohorts", "Who is left of each cohort", View.CHART, CohortRetention(24), retention,
            records="cohort_retention", emits=("cohort", "month"), width=7, height=440,
            hint="A cohort are the clients who took their first product in a month. Months that are not over are left out.",
        ),
        Tile(
            "client_flow", "From channel to first product to status", View.CHART, Breakdown(("total_clients",), COLUMNS),
            flow, records="total_clients", emits=COLUMNS, width=5, height=440,
            hint="Each client once: the channel they came by, the category of the first product they took, and whether they "
            "are active on the last day of the data.",
        ),
    ),
    (
        Tile(
            "client_value", "Tenure and balance", View.CHART, ClientValue(), value_by_tenure,
            records="total_clients", emits=("customer", "tenure_step", "balance_band"), width=7, height=320,
            hint="Clients by the time since they were first seen and the sum of their balances, on the last day of the data.",
        ),
        Tile(
            "by_label", "Clients by label", View.CHART, Breakdown(("total_clients",), ("attribute.label",)),
            bars("total_clients", "attribute.label"), records="total_clients", emits=("attribute.label",), width=5,
            height=320,
            hint="The attribute that the messaging system keeps. Unknown: not a contact there.",
        ),
    ),
    (
        Tile(
            "balance_by_segment", "Average balance by segment", View.CHART, Breakdown(("average_balance",), ("segment",)),
            bars("average_balance", "segment"), records="average_balance", emits=("segment",), width=6, height=240,
        ),
        Tile(
            "balance_by_age", "Average balance by age", View.CHART, Breakdown(("average_balance",), ("age_band",)),
            bars("average_balance", "age_band"), records="average_balance", emits=("age_band",), width=6, height=240,
        ),
    ),
    (
        Tile(
            "by_attribute", "Clients by attribute", View.CHART, ByAttribute(),
            bars("total_clients", "attribute", 14, rest=False), records="total_clients", emits=("attribute",), width=7,
            height=320,
            hint="Every attribute of clients that was loaded or that a mapping keeps, value by value. A client has one of "
            "each, so that the bars do not add up.",
        ),
        Tile(
            "by_country", "Clients by country", View.CHART, Breakdown(("total_clients",), ("country",)),
            bars("total_clients", "country", 9), records="total_clients", emits=("country",), width=5, height=320,
            hint="The country of the phone number's calling code.",
        ),
    ),
)  # fmt: skip

WHO = (
    (
        Tile(
            "by_state", "Clients by US state", View.CHART, Breakdown(("total_clients",), ("state",)), state_map,
            records="total_clients", emits=("state",), width=8, height=320,
        ),
        Tile(
            "top_clients", "Clients with the most interactions", View.TABLE, Leaders("interactions", "customer"),
            table(("customer", "interactions"), key="customer"),
            records="interactions", emits=("customer",), width=4, height=320,
        ),
    ),
    (Tile("clients", "All clients", View.LIST, ClientList(), client_list, width=12, height=420),),
)  # fmt: skip

PAGE = Page(
    name="clients",
    path="/clients",
    title="Clients",
    icon="clients",
    roles=frozenset(
        {Role.EXECUTIVE, Role.SALES_MANAGER, Role.SUPPORT_LEAD, Role.MARKETER, Role.STAFF, Role.ADMIN}
    ),
    filters=(
        "segment", "state", "acquisition_channel", "status", "country", "attribute.label", "age_band", "tenure_band",
        "balance_band", "cohort", "product_category", "owner", "stage", "campaign", "interaction_type", "channel",
    ),
    rows=(*GROWTH, *VALUE, *WHO),
)  # fmt: skip
