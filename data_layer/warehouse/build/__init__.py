"""Builds the star from the staged sources, all in SQL, in one DuckDB file."""

from collections.abc import Callable

from data_layer.warehouse.build import (
    about,
    attributes,
    campaigns,
    catalogue,
    customers,
    days,
    digital,
    events,
    followups,
    health,
    identity,
    interactions,
    money,
    pipeline,
    spans,
    standing,
)
from data_layer.warehouse.build.context import Build
from data_layer.warehouse.build.prepare import create_star, create_views

Step = tuple[str, Callable[[Build], None]]

# Each step reads what the steps before it made.
STEPS: tuple[Step, ...] = (
    ("customers", identity.key_customers),
    ("staff", identity.build_staff),
    ("interaction types", identity.build_interaction_types),
    ("products", catalogue.build_products),
    ("campaigns", catalogue.build_campaigns),
    ("templates", catalogue.build_templates),
    ("interactions", interactions.build_interactions),
    ("messages", interactions.build_messages),
    ("follow-ups", followups.build_followups),
    ("pipeline", pipeline.build_pipeline),
    ("enrolments", money.build_enrollments),
    ("campaign recipients", campaigns.build_recipients),
    ("balances", money.build_balances),
    ("products given up", money.build_churn),
    ("market", money.build_market),
    ("digital sessions", digital.build_engagement),
    ("activity", spans.build_activity_spans),
    ("holdings", spans.build_holding_spans),
    ("customer profiles", customers.build_customers),
    ("customer attributes", attributes.build_attributes),
    ("customer standing", standing.build_client_spans),
    ("customer status", standing.build_client_status),
    ("events of clients", events.build_events),
    ("health of clients", health.build_health),
    ("calendar", about.build_dates),
    ("figures by day", days.build_days),
)


def build_star(build: Build) -> None:
    """Fill the star from schema ``source`` of the connection's file; sets ``build.as_of``."""
    create_star(build)
    loaded = create_views(build)
    about.survey_sources(build, loaded)
    build.as_of = about.find_as_of(build)
    for name, step in STEPS:
        build.on_step(name)
        step(build)
    build.on_step("sources")
    about.build_load_source(build)
    about.build_generation(build)


__all__ = ["STEPS", "Build", "build_star"]
