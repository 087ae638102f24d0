"""What the page of one client reads: everything that happened with them in one stream, and how healthy they are."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Integer, SmallInteger, Table, Text

from data_layer.warehouse.dimension_tables import key_column, metadata, money_column

# One row per thing that happened, by client and then by time: a client's rows lie side by side, and the key itself is
# the order of their stream, so that any stretch of it is one short read.
rollup_event = Table(
    "rollup_event",
    metadata,
    key_column("event_key"),
    key_column("customer_key"),
    key_column("staff_key"),  # who did the work; of a client's message, whose conversation it is
    key_column("interaction_type_key"),
    key_column("product_key"),
    key_column("campaign_key"),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("is_work", Boolean, nullable=False),  # somebody's work, as the fact it comes from is
    Column("happened_at", DateTime),
    Column("happened_date", Date, nullable=False),
    Column("happened_hour", SmallInteger),
    Column("source_key", BigInteger, nullable=False),  # the row of the fact that the kind comes from
    Column("what", Text, nullable=False),
    Column("result", Text),
    money_column("amount"),
)

# A client's health at the end of each month, and on the generation's last day; it holds until the next one.
rollup_health = Table(
    "rollup_health",
    metadata,
    key_column("customer_key"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("score", Double),  # 0–100; NULL under the least coverage
    Column("coverage", Double, nullable=False),  # the share of the weights whose components have data
    Column("recency", Double),  # each component 0–100, NULL where nothing is known
    Column("frequency", Double),
    Column("followups", Double),
    Column("satisfaction", Double),
    Column("digital", Double),
    Column("balance", Double),
    Column("tenure", Double),
)

health_component = Table(
    "health_component",
    metadata,
    Column("name", Text, nullable=False),  # a column of rollup_health
    Column("position", Integer, nullable=False),
    Column("weight", Double, nullable=False),
)
