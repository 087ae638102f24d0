"""Rollups that turn "active at any day" and "holding at any day" into one range test."""

from data_layer.warehouse.build.context import Build, of_customers


def build_activity_spans(build: Build) -> None:
    """rollup_activity_span: an activity on day d makes a customer active on d … d + active_days − 1.

    Activities: qualifying interactions, enrolments, money movements and digital sessions.  Spans that overlap or touch
    are one.  ``t_session_day`` keeps the days with a digital session of the known clients.
    """
    build.run("CREATE OR REPLACE TEMP TABLE t_session_day (customer_key BIGINT, occurred_date DATE)")
    build.run("CREATE OR REPLACE TEMP TABLE t_activity_span (customer_key BIGINT, valid_from DATE, valid_to DATE)")
    for some in of_customers(build, _ACTIVITIES, ROWS_OF_ACTIVITY):
        build.run(
            f"INSERT INTO t_session_day SELECT DISTINCT customer_key, occurred_date FROM main.fact_engagement WHERE {some}"
        )
        build.run(f"INSERT INTO t_activity_span {_activity_spans(build.active_days, some)}")
    build.fill("rollup_activity_span", "SELECT * FROM t_activity_span ORDER BY valid_from, customer_key")
    build.run("DROP TABLE t_activity_span")


# Narrower rows than those of events: more of them fit into memory.
ROWS_OF_ACTIVITY = 8_000_000
_ACTIVITIES = ("main.fact_interaction", "main.fact_enrollment", "main.fact_balance", "main.fact_engagement")


def _activity_spans(days: int, some: str) -> str:
    """The spans of some customers, in no order."""
    return f"""
        WITH activity AS (
            SELECT customer_key, opened_date AS day FROM main.fact_interaction WHERE is_qualifying
            UNION ALL SELECT customer_key, enrolled_date FROM main.fact_enrollment
            UNION ALL SELECT customer_key, balance_date FROM main.fact_balance WHERE contributions <> 0 OR withdrawals <> 0
            UNION ALL SELECT customer_key, occurred_date FROM t_session_day),
        edge AS (
            SELECT *, coalesce(day - lag(day) OVER near > {days}, true) AS is_first,
                coalesce(lead(day) OVER near - day > {days}, true) AS is_last
            FROM activity WHERE {some} WINDOW near AS (PARTITION BY customer_key ORDER BY day)),
        ends AS (
            SELECT customer_key, day AS valid_from, is_first, CASE WHEN is_last THEN day
                ELSE lead(day) OVER (PARTITION BY customer_key ORDER BY day, NOT is_first) END AS last_day
            FROM edge WHERE is_first OR is_last)
        SELECT customer_key, valid_from, last_day + {days} AS valid_to FROM ends WHERE is_first
    """


def build_holding_spans(build: Build) -> None:
    """rollup_holding_span: the days with at least one open enrolment, per customer, merged."""
    build.fill(
        "rollup_holding_span",
        """
        WITH reach AS (
            SELECT customer_key, valid_from, valid_to, max(valid_to) OVER (
                PARTITION BY customer_key ORDER BY valid_from, valid_to ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
            FROM main.fact_enrollment WHERE customer_key <> 0 AND valid_from < valid_to),
        island AS (
            SELECT *, count(*) FILTER (reached IS NULL OR valid_from > reached) OVER (
                PARTITION BY customer_key ORDER BY valid_from, valid_to ROWS UNBOUNDED PRECEDING) AS number FROM reach)
        SELECT customer_key, min(valid_from) AS valid_from, max(valid_to) AS valid_to FROM island
        GROUP BY customer_key, number ORDER BY valid_from, customer_key
        """,
    )
