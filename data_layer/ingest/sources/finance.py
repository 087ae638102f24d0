"""The nine files of a financial company."""

from data_layer.ingest.sources.spec import (
    SourceTable,
    Type,
    date,
    flag,
    integer,
    key,
    money,
    number,
    text,
)

GROUP = "finance"

CUSTOMERS = SourceTable(
    "customers",
    GROUP,
    "clients, their segment, age and place",
    ("customer_id",),
    (
        key("customer_id"),
        text("first_name"),
        text("last_name"),
        date("birth_date"),
        date("enrollment_date"),
        text("customer_segment"),
        text("employer_id"),
        text("email"),
        text("phone"),
        text("address_city"),
        text("address_state"),
    ),
)
PRODUCTS = SourceTable(
    "products",
    GROUP,
    "products, their category, risk and fees",
    ("product_id",),
    (
        key("product_id"),
        text("product_name"),
        text("product_category"),
        date("launch_date"),
        money("min_investment"),
        number("annual_fee_percentage"),
        money("management_fee_fixed"),
        text("risk_level"),
        flag("active_status"),
    ),
)
ENROLLMENTS = SourceTable(
    "enrollments",
    GROUP,
    "who holds which product since when",
    ("enrollment_id",),
    (
        key("enrollment_id"),
        text("customer_id"),
        text("product_id"),
        key("enrollment_date", Type.DATE),
        money("initial_investment"),
        text("contribution_frequency"),
        money("monthly_contribution"),
        text("advisor_id"),
        text("channel"),
        text("status"),
    ),
)
ACCOUNT_BALANCES = SourceTable(
    "account_balances",
    GROUP,
    "balances, contributions, withdrawals, returns and fees",
    ("balance_id",),
    (
        key("balance_id"),
        text("customer_id"),
        text("product_id"),
        key("date", Type.DATE),
        money("balance"),
        money("contributions_mtd"),
        money("withdrawals_mtd"),
        money("investment_returns_mtd"),
        money("fees_mtd"),
    ),
)
SERVICE_INTERACTIONS = SourceTable(
    "service_interactions",
    GROUP,
    "service contacts, satisfaction and resolution",
    ("interaction_id",),
    (
        key("interaction_id"),
        text("customer_id"),
        key("date", Type.MOMENT),
        text("channel"),
        text("reason_code"),
        number("duration_minutes"),
        number("satisfaction_score"),
        text("resolution_status"),
        text("agent_id"),
    ),
)
ENGAGEMENT = SourceTable(
    "engagement",
    GROUP,
    "digital sessions",
    ("engagement_id",),
    (
        key("engagement_id"),
        text("customer_id"),
        key("date", Type.MOMENT),
        text("action_type"),
        text("device_type"),
        number("session_duration"),
        integer("pages_viewed"),
        integer("actions_taken"),
    ),
)
ADVISORS = SourceTable(
    "advisors",
    GROUP,
    "advisors and their offices",
    ("advisor_id",),
    (
        key("advisor_id"),
        text("first_name"),
        text("last_name"),
        text("office_location"),
        text("certification_level"),
        number("years_experience"),
        number("customer_satisfaction_avg"),
        integer("clients_count"),
    ),
)
MARKET_DATA = SourceTable(
    "market_data",
    GROUP,
    "benchmarks",
    ("date",),
    (
        key("date", Type.DATE),
        number("sp500_index"),
        number("bond_index"),
        number("inflation_rate"),
        number("prime_rate"),
        number("unemployment_rate"),
    ),
)
RETENTION = SourceTable(
    "retention",
    GROUP,
    "who gave up which product, when and why",
    ("customer_id", "product_id"),
    (
        key("customer_id"),
        key("product_id"),
        date("churn_date"),
        text("churn_reason"),
        number("exit_survey_score"),
        flag("recovered_flag"),
        money("total_customer_lifetime_value"),
    ),
)

TABLES = (
    CUSTOMERS,
    PRODUCTS,
    ENROLLMENTS,
    ACCOUNT_BALANCES,
    SERVICE_INTERACTIONS,
    ENGAGEMENT,
    ADVISORS,
    MARKET_DATA,
    RETENTION,
)
