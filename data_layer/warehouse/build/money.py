"""Enrolments, balances, products given up and the market."""

from data_layer.warehouse.build.context import FOREVER, Build, known


def build_enrollments(build: Build) -> None:
    """fact_enrollment.  Only ``retention`` closes an enrolment: given up, not recovered, on or after the day it began."""
    build.fill_keyed(
        "fact_enrollment",
        "enrollment_key",
        f"""
        SELECT e.enrollment_id, coalesce(c.customer_key, 0) AS customer_key, coalesce(p.product_key, 0) AS product_key,
            coalesce(s.staff_key, 0) AS staff_key, {known("e.channel")} AS channel, {known("e.status")} AS status,
            e.enrollment_date AS enrolled_date, r.churn_date AS closed_date, e.initial_investment,
            e.contribution_frequency, e.monthly_contribution, e.enrollment_date AS valid_from,
            coalesce(r.churn_date, {FOREVER}) AS valid_to
        FROM s_enrollments e LEFT JOIN s_retention r ON r.customer_id = e.customer_id AND r.product_id = e.product_id
                AND NOT coalesce(r.recovered_flag, false) AND r.churn_date >= e.enrollment_date
            LEFT JOIN k_customer c ON c.customer_id = e.customer_id
            LEFT JOIN k_product p ON p.product_id = e.product_id LEFT JOIN k_staff s ON s.staff_id = e.advisor_id
        ORDER BY e.enrollment_date, e.enrollment_id
        """,
    )
    closed = build.count(
        """
        SELECT count(*) FROM main.fact_enrollment WHERE closed_date IS NULL
        AND lower(status) IN ('closed', 'terminated', 'cancelled', 'canceled', 'churned', 'inactive')
        """
    )
    if closed:
        build.warnings.append(
            f"{closed} enrolments are called closed but have no row in retention that says when: they count as open."
        )


def build_balances(build: Build) -> None:
    """fact_balance.  A balance holds until the account's next one, at most ``balance_stale_days`` days after its date.

    Of two balances of an account on one day the one loaded last holds; the other's span is empty.
    """
    build.fill_keyed(
        "fact_balance",
        "balance_key",
        f"""
        WITH spanned AS (
            SELECT *, lead(date) OVER (PARTITION BY customer_id, product_id ORDER BY date, _row) AS next_date
            FROM s_account_balances)
        SELECT b.balance_id, coalesce(c.customer_key, 0) AS customer_key, coalesce(p.product_key, 0) AS product_key,
            b.date AS balance_date, b.balance, b.contributions_mtd AS contributions, b.withdrawals_mtd AS withdrawals,
            b.investment_returns_mtd AS investment_returns, b.fees_mtd AS fees,
            coalesce(b.date >= r.churn_date, false) AS is_given_up, b.date AS valid_from,
            least(b.next_date, b.date + {build.balance_stale_days + 1}) AS valid_to
        FROM spanned b LEFT JOIN k_customer c ON c.customer_id = b.customer_id
            LEFT JOIN k_product p ON p.product_id = b.product_id
            LEFT JOIN s_retention r ON r.customer_id = b.customer_id AND r.product_id = b.product_id
                AND NOT coalesce(r.recovered_flag, false)
        ORDER BY b.date, b.balance_id
        """,
    )


def build_churn(build: Build) -> None:
    """fact_churn: one row per product given up."""
    build.fill_keyed(
        "fact_churn",
        "churn_key",
        f"""
        SELECT coalesce(c.customer_key, 0) AS customer_key, coalesce(p.product_key, 0) AS product_key, r.churn_date,
            {known("r.churn_reason")} AS reason, r.exit_survey_score AS exit_score,
            coalesce(r.recovered_flag, false) AS is_recovered, r.total_customer_lifetime_value AS lifetime_value
        FROM s_retention r LEFT JOIN k_customer c USING (customer_id) LEFT JOIN k_product p USING (product_id)
        ORDER BY r.churn_date, r.customer_id, r.product_id
        """,
    )


def build_market(build: Build) -> None:
    """fact_market: one row per day."""
    build.fill("fact_market", "SELECT * EXCLUDE (_row) FROM s_market_data ORDER BY date")
