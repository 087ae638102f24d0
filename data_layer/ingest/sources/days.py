"""Which column of a source table says on which day a row happened."""

DAYS = {
    "customers": "enrollment_date",
    "products": "launch_date",
    "enrollments": "enrollment_date",
    "account_balances": "date",
    "service_interactions": "date",
    "engagement": "date",
    "market_data": "date",
    "retention": "churn_date",
    "clients": "created_at",
    "interactions": "interaction_date",
    "followup_actions": "followup_date",
    "contacts": "created_at",
    "conversations": "opened_at",
    "messages": "sent_at",
    "campaigns": "started_at",
    "campaign_recipients": "sent_at",
    "opportunities": "created_at",
    "stage_changes": "changed_at",
}
# A task of a CRM has these alone.
OTHER_DAYS = {"followup_actions": ("due_date", "completed_at")}
# The others tell of plans (follow-ups), of the offer (products) or of the world (the market), not of what was seen last.
EVENTS = tuple(name for name in DAYS if name not in ("products", "market_data", "followup_actions"))
