"""Metrics of contacts and conversations: volume, speed, resolution, satisfaction."""

from sqlalchemy import and_, func, or_

from data_layer.semantics.facts import INTERACTION, MESSAGE, OPEN_CONVERSATION, RESOLUTION
from data_layer.semantics.metric import Good, Kind, Metric, Unit, count_where, median, rate
from data_layer.warehouse.tables import fact_interaction as i
from data_layer.warehouse.tables import fact_message as m

_CONTACTS = ("service_interactions", "interactions", "conversations")
_CONVERSATION = i.c.source == "conversation"
_SCORED = i.c.satisfaction_score.is_not(None)

# Minutes within which a conversation should have its first answer.
ANSWER_TARGET_MINUTES = 15

INTERACTIONS = Metric(
    "interactions", "Interactions",
    "All contacts with clients opened in the period: calls, visits, e-mails, chats and service contacts.",
    "count of contacts by the day they were opened", Unit.COUNT, Good.NEUTRAL,
    INTERACTION, func.count(), func.count(), "contacts", _CONTACTS, additive=True,
)  # fmt: skip
CLIENTS_HANDLED = Metric(
    "clients_handled", "Clients handled",
    "Distinct clients with at least one interaction in the period.",
    "distinct clients over interactions", Unit.COUNT, Good.UP,
    INTERACTION, func.count(i.c.customer_key.distinct()), func.count(), "interactions", _CONTACTS,
    where=i.c.customer_key != 0,
)  # fmt: skip
SUCCESS_RATE = Metric(
    "successful_outcome_rate", "Successful outcomes",
    "Share of the interactions with a known outcome that were successful.",
    "successful ÷ interactions with a known outcome", Unit.RATE, Good.UP,
    INTERACTION, rate(i.c.outcome == "Successful"), func.count(), "interactions with an outcome",
    ("interactions",), where=i.c.outcome != "Unknown",
)  # fmt: skip
FIRST_RESPONSE = Metric(
    "first_response_minutes", "First response time",
    "Median minutes from a client's first message to the first human answer, by the day the conversation started. "
    "Calendar time. Conversations without an answer are not in the median; they are counted as unanswered.",
    "median(first human answer − first client message)", Unit.MINUTES, Good.DOWN,
    INTERACTION, median(i.c.first_response_minutes), func.count(i.c.first_response_minutes),
    "answered conversations", ("conversations", "messages"), where=_CONVERSATION,
)  # fmt: skip
UNANSWERED = Metric(
    "unanswered", "Unanswered conversations",
    "Conversations started in the period that have no human answer.",
    "count of conversations without a human answer", Unit.COUNT, Good.DOWN,
    INTERACTION, count_where(i.c.first_response_at.is_(None)), func.count(), "conversations",
    ("conversations",), where=_CONVERSATION, additive=True,
)  # fmt: skip
ANSWERED_IN_TARGET = Metric(
    "answered_in_target_rate", "Team efficiency",
    f"Share of the conversations started in the period whose first human answer came within {ANSWER_TARGET_MINUTES} "
    "minutes; one without an answer counts as missed.",
    f"answered within {ANSWER_TARGET_MINUTES} min ÷ conversations", Unit.RATE, Good.UP,
    INTERACTION, rate(func.coalesce(i.c.first_response_minutes <= ANSWER_TARGET_MINUTES, False)), func.count(),
    "conversations", ("conversations",), where=_CONVERSATION,
)  # fmt: skip
REPLY_MINUTES = Metric(
    "reply_minutes", "Reply time",
    "Median minutes from the first unanswered client message to the human reply that answers it.",
    "median(reply − first client message it answers)", Unit.MINUTES, Good.DOWN,
    MESSAGE, median(m.c.reply_minutes), func.count(m.c.reply_minutes), "replies", ("messages",),
)  # fmt: skip
MESSAGES_IN = Metric(
    "inbound_messages", "Inbound messages",
    "Messages that clients sent in the period.",
    "count of inbound messages", Unit.COUNT, Good.NEUTRAL,
    MESSAGE, func.count(), func.count(), "messages", ("messages",), where=m.c.direction == "inbound", additive=True,
)  # fmt: skip
RESOLUTION_HOURS = Metric(
    "resolution_hours", "Resolution time",
    "Median hours from opening to resolution, by the day of the resolution.",
    "median(resolved − opened)", Unit.HOURS, Good.DOWN,
    RESOLUTION, median(i.c.resolution_hours), func.count(i.c.resolution_hours), "resolved conversations",
    ("conversations",), where=_CONVERSATION,
)  # fmt: skip
RESOLVED = Metric(
    "resolved", "Resolved conversations",
    "Conversations marked done in the period, counted for the agent who closed them.",
    "count of conversations by the day they were resolved", Unit.COUNT, Good.UP,
    RESOLUTION, func.count(), func.count(), "conversations", ("conversations",), where=_CONVERSATION, additive=True,
)  # fmt: skip
OPEN = Metric(
    "open_conversations", "Open conversations",
    "Conversations opened and not resolved at the end of the period.",
    "count of conversations open at the end of the last day", Unit.COUNT, Good.DOWN,
    OPEN_CONVERSATION, func.count(), func.count(), "conversations", ("conversations",), Kind.STOCK, _CONVERSATION,
    additive=True,
)  # fmt: skip
CSAT_RATE = Metric(
    "csat_rate", "Satisfaction (CSAT)",
    "Share of the satisfaction scores that are 4 or 5 of 5; a score outside 1 to 5 counts as no answer.",
    "scores of 4 and 5 ÷ responses", Unit.RATE, Good.UP,
    INTERACTION, rate(i.c.satisfaction_score >= 4), func.count(), "responses",
    ("service_interactions", "conversations"), where=_SCORED,
)  # fmt: skip
SATISFACTION_SCORE = Metric(
    "satisfaction_score", "Satisfaction score",
    "Mean of the satisfaction scores, of 5; a score outside 1 to 5 counts as no answer.",
    "mean(score)", Unit.SCORE, Good.UP,
    INTERACTION, func.avg(i.c.satisfaction_score), func.count(), "responses",
    ("service_interactions", "conversations"), where=_SCORED,
)  # fmt: skip
RESOLUTION_RATE = Metric(
    "resolution_rate", "Resolved",
    "Share of the contacts with a known resolution status that were resolved; partially resolved is not resolved.",
    "resolved ÷ contacts with a status", Unit.RATE, Good.UP,
    INTERACTION, rate(i.c.resolution_status == "Resolved"), func.count(), "contacts",
    ("service_interactions", "conversations"),
    where=and_(i.c.resolution_status != "Unknown", or_(_CONVERSATION, i.c.source == "service")),
)  # fmt: skip

METRICS = (
    INTERACTIONS, CLIENTS_HANDLED, SUCCESS_RATE, FIRST_RESPONSE, UNANSWERED, ANSWERED_IN_TARGET, REPLY_MINUTES,
    MESSAGES_IN, RESOLUTION_HOURS, RESOLVED, OPEN, CSAT_RATE, SATISFACTION_SCORE, RESOLUTION_RATE,
)  # fmt: skip
