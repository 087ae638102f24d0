"""How clients stand: since when they are with us, when they left and came back, and whether they are active.

Both rollups begin when a client is first seen and go on for ever without a gap, so that what holds on a day adds up to
all clients, and what changes between two days adds up to the difference.
"""

from data_layer.warehouse.bands import BALANCE_EDGES, BALANCE_TOP, NO_BALANCE, NO_PRODUCT, NOT_ENROLLED
from data_layer.warehouse.build.context import FOREVER, Build


def collect_values(build: Build) -> None:
    """``t_value``: per customer the cohort, the category of the first product, the tenure by half-years and the band of
    all balances on the last day.
    """
    bands = " ".join(f"WHEN b.balance < {edge:.0f} THEN '{label}'" for edge, label in BALANCE_EDGES)
    halves = f"CAST(date_sub('month', h.first_seen_date, {build.day}) // 6 AS SMALLINT)"
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_value AS
        SELECT h.customer_key,
            coalesce(strftime(e.first_held, '%Y-%m'), '{NOT_ENROLLED}') AS cohort,
            coalesce(strftime(e.first_held, '%b %Y'), '{NOT_ENROLLED}') AS cohort_name,
            coalesce(f.category, '{NO_PRODUCT}') AS first_category,
            coalesce({halves}, 9999) AS tenure_halves,
            CASE WHEN h.first_seen_date IS NULL THEN 'Unknown'
                ELSE format('{{:g}}–{{:g}} years', {halves} / 2, ({halves} + 1) / 2) END AS tenure_step,
            CASE WHEN b.balance IS NULL THEN '{NO_BALANCE}' {bands} ELSE '{BALANCE_TOP}' END AS balance_band
        FROM t_history h LEFT JOIN (
                SELECT customer_key, min(valid_from) AS first_held FROM main.rollup_holding_span GROUP BY 1) e
                USING (customer_key)
            LEFT JOIN (SELECT e.customer_key, min_by(p.category, (e.enrolled_date, e.enrollment_key)) AS category
                FROM main.fact_enrollment e JOIN main.dim_product p USING (product_key) GROUP BY 1) f USING (customer_key)
            LEFT JOIN (SELECT customer_key, sum(balance) AS balance FROM main.fact_balance
                WHERE valid_from <= {build.day} AND {build.day} < valid_to GROUP BY 1) b USING (customer_key)
        """
    )


def build_client_spans(build: Build) -> None:
    """rollup_client_span: who is first seen is New; Enrolled with the first product; Lost when the last one is given up;
    Returned with the next.
    """
    build.fill(
        "rollup_client_span",
        f"""
        WITH held AS (
            SELECT *, row_number() OVER near AS place, lead(valid_from) OVER near AS next_from
            FROM main.rollup_holding_span WINDOW near AS (PARTITION BY customer_key ORDER BY valid_from))
        SELECT c.customer_key, 'New' AS movement, c.first_seen_date AS valid_from,
            coalesce(h.valid_from, {FOREVER}) AS valid_to
        FROM main.dim_customer c LEFT JOIN held h ON h.customer_key = c.customer_key AND h.place = 1
        WHERE c.first_seen_date IS NOT NULL
        UNION ALL SELECT customer_key, CASE WHEN place = 1 THEN 'Enrolled' ELSE 'Returned' END, valid_from, valid_to FROM held
        UNION ALL SELECT customer_key, 'Lost', valid_to, coalesce(next_from, {FOREVER}) FROM held WHERE valid_to < {FOREVER}
        ORDER BY valid_from, customer_key, valid_to
        """,
    )


def build_client_status(build: Build) -> None:
    """rollup_client_status: Active in the spans of activity; before ``active_days`` have passed since the client was
    first seen it is Too early to say; else Inactive.
    """
    early = f"(c.first_seen_date + {build.active_days})"
    build.fill(
        "rollup_client_status",
        f"""
        WITH active AS (
            SELECT a.customer_key, greatest(a.valid_from, c.first_seen_date) AS valid_from, a.valid_to
            FROM main.rollup_activity_span a JOIN main.dim_customer c USING (customer_key)
            WHERE a.valid_to > c.first_seen_date),
        quiet AS (
            SELECT customer_key, valid_to AS quiet_from,
                coalesce(lead(valid_from) OVER (PARTITION BY customer_key ORDER BY valid_from), {FOREVER}) AS quiet_to
            FROM active
            UNION ALL SELECT c.customer_key, c.first_seen_date, coalesce(min(a.valid_from), {FOREVER})
            FROM main.dim_customer c LEFT JOIN active a USING (customer_key)
            WHERE c.first_seen_date IS NOT NULL GROUP BY 1, 2)
        SELECT customer_key, 'Active' AS status, valid_from, valid_to FROM active
        UNION ALL SELECT customer_key, 'Too early', quiet_from, least(quiet_to, {early})
        FROM quiet JOIN main.dim_customer c USING (customer_key) WHERE quiet_from < least(quiet_to, {early})
        UNION ALL SELECT customer_key, 'Inactive', greatest(quiet_from, {early}), quiet_to
        FROM quiet JOIN main.dim_customer c USING (customer_key) WHERE greatest(quiet_from, {early}) < quiet_to
        ORDER BY valid_from, customer_key
        """,
    )
