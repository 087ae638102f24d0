"""What else a company knows of its customers, one value per row: a table of our own that mappings fill too."""

from data_layer.ingest.sources.spec import SourceTable, key, text

ATTRIBUTES = SourceTable(
    "customer_attributes",
    "attributes",
    "further attributes of clients",
    ("customer_id", "name"),
    (key("customer_id"), key("name"), text("value")),
)
# The column of each table that says whose row it is.
OWNERS = {
    "customers": "customer_id",
    "clients": "client_id",
    "contacts": "contact_id",
    "enrollments": "customer_id",
    "retention": "customer_id",
    "opportunities": "customer_id",
    "interactions": "client_id",
    "followup_actions": "client_id",
    "conversations": "contact_id",
    "service_interactions": "customer_id",
    "engagement": "customer_id",
    "account_balances": "customer_id",
    "campaign_recipients": "contact_id",
}
