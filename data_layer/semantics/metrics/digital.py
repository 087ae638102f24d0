"""Metrics of digital engagement."""

from sqlalchemy import func, or_

from data_layer.semantics.facts import ENGAGEMENT
from data_layer.semantics.metric import Good, Metric, Unit, median
from data_layer.warehouse.tables import fact_engagement as e

_SOURCES = ("engagement",)
# Pages and actions together; a session of which the source knows neither is not taken for a single event.
_MORE_THAN_ONE_EVENT = or_(
    func.coalesce(e.c.pages_viewed, 0) + func.coalesce(e.c.actions_taken, 0) > 1,
    func.coalesce(e.c.pages_viewed, e.c.actions_taken).is_(None),
)

SESSIONS = Metric(
    "sessions", "Digital sessions",
    "Digital sessions in the period.",
    "count of sessions", Unit.COUNT, Good.UP,
    ENGAGEMENT, func.count(), func.count(), "sessions", _SOURCES, additive=True,
)  # fmt: skip
ACTIVE_USERS = Metric(
    "active_users", "Active users",
    "Distinct clients with a digital session in the period. Never added over periods: one person counts once.",
    "distinct clients over sessions", Unit.COUNT, Good.UP,
    ENGAGEMENT, func.count(e.c.customer_key.distinct()), func.count(), "sessions", _SOURCES,
    where=e.c.customer_key != 0,
)  # fmt: skip
SESSION_MINUTES = Metric(
    "session_minutes", "Session duration",
    "Median minutes of a session; sessions of a single event (one page or one action in all) are left out.",
    "median(duration) over sessions of more than one event", Unit.MINUTES, Good.UP,
    ENGAGEMENT, median(e.c.duration_minutes), func.count(e.c.duration_minutes), "sessions", _SOURCES,
    where=_MORE_THAN_ONE_EVENT,
)  # fmt: skip

METRICS = (SESSIONS, ACTIVE_USERS, SESSION_MINUTES)
