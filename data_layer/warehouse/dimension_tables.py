"""The dimensions of the warehouse, and the conventions of its columns (see :mod:`data_layer.warehouse.tables`)."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)

FOREVER = date(9999, 12, 31)
UNKNOWN_KEY = 0
UNKNOWN = "Unknown"

metadata = MetaData()


def key_column(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def money_column(name: str) -> Column[object]:
    return Column(name, Numeric(18, 2))


dim_date = Table(
    "dim_date",
    metadata,
    Column("date", Date, nullable=False),
    Column("week", Date, nullable=False),  # the Monday of the ISO week
    Column("month", Date, nullable=False),  # the first day
    Column("quarter", Date, nullable=False),
    Column("year", Date, nullable=False),
    Column("weekday", SmallInteger, nullable=False),  # 1 Monday … 7 Sunday
)

dim_customer = Table(
    "dim_customer",
    metadata,
    key_column("customer_key"),
    Column("customer_id", Text, nullable=False),
    Column("full_name", Text),
    Column("email", Text),
    Column("phone", Text),  # as given
    Column("phone_e164", Text),  # NULL where it does not parse
    Column("company", Text),
    Column("birth_date", Date),
    Column("first_seen_date", Date),  # first enrolment or contact; NULL: never seen
    Column("valid_from", Date),  # the same as first_seen_date: the span in which the customer counts as a client
    Column("valid_to", Date),
    Column("enrolled_date", Date),  # as the customer file says, or the first enrolment, whichever is earlier
    Column("segment", Text, nullable=False),
    Column("country", Text, nullable=False),  # ISO 3166 alpha-2, from the phone's country code
    Column("state", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("age_band", Text, nullable=False),  # as of the generation's last day
    Column("tenure_band", Text, nullable=False),
    Column("tenure_step", Text, nullable=False),  # by half-years, in words
    Column("tenure_halves", SmallInteger, nullable=False),  # the same as a number, which orders them
    Column("balance_band", Text, nullable=False),  # of all accounts together, as of the generation's last day
    Column("cohort", Text, nullable=False),  # the month in which a product was first held, as 2026-11
    Column("cohort_name", Text, nullable=False),  # as people read it
    Column("first_category", Text, nullable=False),  # of the first product ever taken
    Column("label", Text, nullable=False),  # the messaging CRM's attribute: VIP, Lead, …
    Column("acquisition_channel", Text, nullable=False),
    Column("stage", Text, nullable=False),  # of the newest opportunity; "No opportunity" where there is none
    Column("status", Text, nullable=False),  # Active, Too early, Inactive: at the generation's last day
    key_column("owner_key"),  # dim_staff
    Column("is_merged_away", Boolean, nullable=False),
)

customer_attribute = Table(
    "customer_attribute",
    metadata,
    key_column("customer_key"),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),  # as given
    Column("shown", Text, nullable=False),  # what is split by and filtered on: the value, or the band of a number
    Column("position", Integer, nullable=False),  # the place of ``shown`` among the values of the attribute
)

dim_attribute = Table(
    "dim_attribute",
    metadata,
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # text; number: shown as it is, for it has few values; band
    Column("clients", BigInteger, nullable=False),
    Column("values", BigInteger, nullable=False),  # how many different ones were given
    Column("shown", BigInteger, nullable=False),  # how many different ones are shown
)

identity_match = Table(
    "identity_match",
    metadata,
    Column("outcome", Text, nullable=False),  # merged, conflict, ignored
    Column("matched_by", Text, nullable=False),  # email, phone
    Column("value", Text, nullable=False),  # what the ids have in common
    Column("customer_id", Text),  # of merged ones: who stays
    Column("ids", Text, nullable=False),  # who was merged away, or whose address it is
    Column("people", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)

dim_staff = Table(
    "dim_staff",
    metadata,
    key_column("staff_key"),
    Column("staff_id", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("email", Text),
    Column("team", Text, nullable=False),
    Column("kind", Text, nullable=False),  # Advisor, Agent, Staff
    Column("title", Text),
    Column("office", Text),
)

dim_interaction_type = Table(
    "dim_interaction_type",
    metadata,
    key_column("interaction_type_key"),
    Column("interaction_type_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
)

dim_product = Table(
    "dim_product",
    metadata,
    key_column("product_key"),
    Column("product_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("risk_level", Text, nullable=False),
    Column("launch_date", Date),
    money_column("min_investment"),
    Column("annual_fee_percentage", Double),
    money_column("management_fee_fixed"),
    Column("is_active", Boolean),
)

dim_campaign = Table(
    "dim_campaign",
    metadata,
    key_column("campaign_key"),
    Column("campaign_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("objective", Text),
    Column("started_date", Date),
    Column("ended_date", Date),  # NULL: no end is set
    Column("valid_from", Date),  # the days on which it runs
    Column("valid_to", Date),
    money_column("cost"),
    Column("audience", BigInteger),
)

dim_template = Table(
    "dim_template",
    metadata,
    key_column("template_key"),
    Column("template_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("body", Text),
)

dim_stage = Table(
    "dim_stage",
    metadata,
    key_column("stage_key"),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_won", Boolean, nullable=False),
    Column("is_lost", Boolean, nullable=False),
)

dim_opportunity = Table(
    "dim_opportunity",
    metadata,
    key_column("opportunity_key"),
    Column("opportunity_id", Text, nullable=False),
    Column("name", Text),
    key_column("customer_key"),
    key_column("staff_key"),  # the owner
    key_column("product_key"),
    Column("stage", Text, nullable=False),
    money_column("value"),
    Column("created_date", Date),
    Column("closed_date", Date),
)
