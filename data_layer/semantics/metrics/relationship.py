"""Metrics of the relationship as a whole: all that happened with clients, and how healthy it is."""

from sqlalchemy import func

from data_layer.semantics.facts import EVENT, HEALTH
from data_layer.semantics.metric import Good, Kind, Metric, Unit
from data_layer.warehouse.tables import rollup_health

EVENTS = Metric(
    "events", "Events",
    "All that happened with clients: interactions, messages, campaigns sent, follow-ups, stage changes, enrolments, "
    "products given up, money in and out, and digital sessions. A follow-up counts when it was done, an open one when "
    "it falls due.",
    "count of events of all kinds", Unit.COUNT, Good.NEUTRAL,
    EVENT, func.count(), func.count(), "events",
    (
        "interactions", "conversations", "service_interactions", "messages", "campaign_recipients", "followup_actions",
        "opportunities", "stage_changes", "enrollments", "retention", "account_balances", "engagement",
    ),
    additive=True,
)  # fmt: skip
HEALTH_SCORE = Metric(
    "health_score", "Health score",
    "How likely a client is to stay, 0 to 100: the weighted mean of the scores of recency, requests for help, follow-ups "
    "kept, satisfaction, digital engagement, balance trend and tenure, over those of them that have data; none where "
    "they carry less than half of the weights. Measured at each month's end and on the last day of the data; of several "
    "clients the mean. The weights are a setting.",
    "Σ weight × component ÷ Σ weight, over the components with data", Unit.POINTS, Good.UP,
    HEALTH, func.avg(rollup_health.c.score), func.count(rollup_health.c.score), "clients with a score",
    ("engagement", "account_balances", "service_interactions", "conversations", "interactions"), Kind.STOCK,
)  # fmt: skip

METRICS = (EVENTS, HEALTH_SCORE)
