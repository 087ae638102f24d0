"""The warehouse: a star schema in Kimball's terms, as SQLAlchemy Core tables.

Conventions

* ``*_key``: surrogate integer keys; key 0 is the row "Unknown" of every dimension, so that no join drops a fact.
* ``*_at``: a moment in UTC without zone; NULL where the source gave only a date.
* ``*_date``: the local day in the site's time zone; ``*_hour``: its local hour, NULL where only a date is known.
* ``valid_from``, ``valid_to``: the half-open span of local days during which a row counts as true; ``valid_to``
  is 9999-12-31 where no end is known.  A stock at the end of day D is what holds ``valid_from <= D < valid_to``.
* Money is DECIMAL(18, 2), in the site's currency.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Integer, SmallInteger, Table, Text

from data_layer.warehouse.client_tables import health_component, rollup_event, rollup_health
from data_layer.warehouse.dimension_tables import (
    FOREVER,
    UNKNOWN,
    UNKNOWN_KEY,
    customer_attribute,
    dim_attribute,
    dim_campaign,
    dim_customer,
    dim_date,
    dim_interaction_type,
    dim_opportunity,
    dim_product,
    dim_staff,
    dim_stage,
    dim_template,
    identity_match,
    key_column,
    metadata,
    money_column,
)
from data_layer.warehouse.rollup_tables import ROLLUP_VALUES, dim_rollup, dim_rollup_member, rollup_day

LEAST_SCORE, MOST_SCORE = 1, 5
"""The scale of satisfaction; a fact has no score but on it."""

fact_interaction = Table(
    "fact_interaction",
    metadata,
    key_column("interaction_key"),
    Column("interaction_id", Text, nullable=False),
    Column("source", Text, nullable=False),  # service, interaction manager, conversation
    key_column("customer_key"),
    key_column("staff_key"),
    key_column("interaction_type_key"),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),  # inbound, two-way, outbound
    Column("is_qualifying", Boolean, nullable=False),  # inbound or two-way: it makes a client active
    Column("opened_at", DateTime),
    Column("opened_date", Date, nullable=False),
    Column("opened_hour", SmallInteger),
    Column("first_response_at", DateTime),
    Column("first_response_minutes", Double),  # calendar minutes; NULL where unanswered or not a conversation
    Column("resolved_at", DateTime),
    Column("resolved_date", Date),
    Column("resolution_hours", Double),
    Column("reopened_at", DateTime),
    Column("duration_minutes", Double),
    Column("satisfaction_asked", Boolean),
    Column("satisfaction_score", Double),
    Column("resolution_status", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("summary", Text),
    Column("valid_from", Date),  # open conversations: opened … resolved; NULL for what is no conversation
    Column("valid_to", Date),
)

fact_message = Table(
    "fact_message",
    metadata,
    key_column("message_key"),
    Column("message_id", Text, nullable=False),
    key_column("interaction_key"),
    key_column("customer_key"),
    key_column("staff_key"),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),  # inbound, outbound, automatic
    Column("sent_at", DateTime),
    Column("sent_date", Date, nullable=False),
    Column("sent_hour", SmallInteger),
    Column("text", Text),
    Column("reply_minutes", Double),  # of a human reply: since the first customer message it answers
)

fact_followup = Table(
    "fact_followup",
    metadata,
    key_column("followup_key"),
    Column("followup_id", Text, nullable=False),
    key_column("interaction_key"),
    key_column("customer_key"),
    key_column("staff_key"),
    key_column("interaction_type_key"),
    Column("action", Text),
    Column("priority", Text, nullable=False),
    Column("created_date", Date),
    Column("due_at", DateTime),
    Column("due_date", Date, nullable=False),
    Column("completed_at", DateTime),
    Column("completed_date", Date),
    Column("status", Text, nullable=False),  # Open, Completed, Cancelled
    Column("is_escalated", Boolean, nullable=False),
    Column("is_late", Boolean, nullable=False),  # completed after it was due
    Column("delay_days", Double),  # of a late one: completed − due
    Column("notes", Text),
    Column("valid_from", Date),  # overdue from the day after a due day, or from the day of a due time …
    Column("valid_to", Date),  # … until the day it was done; equal to valid_from where it never was overdue
)

fact_stage_change = Table(
    "fact_stage_change",
    metadata,
    key_column("stage_change_key"),
    key_column("opportunity_key"),
    key_column("customer_key"),
    key_column("staff_key"),
    key_column("product_key"),
    key_column("stage_key"),  # the stage entered
    Column("from_stage", Text),
    Column("entered_at", DateTime),
    Column("entered_date", Date, nullable=False),
    money_column("value"),
    Column("is_first_entry", Boolean, nullable=False),
    Column("is_derived", Boolean, nullable=False),
    Column("days_in_stage", Double),  # NULL while the stay is open
    Column("days_since_begun", Double),  # since the opportunity entered its first stage
    Column("waiting_since", Date),  # the day it was entered; NULL for a won or lost stage, where nothing is waited for
    Column("closed_again_at", DateTime),
    Column("closed_again_date", Date),  # of a closing: when the opportunity was won or lost the next time
    Column("valid_from", Date),
    Column("valid_to", Date),
)

fact_campaign_recipient = Table(
    "fact_campaign_recipient",
    metadata,
    key_column("campaign_recipient_key"),
    Column("recipient_id", Text, nullable=False),
    key_column("campaign_key"),
    key_column("template_key"),
    key_column("customer_key"),
    Column("sent_at", DateTime),
    Column("sent_date", Date),  # NULL: never accepted for sending
    Column("tried_date", Date),  # of what was never sent: the day it failed, else the campaign's first
    Column("sent_hour", SmallInteger),
    Column("delivered_at", DateTime),
    Column("read_at", DateTime),
    Column("replied_at", DateTime),
    Column("failed_at", DateTime),
    Column("failure_reason", Text, nullable=False),
    Column("converted_at", DateTime),  # the first conversion attributed to the reply
    Column("converted_date", Date),
    Column("converted_by", Text),  # all that was attributed: Enrolment, Won opportunity
    Column("is_sent", Boolean, nullable=False),
    Column("is_delivered", Boolean, nullable=False),  # a read or a reply proves it
    Column("is_read", Boolean, nullable=False),  # a reply proves it
    Column("is_replied", Boolean, nullable=False),  # within the reply window after delivery
    Column("is_failed", Boolean, nullable=False),
    Column("is_converted", Boolean),  # NULL for all where neither enrolments nor stages are known
    Column(
        "revenue", Double
    ),  # attributed, not rounded to cents; 0 for who did not convert, NULL where it is not known
    Column("reported_converted_at", DateTime),  # by the messaging system, as the next two
    Column("is_reported_converted", Boolean),  # NULL for all where it reports no conversion of anybody
    money_column("reported_revenue"),  # 0 for who did not convert; NULL where it is not known, or none is reported
    Column("cost_share", Double),  # of who was sent to: an equal part of the campaign's cost, not rounded to cents
)

fact_enrollment = Table(
    "fact_enrollment",
    metadata,
    key_column("enrollment_key"),
    Column("enrollment_id", Text, nullable=False),
    key_column("customer_key"),
    key_column("product_key"),
    key_column("staff_key"),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("enrolled_date", Date, nullable=False),
    Column("closed_date", Date),
    money_column("initial_investment"),
    Column("contribution_frequency", Text),
    money_column("monthly_contribution"),
    Column("valid_from", Date),
    Column("valid_to", Date),
)

fact_balance = Table(
    "fact_balance",
    metadata,
    key_column("balance_key"),
    Column("balance_id", Text, nullable=False),
    key_column("customer_key"),
    key_column("product_key"),
    Column("balance_date", Date, nullable=False),
    money_column("balance"),
    money_column("contributions"),
    money_column("withdrawals"),
    money_column("investment_returns"),
    money_column("fees"),
    Column("is_given_up", Boolean, nullable=False),  # a balance dated after the account was reported as given up
    Column("valid_from", Date),
    Column("valid_to", Date),  # the account's next balance, or the day it counts as stale, whichever comes first
)

fact_engagement = Table(
    "fact_engagement",
    metadata,
    key_column("engagement_key"),
    Column("engagement_id", Text, nullable=False),
    key_column("customer_key"),
    Column("action", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("occurred_at", DateTime),
    Column("occurred_date", Date, nullable=False),
    Column("occurred_hour", SmallInteger),
    Column("duration_minutes", Double),
    Column("pages_viewed", Integer),
    Column("actions_taken", Integer),
)

fact_churn = Table(
    "fact_churn",
    metadata,
    key_column("churn_key"),
    key_column("customer_key"),
    key_column("product_key"),
    Column("churn_date", Date),
    Column("reason", Text, nullable=False),
    Column("exit_score", Double),
    Column("is_recovered", Boolean, nullable=False),
    money_column("lifetime_value"),
)

fact_market = Table(
    "fact_market",
    metadata,
    Column("date", Date, nullable=False),
    Column("sp500_index", Double),
    Column("bond_index", Double),
    Column("inflation_rate", Double),
    Column("prime_rate", Double),
    Column("unemployment_rate", Double),
)

# Rollups: built once at load time, so that "active at any day" and "holding at any day" are one range test.
# A customer's spans neither overlap nor touch.

rollup_activity_span = Table(
    "rollup_activity_span",
    metadata,
    key_column("customer_key"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),  # the first day without an activity in the window before it
)

rollup_holding_span = Table(
    "rollup_holding_span",
    metadata,
    key_column("customer_key"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
)

rollup_client_span = Table(
    "rollup_client_span",
    metadata,
    key_column("customer_key"),
    Column("movement", Text, nullable=False),  # how the span began: New, Enrolled, Lost, Returned
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),  # empty for who enrolled on the day of the first contact
)

rollup_stage_passage = Table(  # one row per opportunity and stage of the way that it passed, skipped ones too
    "rollup_stage_passage",
    metadata,
    key_column("stage_passage_key"),
    key_column("opportunity_key"),
    key_column("customer_key"),
    key_column("staff_key"),
    key_column("product_key"),
    key_column("stage_key"),  # the stage passed; no lost one
    Column("began_date", Date, nullable=False),  # when the opportunity entered its first stage, whichever
    Column("entered_date", Date, nullable=False),  # the first day it was in this stage or beyond
    Column("next_date", Date),  # the first day it was beyond
    Column("won_date", Date),  # the first day it was won
    Column("lost_date", Date),  # of its furthest stage, when it is lost at the generation's last day: since when
    Column("days_to_lost", Integer),  # from entering the furthest stage until then
    money_column("value"),  # of the opportunity, as last known
    Column("is_first", Boolean, nullable=False),  # the first stage of the way: exactly one row per opportunity
    Column("has_next", Boolean, nullable=False),
    Column("is_skipped", Boolean, nullable=False),  # it never was in this stage itself
    Column("is_due", Boolean, nullable=False),  # the conversion window after entering has passed
    Column("is_in_time", Boolean, nullable=False),  # it went beyond within the window
    Column("is_won_in_time", Boolean, nullable=False),  # won within the window after it began
)

rollup_client_status = Table(
    "rollup_client_status",
    metadata,
    key_column("customer_key"),
    Column("status", Text, nullable=False),  # Active, Too early, Inactive: from first seen on, without a gap
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
)

# About the generation itself.

load_source = Table(
    "load_source",
    metadata,
    Column("source", Text, nullable=False),  # the source table's name
    Column("group", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("first_date", Date),
    Column("last_date", Date),
    Column("has_times", Boolean, nullable=False),
    Column("orphans", BigInteger, nullable=False),
    Column("loaded_at", DateTime, nullable=False),
)

generation = Table(
    "generation",
    metadata,
    Column("generation_id", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("as_of", Date, nullable=False),  # the last day that any source covers
    Column("active_days", Integer, nullable=False),
    Column("balance_stale_days", Integer, nullable=False),
    Column("conversion_days", Integer, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("shape", Text, nullable=False),  # of the star when it was built, see data_layer.warehouse.shape
)

__all__ = [
    "FOREVER",
    "ROLLUP_VALUES",
    "UNKNOWN",
    "UNKNOWN_KEY",
    "customer_attribute",
    "dim_attribute",
    "dim_campaign",
    "dim_customer",
    "dim_date",
    "dim_interaction_type",
    "dim_opportunity",
    "dim_product",
    "dim_rollup",
    "dim_rollup_member",
    "dim_staff",
    "dim_stage",
    "dim_template",
    "fact_balance",
    "fact_campaign_recipient",
    "fact_churn",
    "fact_engagement",
    "fact_enrollment",
    "fact_followup",
    "fact_interaction",
    "fact_market",
    "fact_message",
    "fact_stage_change",
    "generation",
    "health_component",
    "identity_match",
    "load_source",
    "metadata",
    "rollup_activity_span",
    "rollup_client_span",
    "rollup_client_status",
    "rollup_day",
    "rollup_event",
    "rollup_health",
    "rollup_holding_span",
    "rollup_stage_passage",
]
