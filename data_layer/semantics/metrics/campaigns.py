"""Metrics of campaigns, per recipient: a reply proves a read, a read proves a delivery."""

from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, case, cast, func

from data_layer.semantics.facts import CAMPAIGN, CAMPAIGN_RECIPIENT, CAMPAIGN_TRY
from data_layer.semantics.metric import Good, Kind, Metric, Unit, count_where, rate, total
from data_layer.warehouse.tables import fact_campaign_recipient as r

_SOURCES = ("campaign_recipients",)
_BESIDES = ("enrollments", "opportunities", "stage_changes")  # what tells of conversions
_ATTRIBUTED = r.c.is_delivered & r.c.is_converted.isnot(None)


def _brought_in(revenue: ColumnElement[Any], is_converted: ColumnElement[bool]) -> ColumnElement[Any]:
    """The sum of revenue; NULL where some converted and of none of them it is known: the zeros of the others say nothing."""
    is_unknown = (count_where(is_converted) > 0) & (count_where(is_converted & revenue.isnot(None)) == 0)
    return case((is_unknown, None), else_=total(revenue))


AUDIENCE = Metric(
    "campaign_audience", "Audience",
    "Recipients that campaigns were meant for, whether anything was sent to them or not, by the day of sending; of those "
    "never sent to, by the day of the failure, else the campaign's first.",
    "count of recipients", Unit.COUNT, Good.NEUTRAL,
    CAMPAIGN_TRY, func.count(), func.count(), "recipients", _SOURCES, additive=True,
)  # fmt: skip
NOT_REACHED = Metric(
    "campaign_failures", "Not reached",
    "Recipients of campaigns to whom nothing was delivered and of whom it is known why: it failed, or they were skipped.",
    "count of recipients with a reason and no delivery", Unit.COUNT, Good.DOWN,
    CAMPAIGN_TRY, func.count(), func.count(), "recipients", _SOURCES, where=r.c.is_failed, additive=True,
)  # fmt: skip

SENT = Metric(
    "sent", "Sent",
    "Recipients whose message was accepted for sending in the period; skipped and failed ones are apart.",
    "count of recipients accepted for sending", Unit.COUNT, Good.NEUTRAL,
    CAMPAIGN_RECIPIENT, func.count(), func.count(), "recipients", _SOURCES, where=r.c.is_sent, additive=True,
)  # fmt: skip
DELIVERED = Metric(
    "delivered", "Reached",
    "Recipients whose message arrived, by the day it was sent; a read or a reply proves that it did.",
    "count of recipients delivered to", Unit.COUNT, Good.UP,
    CAMPAIGN_RECIPIENT, func.count(), func.count(), "delivered", _SOURCES, where=r.c.is_delivered, additive=True,
)  # fmt: skip
READ = Metric(
    "read", "Readers",
    "Recipients who opened the message, by the day it was sent; a reply proves it.",
    "count of recipients who read", Unit.COUNT, Good.UP,
    CAMPAIGN_RECIPIENT, func.count(), func.count(), "read", _SOURCES, where=r.c.is_read, additive=True,
)  # fmt: skip
DELIVERED_RATE = Metric(
    "delivered_rate", "Delivered",
    "Share of the recipients sent to whose message arrived.",
    "delivered ÷ sent", Unit.RATE, Good.UP,
    CAMPAIGN_RECIPIENT, rate(r.c.is_delivered), func.count(), "sent", _SOURCES, where=r.c.is_sent,
)  # fmt: skip
READ_RATE = Metric(
    "read_rate", "Read",
    "Share of the recipients reached who opened the message.",
    "read ÷ delivered", Unit.RATE, Good.UP,
    CAMPAIGN_RECIPIENT, rate(r.c.is_read, of=r.c.is_delivered), count_where(r.c.is_delivered), "delivered", _SOURCES,
    where=r.c.is_sent,
)  # fmt: skip
REPLY_RATE = Metric(
    "reply_rate", "Replied",
    "Share of the recipients reached who replied within 72 hours of delivery (setting).",
    "replied within 72 h ÷ delivered", Unit.RATE, Good.UP,
    CAMPAIGN_RECIPIENT, rate(r.c.is_replied, of=r.c.is_delivered), count_where(r.c.is_delivered), "delivered",
    _SOURCES, where=r.c.is_sent,
)  # fmt: skip
REPLIED = Metric(
    "replied", "Replies to campaigns",
    "Recipients who replied within 72 hours of delivery (setting), by the day the message was sent; of one campaign a "
    "client counts once.",
    "count of recipients who replied within 72 h", Unit.COUNT, Good.UP,
    CAMPAIGN_RECIPIENT, func.count(), func.count(), "replies", _SOURCES, where=r.c.is_replied, additive=True,
)  # fmt: skip
CONVERSION_RATE = Metric(
    "conversion_rate", "Converted",
    "Share of the recipients reached who enrolled or whose opportunity was won within 14 days (setting) of their reply. Each "
    "enrolment and each opportunity's first win counts for the last campaign that the client replied to before it.",
    "converted ÷ delivered", Unit.RATE, Good.UP,
    CAMPAIGN_RECIPIENT, rate(r.c.is_converted, of=_ATTRIBUTED), count_where(_ATTRIBUTED), "delivered", _SOURCES,
    besides=_BESIDES, where=r.c.is_sent,
)  # fmt: skip
CONVERSIONS = Metric(
    "campaign_conversions", "Conversions",
    "Recipients who enrolled or whose opportunity was won within 14 days (setting) of their reply, by the day the message was "
    "sent. Each enrolment and each opportunity's first win counts for the last campaign that the client replied to before it; "
    "of one campaign a client counts once.",
    "count of recipients with an attributed enrolment or won opportunity", Unit.COUNT, Good.UP,
    CAMPAIGN_RECIPIENT, func.count(), func.count(), "conversions", _SOURCES, besides=_BESIDES, where=r.c.is_converted,
    additive=True,
)  # fmt: skip
REVENUE = Metric(
    "campaign_revenue", "Revenue",
    "What the attributed conversions bring in, by the day the message was sent: the value of the won opportunities, and of the "
    "enrolments their product's fees of one year on the initial investment; a sale that is both counts once, by its "
    "opportunity. Unknown where no amount is known.",
    "sum of value + (initial investment × annual fee + fixed fee), over attributed conversions", Unit.MONEY, Good.UP,
    CAMPAIGN_RECIPIENT, total(r.c.revenue), func.count(r.c.revenue), "conversions of known revenue", _SOURCES,
    besides=_BESIDES, where=r.c.is_converted, additive=True, is_whole=False,
)  # fmt: skip
REPORTED_CONVERSIONS = Metric(
    "reported_conversions", "Conversions, as reported",
    "Recipients whom the messaging system itself reports as converted, by the day the message was sent. Unknown where it "
    "reports nobody.",
    "count of recipients reported as converted", Unit.COUNT, Good.UP,
    CAMPAIGN_RECIPIENT, total(cast(r.c.is_reported_converted, Integer)), count_where(r.c.is_reported_converted),
    "reported conversions", _SOURCES, where=r.c.is_sent, additive=True,
)  # fmt: skip
REPORTED_REVENUE = Metric(
    "reported_revenue", "Revenue, as reported",
    "What converted recipients brought in, as the messaging system itself reports it, by the day the message was sent.",
    "sum of reported revenue of recipients", Unit.MONEY, Good.UP,
    CAMPAIGN_RECIPIENT, _brought_in(r.c.reported_revenue, r.c.is_reported_converted), count_where(r.c.reported_revenue > 0),
    "recipients with reported revenue", _SOURCES, where=r.c.is_sent, additive=True, is_whole=False,
)  # fmt: skip
COST = Metric(
    "campaign_cost", "Cost",
    "What the messages sent in the period cost: each campaign's cost, spread evenly over all that it was sent to.",
    "sum of cost ÷ recipients sent to, over the recipients", Unit.MONEY, Good.NEUTRAL,
    CAMPAIGN_RECIPIENT, total(r.c.cost_share), func.count(r.c.cost_share), "sent at a known cost", _SOURCES,
    where=r.c.is_sent, additive=True, is_whole=False,
)  # fmt: skip
_COSTED = r.c.is_sent & r.c.cost_share.isnot(None)
ROI = Metric(
    "campaign_roi", "ROI",
    "What campaigns brought in beyond their cost, as a share of it; of messages whose cost is known. Revenue is that of the "
    "attributed conversions, and may still come for what was sent lately.",
    "(revenue − cost) ÷ cost", Unit.RATE, Good.UP,
    CAMPAIGN_RECIPIENT,
    (cast(_brought_in(r.c.revenue, r.c.is_converted), Double) - func.sum(r.c.cost_share))
    / func.nullif(func.sum(r.c.cost_share), 0),
    func.count(), "sent at a known cost", _SOURCES, besides=_BESIDES, where=_COSTED, is_whole=False,
)  # fmt: skip
ACTIVE_CAMPAIGNS = Metric(
    "active_campaigns", "Active campaigns",
    "Campaigns that are running at the end of the period.",
    "count of campaigns started and not ended on the last day", Unit.COUNT, Good.NEUTRAL,
    CAMPAIGN, func.count(), func.count(), "campaigns", ("campaigns",), Kind.STOCK, additive=True,
)  # fmt: skip

METRICS = (
    AUDIENCE, SENT, DELIVERED, DELIVERED_RATE, READ, READ_RATE, REPLIED, REPLY_RATE, NOT_REACHED, CONVERSIONS,
    CONVERSION_RATE, REVENUE, COST, ROI, REPORTED_CONVERSIONS, REPORTED_REVENUE, ACTIVE_CAMPAIGNS,
)  # fmt: skip
