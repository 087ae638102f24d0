"""The facts as the semantic layer sees them: which column is their time, which dimensions they carry themselves.

A *fact* here is anything that can be counted.  Customers are one too: ``clients_added`` counts rows of
``dim_customer`` by the day they were first seen.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table

from data_layer.warehouse import tables as t


@dataclass(frozen=True)
class Fact:
    """A table that metrics aggregate.

    ``time``: the date column that puts a row into a period, for flows.
    ``hour``: the local hour, where the fact has one.
    ``is_span``: the rows hold for ``valid_from <= day < valid_to``, so stocks can be counted on any day.
    ``own``: dimensions that are columns of the fact itself.
    ``work``: the column that says whether a row is somebody's work, where the fact holds rows that are nobody's too.
    """

    name: str
    label: str
    table: Table
    time: str | None = None
    hour: str | None = None
    is_span: bool = False
    own: dict[str, str] = field(default_factory=dict)
    work: str | None = None

    @property
    def time_column(self) -> ColumnElement[Any] | None:
        """The date column of flows, None where the fact has only spans."""
        return self.table.c[self.time] if self.time else None

    def has(self, column: str) -> bool:
        return column in self.table.c


CUSTOMER = Fact("customer", "clients", t.dim_customer, time="first_seen_date", is_span=True)
INTERACTION = Fact(
    "interaction", "interactions", t.fact_interaction, time="opened_date", hour="opened_hour",
    own={"channel": "channel", "resolution_status": "resolution_status"},
)  # fmt: skip
RESOLUTION = Fact(
    "resolution", "resolved conversations", t.fact_interaction, time="resolved_date",
    own={"channel": "channel", "resolution_status": "resolution_status"},
)  # fmt: skip
OPEN_CONVERSATION = Fact(
    "open_conversation", "open conversations", t.fact_interaction, is_span=True,
    own={"channel": "channel", "resolution_status": "resolution_status"},
)  # fmt: skip
MESSAGE = Fact(
    "message", "messages", t.fact_message, time="sent_date", hour="sent_hour", own={"channel": "channel"}
)  # fmt: skip
FOLLOWUP = Fact("followup", "follow-ups", t.fact_followup, time="due_date", own={"priority": "priority"})
OVERDUE_FOLLOWUP = Fact(
    "overdue_followup", "overdue follow-ups", t.fact_followup, is_span=True, own={"priority": "priority"}
)
COMPLETED_FOLLOWUP = Fact(
    "completed_followup", "completed follow-ups", t.fact_followup, time="completed_date", own={"priority": "priority"}
)
STAGE_CHANGE = Fact("stage_change", "stage changes", t.fact_stage_change, time="entered_date", is_span=True)
CAMPAIGN_RECIPIENT = Fact(
    "campaign_recipient", "campaign recipients", t.fact_campaign_recipient, time="sent_date", hour="sent_hour",
    own={"failure_reason": "failure_reason"},
)  # fmt: skip
CAMPAIGN_TRY = Fact(
    "campaign_try", "campaign recipients, sent to or not", t.fact_campaign_recipient, time="tried_date",
    own={"failure_reason": "failure_reason"},
)  # fmt: skip
CAMPAIGN = Fact("campaign", "campaigns", t.dim_campaign, time="started_date", is_span=True, own={"channel": "channel"})
ENROLLMENT = Fact("enrollment", "enrolments", t.fact_enrollment, time="enrolled_date", is_span=True)
BALANCE = Fact("balance", "account balances", t.fact_balance, time="balance_date", is_span=True)
ENGAGEMENT = Fact(
    "engagement", "digital sessions", t.fact_engagement, time="occurred_date", hour="occurred_hour",
    own={"device": "device", "action": "action"},
)  # fmt: skip
CHURN = Fact("churn", "products given up", t.fact_churn, time="churn_date")
ACTIVITY_SPAN = Fact("activity_span", "active clients", t.rollup_activity_span, is_span=True)
HOLDING_SPAN = Fact("holding_span", "clients who hold a product", t.rollup_holding_span, is_span=True)
CLIENT_SPAN = Fact("client_span", "clients who are with us or lost", t.rollup_client_span, is_span=True)
CLIENT_MOVE = Fact(
    "client_move", "clients who came, enrolled, left or returned", t.rollup_client_span, time="valid_from",
    own={"movement": "movement"},
)  # fmt: skip
STAGE_PASSAGE = Fact("stage_passage", "stages passed by opportunities", t.rollup_stage_passage, time="began_date")
CLIENT_STATUS = Fact("client_status", "clients by activity", t.rollup_client_status, is_span=True)

EVENT = Fact(
    "event", "events of clients", t.rollup_event, time="happened_date", hour="happened_hour",
    own={"event_kind": "kind", "channel": "channel"}, work="is_work",
)  # fmt: skip
HEALTH = Fact("health", "clients by health", t.rollup_health, is_span=True)

FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        CUSTOMER, INTERACTION, RESOLUTION, OPEN_CONVERSATION, MESSAGE, FOLLOWUP, OVERDUE_FOLLOWUP, COMPLETED_FOLLOWUP,
        STAGE_CHANGE, CAMPAIGN_RECIPIENT, CAMPAIGN_TRY, CAMPAIGN, ENROLLMENT, BALANCE, ENGAGEMENT, CHURN, ACTIVITY_SPAN,
        HOLDING_SPAN, EVENT, HEALTH, CLIENT_SPAN, CLIENT_MOVE, CLIENT_STATUS, STAGE_PASSAGE,
    )
}  # fmt: skip
