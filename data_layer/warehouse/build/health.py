"""rollup_health: the health of every client at the end of each month, from what was known by then.

What is counted over the last so many days is first spread over the days of measurement that look back on it: that is an
equality of days, which costs a tenth of looking for the last total at or before each day.
"""

from datetime import date, timedelta

from data_layer.warehouse import health as h
from data_layer.warehouse.build.context import Build, of_customers


def build_health(build: Build) -> None:
    """Component scores, 0–100 each or NULL, and their weighted mean over the components that have data."""
    _grid(build)
    _spread(build, "asked", h.HELP_DAYS, "opened_date", "main.fact_interaction", _HELP)
    _spread(
        build, "kept", h.YEAR_DAYS, "due_date", "main.fact_followup", "status <> 'Cancelled'",
        "count(*) FILTER (status = 'Completed' AND NOT is_late)",
    )  # fmt: skip
    _spread(
        build, "scored", h.SATISFIED_DAYS, "opened_date", "main.fact_interaction", "satisfaction_score IS NOT NULL",
        "sum(satisfaction_score)",
    )  # fmt: skip
    _came(build)
    _signs(build)
    asks = build.count(f"SELECT count(*) FROM main.fact_interaction WHERE {_HELP}") > 0
    help_part = _part(f"1 - {_N.format('asked')} / {h.HELP_MOST}.0") if asks else "NULL::DOUBLE"
    _balances(build)
    weights = ", ".join(f"('{name}', {place}, {build.health_weights[name]})" for place, name in enumerate(h.NAMES))
    build.run(f"INSERT INTO main.health_component VALUES {weights}")
    known = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE {build.health_weights[name]} END" for name in h.NAMES)
    weighted = " + ".join(f"coalesce({name}, 0) * {build.health_weights[name]}" for name in h.NAMES)
    for some in of_customers(build, ("t_health",)):
        components = _COMPONENTS.replace("HELP", help_part).replace("SOME", some)
        build.fill(
            "rollup_health",
            f"""
            SELECT * EXCLUDE (known, weighted), CASE WHEN coverage >= {h.LEAST_COVERAGE} THEN weighted / known END AS score
            FROM (SELECT *, {known} AS known, {weighted} AS weighted, known / {sum(build.health_weights.values())} AS coverage
                FROM ({components}))
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


def _spread(build: Build, name: str, days: int, day: str, fact: str, where: str, amount: str = "0") -> None:
    """``t_<name>``: per client and day of measurement the totals of the rows of so many days up to it: ``n``, ``amount``."""
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_{name} AS
        SELECT customer_key, measured AS day, count(*) AS n, {amount} AS amount
        FROM {fact} JOIN (
            SELECT day AS measured, unnest(generate_series(day - {days - 1}, day, INTERVAL 1 DAY))::DATE AS seen
            FROM t_health_day) reach ON reach.seen = {day}
        WHERE {where} AND customer_key <> 0 GROUP BY 1, 2
        """
    )


def _came(build: Build) -> None:
    """``t_came``: the days with a digital session; ``t_first_came``: the first of them all."""
    _spread(build, "came", h.DIGITAL_DAYS, "occurred_date", "t_session_day", "true")
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE t_first_came AS
        SELECT customer_key, min(occurred_date) AS day FROM t_session_day GROUP BY 1
        """
    )


def _signs(build: Build) -> None:
    """``t_sign``: the last sign of each client up to each day of measurement that follows one."""
    measured = f"greatest(least(last_day(seen), {build.day}), (SELECT min(day) FROM t_health_day))"
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_sign AS
        SELECT customer_key, {measured} AS day, max(seen) AS seen
        FROM (SELECT customer_key, occurred_date AS seen FROM t_session_day
            UNION ALL SELECT customer_key, opened_date FROM main.fact_interaction
            WHERE source = 'interaction manager' AND is_qualifying AND customer_key <> 0)
        WHERE seen <= {build.day} GROUP BY 1, 2
        """
    )


def _balances(build: Build) -> None:
    """``t_held``: what each client held in all on the days of measurement, and as long before them as a trend takes.

    No balance holds for longer than the days after which it is stale.
    """
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_held AS
        SELECT b.customer_key, d.day, sum(b.balance) AS balance
        FROM main.fact_balance b JOIN (
            SELECT day, unnest(generate_series(day - {build.balance_stale_days}, day, INTERVAL 1 DAY))::DATE AS begun
            FROM (SELECT day FROM t_health_day UNION SELECT day - {h.TREND_DAYS} FROM t_health_day)) d
            ON d.begun = b.valid_from AND d.day < b.valid_to
        WHERE b.customer_key <> 0 GROUP BY 1, 2
        """
    )


def _now(name: str) -> str:
    return (
        f"LEFT JOIN (SELECT * FROM t_{name} WHERE SOME) {name} "
        f"ON {name}.customer_key = g.customer_key AND {name}.day = g.day"
    )


_N = "coalesce({0}.n, 0)"
_MEAN = "{0}.amount / {0}.n"


def _part(share: str) -> str:
    """A share as 0–100, cut off at both ends; DuckDB's least() would take what is unknown for the other end."""
    return f"CASE WHEN ({share}) IS NOT NULL THEN 100 * least(1, greatest(0, {share})) END"


_GROWTH = "CAST(held.balance AS DOUBLE) / CAST(CASE WHEN past.balance > 0 THEN past.balance END AS DOUBLE) - 1"
_COMPONENTS = f"""
    SELECT g.customer_key, g.day AS valid_from, g.next_day AS valid_to,
        {_part(f"pow(0.5, (g.day - sign.seen) / {h.HALF_LIFE_DAYS}.0)")} AS recency, HELP AS frequency,
        {_part(_MEAN.format("kept"))} AS followups,
        {_part(f"({_MEAN.format('scored')} - 1) / 4")} AS satisfaction,
        CASE WHEN first_came.day <= g.day THEN {_part(f"{_N.format('came')} / {h.DIGITAL_FULL_DAYS}.0")} END AS digital,
        {_part(f"0.5 + ({_GROWTH}) / {2 * h.TREND_FULL}")} AS balance,
        {_part(f"(g.day - g.first_seen_date) / {h.TENURE_FULL_DAYS}.0")} AS tenure
    FROM (SELECT * FROM t_health WHERE SOME) g
        ASOF LEFT JOIN (SELECT * FROM t_sign WHERE SOME) sign ON g.customer_key = sign.customer_key AND g.day >= sign.day
        {_now("asked")} {_now("kept")} {_now("scored")} {_now("came")}
        LEFT JOIN (SELECT * FROM t_first_came WHERE SOME) first_came ON first_came.customer_key = g.customer_key
        LEFT JOIN (SELECT * FROM t_held WHERE SOME) held ON held.customer_key = g.customer_key AND held.day = g.day
        LEFT JOIN (SELECT * FROM t_held WHERE SOME) past ON past.customer_key = g.customer_key AND past.day = g.day - {h.TREND_DAYS}
"""
