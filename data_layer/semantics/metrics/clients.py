"""Metrics of clients: reach, growth, activity, retention."""

from sqlalchemy import Double, case, cast, func

from data_layer.semantics.facts import (
    ACTIVITY_SPAN,
    BALANCE,
    CLIENT_MOVE,
    CLIENT_SPAN,
    CLIENT_STATUS,
    CUSTOMER,
    ENROLLMENT,
    HOLDING_SPAN,
)
from data_layer.semantics.metric import Good, Kind, Metric, Unit, rate, total
from data_layer.warehouse.tables import (
    UNKNOWN_KEY,
    dim_customer,
    fact_balance,
    fact_enrollment,
    rollup_client_span,
    rollup_client_status,
    rollup_holding_span,
)

_REACHED = ("customers", "enrollments", "clients", "contacts")
_ACTIVE = ("enrollments", "account_balances", "service_interactions", "engagement", "interactions", "conversations")

TOTAL_CLIENTS = Metric(
    "total_clients", "Total clients",
    "Distinct clients ever enrolled or contacted, up to the end of the period; merged ones count once.",
    "count of clients first seen on or before the last day", Unit.COUNT, Good.UP,
    CUSTOMER, func.count(), func.count(), "clients", _REACHED, Kind.STOCK, additive=True,
)  # fmt: skip
CLIENTS_ADDED = Metric(
    "clients_added", "Clients added",
    "Clients whose first enrolment or first contact falls in the period.",
    "count of clients by the day they were first seen", Unit.COUNT, Good.UP,
    CUSTOMER, func.count(), func.count(), "clients", _REACHED, additive=True,
)  # fmt: skip
NEW_LEADS = Metric(
    "new_leads", "New leads",
    "Clients added who held no product on the day they were first seen.",
    "count of clients first seen in the period without an enrolment on or before that day", Unit.COUNT, Good.UP,
    CUSTOMER, func.count(), func.count(), "clients", ("contacts", "clients"), additive=True,
    where=dim_customer.c.enrolled_date.is_(None) | (dim_customer.c.enrolled_date > dim_customer.c.first_seen_date),
)  # fmt: skip
ACTIVE_CLIENTS = Metric(
    "active_clients", "Active clients",
    "Clients with at least one inbound or two-way interaction, enrolment, money movement or digital session in the "
    "last 90 days (setting), counted at the end of the period.",
    "count of clients with an activity in the 90 days up to the last day", Unit.COUNT, Good.UP,
    ACTIVITY_SPAN, func.count(), func.count(), "clients", _ACTIVE, Kind.STOCK, additive=True,
)  # fmt: skip

RETENTION_RATE = Metric(
    "retention_rate", "Retention rate",
    "Of the clients who held a product when the period began, the share who still (or again) held one at its end.",
    "|holders at start ∩ holders at end| ÷ |holders at start|", Unit.RATE, Good.UP,
    HOLDING_SPAN, rollup_holding_span.c.customer_key, rollup_holding_span.c.customer_key,
    "holders at the start", ("enrollments",), Kind.RETAINED,
)  # fmt: skip
PRODUCTS_PER_CUSTOMER = Metric(
    "products_per_customer", "Products per client",
    "Open enrolments per client who holds at least one, at the end of the period.",
    "open enrolments ÷ distinct clients with one", Unit.RATIO, Good.UP,
    ENROLLMENT, 1.0 * func.count() / func.nullif(func.count(fact_enrollment.c.customer_key.distinct()), 0),
    func.count(fact_enrollment.c.customer_key.distinct()), "clients with a product", ("enrollments",), Kind.STOCK,
    where=fact_enrollment.c.customer_key != UNKNOWN_KEY,
)  # fmt: skip
INACTIVE_CLIENTS = Metric(
    "inactive_clients", "Inactive clients",
    "Clients without an activity in the last 90 days (setting) who were first seen longer ago than that, counted at the "
    "end of the period.",
    "total clients − active − too early", Unit.COUNT, Good.DOWN,
    CLIENT_STATUS, func.count(), func.count(), "clients", _ACTIVE, Kind.STOCK,
    where=rollup_client_status.c.status == "Inactive", additive=True,
)  # fmt: skip
TOO_EARLY_CLIENTS = Metric(
    "too_early_clients", "Too early",
    "Clients without an activity who were first seen less than 90 days (setting) ago: too early to call them inactive.",
    "count of clients first seen in the 90 days up to the last day, without an activity", Unit.COUNT, Good.NEUTRAL,
    CLIENT_STATUS, func.count(), func.count(), "clients", _ACTIVE, Kind.STOCK,
    where=rollup_client_status.c.status == "Too early", additive=True,
)  # fmt: skip
CURRENT_CLIENTS = Metric(
    "current_clients", "Clients with us",
    "All clients but the lost ones: those who gave up their last product and have not taken another since.",
    "total clients − lost ones who have not returned", Unit.COUNT, Good.UP,
    CLIENT_SPAN, func.count(), func.count(), "clients", _REACHED, Kind.STOCK,
    where=rollup_client_span.c.movement != "Lost", additive=True,
)  # fmt: skip
CLIENTS_LOST = Metric(
    "clients_lost", "Clients lost",
    "Clients who gave up the last product they held. Giving up one of several is not a loss; neither is a loss that was "
    "recovered.",
    "count of clients by the day from which they held no product any more", Unit.COUNT, Good.DOWN,
    CLIENT_MOVE, func.count(), func.count(), "losses", ("retention",),
    where=rollup_client_span.c.movement == "Lost", additive=True, as_of_limited=True,
)  # fmt: skip
CLIENTS_RETURNED = Metric(
    "clients_returned", "Clients returned",
    "Lost clients who took a product again.",
    "count of lost clients by the day from which they held a product again", Unit.COUNT, Good.UP,
    CLIENT_MOVE, func.count(), func.count(), "returns", ("retention",),
    where=rollup_client_span.c.movement == "Returned", additive=True, as_of_limited=True,
)  # fmt: skip
NET_CLIENT_GROWTH = Metric(
    "net_client_growth", "Net growth",
    "How many clients more are with us at the end of the period than at its start.",
    "clients added + returned − lost", Unit.COUNT, Good.UP,
    CLIENT_MOVE, total(case((rollup_client_span.c.movement == "Lost", -1), else_=1)), func.count(),
    "clients who came, left or returned", _REACHED,
    where=rollup_client_span.c.movement != "Enrolled", additive=True, as_of_limited=True,
)  # fmt: skip
COHORT_RETENTION = Metric(
    "cohort_retention", "Cohort retention",
    "Of the clients who ever held a product, the share who hold one at the end of the period. By cohort, the month in "
    "which a client first held one, and month it says how many of a cohort are left so many months on.",
    "clients of the cohort who hold a product ÷ clients of the cohort", Unit.RATE, Good.UP,
    CLIENT_SPAN, rate(rollup_client_span.c.movement != "Lost"), func.count(), "clients of the cohort", ("enrollments",),
    Kind.STOCK, where=rollup_client_span.c.movement != "New",
)  # fmt: skip
AVERAGE_BALANCE = Metric(
    "average_balance", "Average balance",
    "Assets under management per client who has any, at the end of the period.",
    "assets under management ÷ distinct clients with a balance", Unit.MONEY, Good.UP,
    BALANCE,
    cast(func.sum(fact_balance.c.balance), Double) / func.nullif(func.count(fact_balance.c.customer_key.distinct()), 0),
    func.count(fact_balance.c.customer_key.distinct()), "clients with a balance", ("account_balances",), Kind.STOCK,
    where=(fact_balance.c.customer_key != UNKNOWN_KEY) & fact_balance.c.balance.is_not(None),
)  # fmt: skip

METRICS = (
    TOTAL_CLIENTS, CLIENTS_ADDED, NEW_LEADS, ACTIVE_CLIENTS, RETENTION_RATE, PRODUCTS_PER_CUSTOMER, INACTIVE_CLIENTS,
    TOO_EARLY_CLIENTS, CURRENT_CLIENTS, CLIENTS_LOST, CLIENTS_RETURNED, NET_CLIENT_GROWTH, COHORT_RETENTION,
    AVERAGE_BALANCE,
)  # fmt: skip
