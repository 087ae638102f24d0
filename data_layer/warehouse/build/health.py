"""rollup_health: the health of every client at the end of each month, from what was known by then.

Sums up to a day are kept as running totals per client, so that "in the 180 days up to that day" is the difference of two
of them, found by two joins to the last total at or before a day.
"""

from datetime import date, timedelta

from data_layer.warehouse import health as h
from data_layer.warehouse.build.context import Build


def build_health(build: Build) -> None:
    """Component scores, 0–100 each or NULL, and their weighted mean over the components that have data."""
    _grid(build)
    _running(build, "asked", "opened_date", "fact_interaction", _HELP, "count(*)")
    _running(
        build, "kept", "due_date", "fact_followup", "status <> 'Cancelled'", "count(*)",
        "count(*) FILTER (status = 'Completed' AND NOT is_late)",
    )  # fmt: skip
    _running(
        build, "scored", "opened_date", "fact_interaction", "satisfaction_score IS NOT NULL", "count(*)",
        "sum(satisfaction_score)",
    )  # fmt: skip
    _running(build, "came", "occurred_date", "fact_engagement", "true", "1")
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_sign AS SELECT customer_key, day FROM t_came
        UNION SELECT customer_key, opened_date FROM main.fact_interaction
        WHERE source = 'interaction manager' AND is_qualifying AND customer_key <> 0 AND opened_date <= {build.day}
        """
    )
    asks = build.count(f"SELECT count(*) FROM main.fact_interaction WHERE {_HELP}") > 0
    help_part = _part(f"1 - {_N.format('asked')} / {h.HELP_MOST}.0") if asks else "NULL::DOUBLE"
    _balances(build)
    weights = ", ".join(f"('{name}', {place}, {build.health_weights[name]})" for place, name in enumerate(h.NAMES))
    build.run(f"INSERT INTO main.health_component VALUES {weights}")
    known = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE {build.health_weights[name]} END" for name in h.NAMES)
    weighted = " + ".join(f"coalesce({name}, 0) * {build.health_weights[name]}" for name in h.NAMES)
    build.fill(
        "rollup_health",
        f"""
        SELECT * EXCLUDE (known, weighted), CASE WHEN coverage >= {h.LEAST_COVERAGE} THEN weighted / known END AS score
        FROM (SELECT *, {known} AS known, {weighted} AS weighted, known / {sum(build.health_weights.values())} AS coverage
            FROM ({_COMPONENTS.replace("HELP", help_part)}))
        ORDER BY customer_key, valid_from
        """,
    )


_HELP = "source IN ('service', 'conversation')"


def days_of(as_of: date) -> list[date]:
    """The days on which health is measured: the month ends of the last years, and the last day of the data."""
    found = [as_of]
    day = as_of.replace(day=1) - timedelta(days=1)
    while len(found) <= h.HISTORY_MONTHS:
        found.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return found[::-1]


def _grid(build: Build) -> None:
    days = days_of(build.as_of)
    values = ", ".join(f"(DATE '{day}')" for day in days)
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_health_day AS
        SELECT day, coalesce(lead(day) OVER (ORDER BY day), DATE '9999-12-31') AS next_day FROM (VALUES {values}) AS d(day)
        """
    )
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE t_health AS
        SELECT customer_key, day, next_day, first_seen_date FROM main.dim_customer, t_health_day
        WHERE customer_key <> 0 AND first_seen_date <= day
        """
    )


def _running(build: Build, name: str, day: str, fact: str, where: str, count: str, amount: str = "0") -> None:
    """``t_<name>``: per client and day the totals of all rows up to it: ``n``, and ``amount``."""
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_{name} AS
        SELECT customer_key, day, sum(n) OVER running AS n, sum(amount) OVER running AS amount
        FROM (SELECT customer_key, {day} AS day, {count} AS n, {amount} AS amount FROM main.{fact}
            WHERE {where} AND customer_key <> 0 AND {day} <= {build.day} GROUP BY 1, 2)
        WINDOW running AS (PARTITION BY customer_key ORDER BY day)
        """
    )


def _balances(build: Build) -> None:
    """``t_held``: what each client held in all on the days of measurement, and as long before them as a trend takes."""
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_held AS
        SELECT b.customer_key, d.day, sum(b.balance) AS balance
        FROM main.fact_balance b JOIN (
            SELECT day FROM t_health_day UNION SELECT day - {h.TREND_DAYS} FROM t_health_day) d
            ON b.valid_from <= d.day AND d.day < b.valid_to
        WHERE b.customer_key <> 0 GROUP BY 1, 2
        """
    )


def _before(name: str, days: int) -> str:
    return f"ASOF LEFT JOIN t_{name} {name}_before ON g.customer_key = {name}_before.customer_key AND " + (
        f"g.day - {days} >= {name}_before.day"
    )


def _now(name: str) -> str:
    return f"ASOF LEFT JOIN t_{name} {name} ON g.customer_key = {name}.customer_key AND g.day >= {name}.day"


_N = "(coalesce({0}.n, 0) - coalesce({0}_before.n, 0))"
_MEAN = "({0}.amount - coalesce({0}_before.amount, 0)) / nullif(" + _N + ", 0)"


def _part(share: str) -> str:
    """A share as 0–100, cut off at both ends; DuckDB's least() would take what is unknown for the other end."""
    return f"CASE WHEN ({share}) IS NOT NULL THEN 100 * least(1, greatest(0, {share})) END"


_GROWTH = "CAST(held.balance AS DOUBLE) / CAST(CASE WHEN past.balance > 0 THEN past.balance END AS DOUBLE) - 1"
_COMPONENTS = f"""
    SELECT g.customer_key, g.day AS valid_from, g.next_day AS valid_to,
        {_part(f"pow(0.5, (g.day - sign.day) / {h.HALF_LIFE_DAYS}.0)")} AS recency, HELP AS frequency,
        {_part(_MEAN.format("kept"))} AS followups,
        {_part(f"({_MEAN.format('scored')} - 1) / 4")} AS satisfaction,
        CASE WHEN came.n > 0 THEN {_part(f"{_N.format('came')} / {h.DIGITAL_FULL_DAYS}.0")} END AS digital,
        {_part(f"0.5 + ({_GROWTH}) / {2 * h.TREND_FULL}")} AS balance,
        {_part(f"(g.day - g.first_seen_date) / {h.TENURE_FULL_DAYS}.0")} AS tenure
    FROM t_health g
        {_now("sign")} {_now("asked")} {_before("asked", h.HELP_DAYS)} {_now("kept")} {_before("kept", h.YEAR_DAYS)}
        {_now("scored")} {_before("scored", h.SATISFIED_DAYS)} {_now("came")} {_before("came", h.DIGITAL_DAYS)}
        LEFT JOIN t_held held ON held.customer_key = g.customer_key AND held.day = g.day
        LEFT JOIN t_held past ON past.customer_key = g.customer_key AND past.day = g.day - {h.TREND_DAYS}
"""
