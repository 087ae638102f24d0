"""What the generation says about itself: its last day, its calendar, its sources."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

from data_layer.ingest.conversion import day_column
from data_layer.ingest.sources import ALL_TABLES, SourceTable, Type
from data_layer.ingest.sources.days import DAYS, EVENTS, OTHER_DAYS
from data_layer.ingest.sql import quoted
from data_layer.warehouse.build.context import Build
from data_layer.warehouse.build.pipeline import is_closing
from data_layer.warehouse.shape import shape

# What happens to a row after the day that it counts from.  The date of a follow-up is no such thing: it may be the day
# that the action is due.  Neither is the end of a campaign or of an opportunity, which may be planned.
LATER = {
    "conversations": ("first_response_at", "resolved_at", "reopened_at"),
    "campaign_recipients": ("delivered_at", "read_at", "replied_at", "failed_at", "converted_at"),
    "followup_actions": ("completed_at",),
}

# The facts of a source whose customer, or what they belong to, is in no table.
_LOST = "SELECT count(*) FROM main.{} WHERE {} = 0"
ORPHANS = {
    "enrollments": _LOST.format("fact_enrollment", "customer_key"),
    "account_balances": _LOST.format("fact_balance", "customer_key"),
    "service_interactions": _LOST.format("fact_interaction", "source = 'service' AND customer_key"),
    "engagement": _LOST.format("fact_engagement", "customer_key"),
    "retention": _LOST.format("fact_churn", "customer_key"),
    "interactions": _LOST.format("fact_interaction", "source = 'interaction manager' AND customer_key"),
    "followup_actions": _LOST.format("fact_followup", "customer_key = 0 AND interaction_key"),
    "conversations": _LOST.format("fact_interaction", "source = 'conversation' AND customer_key"),
    "messages": _LOST.format("fact_message", "interaction_key"),
    "campaign_recipients": _LOST.format("fact_campaign_recipient", "customer_key"),
    "opportunities": _LOST.format("dim_opportunity", "opportunity_key <> 0 AND customer_key"),
    "customer_attributes": (
        "SELECT count(*) FROM s_customer_attributes WHERE customer_id NOT IN (SELECT customer_id FROM k_customer)"
    ),
    "stage_changes": _LOST.format("fact_stage_change", "opportunity_key"),
}


def _local_day(build: Build) -> date:
    """The day of loading, where the site is."""
    return build.created_at.replace(tzinfo=UTC).astimezone(ZoneInfo(build.time_zone)).date()


def survey_sources(build: Build, loaded: set[str]) -> None:
    """``t_source``: rows, first and last local day, and precision of every loaded source table.

    ``last_event`` is the last day on which anything happened; it leaves out what lies after the moment of loading: plans,
    and slips of the pen.  The first and the last moment are turned into local days, not each of them: a hundred million
    conversions cost minutes.
    """
    today = _local_day(build)
    build.run(
        "CREATE OR REPLACE TEMP TABLE t_source (source VARCHAR, rows BIGINT, first_date DATE, last_date DATE, "
        "last_event DATE, has_times BOOLEAN)"
    )
    for table in ALL_TABLES:
        if table.name in loaded:
            build.run(
                f"INSERT INTO t_source SELECT '{table.name}', count(*), {_days(table, today)} FROM source.{table.name}"
            )


def _days(table: SourceTable, today: date) -> str:
    """First day, last day, last day of any event up to today, and whether any moment has a time."""
    moments = [quoted(column.name) for column in table.columns if column.type is Type.MOMENT]
    has_times = f"coalesce(bool_or(coalesce({', '.join(moments)}) IS NOT NULL), false)" if moments else "false"
    name = DAYS.get(table.name)
    if name is None:
        return f"NULL, NULL, NULL, {has_times}"
    happened = (*((name,) if table.name in EVENTS else ()), *LATER.get(table.name, ()))
    last_event = ", ".join(["NULL", *(_last_past(table, column, today) for column in happened)])
    names = (name, *OTHER_DAYS.get(table.name, ()))
    first, last = (", ".join(_end(table, one, most) for one in names) for most in ("min", "max"))
    return f"least({first}), greatest({last}), greatest({last_event}), {has_times}"


def _end(table: SourceTable, name: str, most: str) -> str:
    """The first (``min``) or last local day of a column: of its days, and of its moments."""
    at = quoted(name)
    if table.column(name).type is Type.DATE:
        return f"{most}({at})"
    return f"{most}({quoted(day_column(name))}), CAST(local_time({most}({at})) AS DATE)"


def _last_past(table: SourceTable, name: str, today: date) -> str:
    """The last local day in a column that is not after today."""
    at = quoted(name)
    if table.column(name).type is Type.DATE:
        return f"max({at}) FILTER ({at} <= DATE '{today}')"
    day = quoted(day_column(name))
    last_moment = f"timezone('UTC', timezone(site_zone(), CAST(DATE '{today}' + 1 AS TIMESTAMP)))"
    return f"max({day}) FILTER ({day} <= DATE '{today}'), CAST(local_time(max({at}) FILTER ({at} < {last_moment})) AS DATE)"


def find_as_of(build: Build) -> date:
    """The last local day on which anything happened; the day of loading where nothing has a day."""
    events = ", ".join(f"'{name}'" for name in EVENTS)
    today = _local_day(build)
    # Without a history of stages the day an opportunity was closed is an event of its own.
    closed = (
        f"SELECT max(closed_at_day) FROM s_opportunities WHERE closed_at_day <= DATE '{today}' AND {is_closing('stage')} "
        "AND NOT EXISTS (SELECT 1 FROM s_stage_changes)"
    )
    found = build.value(
        f"SELECT coalesce(greatest(max(last_event), ({closed})), max(last_date) FILTER (source IN ({events}))) FROM t_source"
    )
    return found if isinstance(found, date) else today


def build_dates(build: Build) -> None:
    """dim_date: every day from the first that a source knows to 400 days after the last, for what is due later."""
    build.fill(
        "dim_date",
        f"""
        WITH bounds AS (
            SELECT least(min(first_date), {build.day}) AS first FROM t_source)
        SELECT CAST(d AS DATE) AS date, CAST(date_trunc('week', d) AS DATE) AS week,
            CAST(date_trunc('month', d) AS DATE) AS month, CAST(date_trunc('quarter', d) AS DATE) AS quarter,
            CAST(date_trunc('year', d) AS DATE) AS year, isodow(d) AS weekday
        FROM (SELECT unnest(generate_series(CAST(first AS TIMESTAMP), CAST({build.day} + 400 AS TIMESTAMP),
            INTERVAL 1 DAY)) AS d FROM bounds) ORDER BY date
        """,
    )


def build_load_source(build: Build) -> None:
    """load_source: rows, days, precision and orphans of every source table that is loaded, in the order of the sources."""
    for table in ALL_TABLES:
        orphans = f"({ORPHANS[table.name]})" if table.name in ORPHANS else "0"
        build.run(
            f"""
            INSERT INTO main.load_source SELECT source, ?, rows, first_date, last_date, has_times, {orphans}, ?
            FROM t_source WHERE source = ?
            """,
            [table.group, build.loaded_at.get(table.name, build.created_at), table.name],
        )


def build_generation(build: Build) -> None:
    """The one row of ``generation``."""
    values: list[object] = [
        build.generation_id,
        build.created_at,
        build.time_zone,
        build.as_of,
        build.active_days,
        build.balance_stale_days,
        build.conversion_days,
        build.is_demo,
        shape(),
    ]
    build.run(f"INSERT INTO main.generation VALUES ({', '.join('?' for _ in values)})", values)
