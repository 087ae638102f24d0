"""The data as the clocks of another time zone see them.

The star keeps, beside each moment in UTC, the day and the hour in the site's zone.  For a reader in another zone every
statement is put after the same tables with the days and hours of that zone, as common table expressions of the same
names: nothing above has to know.  What the source knew only as a day stays that day; stocks (what holds from one day to
another) are counted at the end of the site's day for everybody.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Table, event

from data_layer.warehouse.tables import (
    fact_campaign_recipient,
    fact_engagement,
    fact_followup,
    fact_interaction,
    fact_message,
    fact_stage_change,
    rollup_event,
)


class Clock(NamedTuple):
    """The columns of one moment: in UTC (or SQL for it), its local day, its local hour where the table has one."""

    moment: str
    day: str
    hour: str | None = None


CLOCKS: Mapping[Table, tuple[Clock, ...]] = {
    fact_interaction: (Clock("opened_at", "opened_date", "opened_hour"), Clock("resolved_at", "resolved_date")),
    fact_message: (Clock("sent_at", "sent_date", "sent_hour"),),
    fact_followup: (Clock("due_at", "due_date"), Clock("completed_at", "completed_date")),
    fact_stage_change: (Clock("entered_at", "entered_date"), Clock("closed_again_at", "closed_again_date")),
    fact_campaign_recipient: (
        Clock("sent_at", "sent_date", "sent_hour"),
        Clock("(CASE WHEN sent_date IS NULL THEN failed_at ELSE sent_at END)", "tried_date"),
        Clock("converted_at", "converted_date"),
    ),
    fact_engagement: (Clock("occurred_at", "occurred_date", "occurred_hour"),),
    rollup_event: (Clock("happened_at", "happened_date", "happened_hour"),),
}
Change = tuple[datetime, int]
"""From which moment (UTC, naive) on a zone is how many seconds ahead of UTC."""
# Promises reach into years to come.
YEARS_AHEAD = 3
STATEMENTS = 512


def seen_from(engine: Engine, zone: str, schema: str, first: date, last: date) -> Engine:
    """The same engine, on the same connections, whose statements see days and hours of ``zone``.

    ``schema``: where the tables are.  ``first``, ``last``: the days that the data cover.
    """
    seen = engine.execution_options()
    ahead = changes(zone, first, date(last.year + YEARS_AHEAD, 12, 31))
    tables = {table.name: _as_seen(table, clocks, ahead, schema) for table, clocks in CLOCKS.items()}
    names = re.compile(rf"\b({'|'.join(tables)})\b")

    @lru_cache(STATEMENTS)
    def rewritten(statement: str) -> str:
        used = [tables[name] for name in dict.fromkeys(names.findall(statement))]
        return _after(used, statement) if used else statement

    @event.listens_for(seen, "before_cursor_execute", retval=True)
    def before(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return rewritten(statement), parameters

    return seen


def changes(zone: str, first: date, last: date) -> list[Change]:
    """How far the zone is ahead of UTC at the beginning of the first day, and every change until the end of the last."""
    rules = ZoneInfo(zone)
    moment = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=2)
    found = [(moment.replace(tzinfo=None), _ahead(rules, moment))]
    while moment < end:
        following = moment + timedelta(hours=6)  # no zone ever changed its clocks twice within so many hours
        if _ahead(rules, following) != found[-1][1]:
            change = _turn(rules, moment, following)
            found.append((change.replace(tzinfo=None), _ahead(rules, following)))
        moment = following
    return found


def _turn(rules: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second that has the clocks of ``after``."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _ahead(rules, middle) == _ahead(rules, before):
            before = middle
        else:
            after = middle
    return after


def _ahead(rules: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(rules).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _as_seen(table: Table, clocks: Sequence[Clock], ahead: Sequence[Change], schema: str) -> str:
    """The common table expression that takes the table's place."""
    local: dict[str, str] = {}
    for clock in clocks:
        seen = f"({clock.moment} + {ahead_of_utc(clock.moment, ahead)})"
        local[clock.day] = f"coalesce(CAST({seen} AS DATE), {clock.day})"
        if clock.hour:
            local[clock.hour] = f"coalesce(CAST(extract(hour FROM {seen}) AS SMALLINT), {clock.hour})"
    columns = ", ".join(
        f"{local[column.name]} AS {column.name}" if column.name in local else column.name for column in table.columns
    )
    return f"{table.name} AS NOT MATERIALIZED (SELECT {columns} FROM {schema}.{table.name})"


def ahead_of_utc(moment: str, ahead: Sequence[Change]) -> str:
    """SQL for how far the clocks are ahead at a moment, an expression in UTC: each comparison halves what is left."""
    if len(ahead) == 1:
        return f"INTERVAL '{ahead[0][1]} seconds'"
    middle = len(ahead) // 2
    early, late = ahead_of_utc(moment, ahead[:middle]), ahead_of_utc(moment, ahead[middle:])
    return f"CASE WHEN {moment} < TIMESTAMP '{ahead[middle][0]:%Y-%m-%d %H:%M:%S}' THEN {early} ELSE {late} END"


def _after(tables: Sequence[str], statement: str) -> str:
    """The statement after these common table expressions, and before those of its own."""
    first, _, rest = statement.lstrip().partition(" ")
    if first.upper() != "WITH":
        return f"WITH {', '.join(tables)} {statement}"
    second, _, after = rest.lstrip().partition(" ")
    if second.upper() == "RECURSIVE":
        return f"WITH RECURSIVE {', '.join(tables)}, {after}"
    return f"WITH {', '.join(tables)}, {rest}"
