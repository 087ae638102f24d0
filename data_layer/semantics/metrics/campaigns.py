"""Metrics of campaigns, per recipient: a reply proves a read, a read proves a delivery."""

from sqlalchemy import func

from data_layer.semantics.facts import CAMPAIGN, CAMPAIGN_RECIPIENT
from data_layer.semantics.metric import Good, Kind, Metric, Unit, count_where, rate
from data_layer.warehouse.tables import fact_campaign_recipient as r

_SOURCES = ("campaign_recipients",)

SENT = Metric(
    "sent", "Sent",
    "Recipients whose message was accepted for sending in the period; skipped and failed ones are apart.",
    "count of recipients accepted for sending", Unit.COUNT, Good.NEUTRAL,
    CAMPAIGN_RECIPIENT, func.count(), func.count(), "recipients", _SOURCES, where=r.c.is_sent, additive=True,
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
ACTIVE_CAMPAIGNS = Metric(
    "active_campaigns", "Active campaigns",
    "Campaigns that are running at the end of the period.",
    "count of campaigns started and not ended on the last day", Unit.COUNT, Good.NEUTRAL,
    CAMPAIGN, func.count(), func.count(), "campaigns", ("campaigns",), Kind.STOCK, additive=True,
)  # fmt: skip

METRICS = (SENT, DELIVERED_RATE, READ_RATE, REPLY_RATE, REPLIED, ACTIVE_CAMPAIGNS)
