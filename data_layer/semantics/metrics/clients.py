"""Metrics of clients: reach, growth, activity, retention."""

from sqlalchemy import func

from data_layer.semantics.facts import ACTIVITY_SPAN, CUSTOMER, ENROLLMENT, HOLDING_SPAN
from data_layer.semantics.metric import Good, Kind, Metric, Unit
from data_layer.warehouse.tables import UNKNOWN_KEY, dim_customer, fact_enrollment, rollup_holding_span

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

METRICS = (TOTAL_CLIENTS, CLIENTS_ADDED, NEW_LEADS, ACTIVE_CLIENTS, RETENTION_RATE, PRODUCTS_PER_CUSTOMER)
