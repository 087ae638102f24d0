"""Which message of a campaign a conversion came of: that of the last campaign the client had replied to.

A conversion is an opportunity entering a won stage for the first time, or an enrolment.
"""

from data_layer.warehouse.build.context import Build, of_customers


def counted_reply(build: Build) -> str:
    """SQL over ``s_campaign_recipients``: whether a reply came within the window after delivery (after sending, where
    that is unknown), and so counts.  By days where a time is not known.
    """
    hours = build.reply_window_hours
    return f"""(replied_at_day IS NOT NULL AND coalesce(
        replied_at <= coalesce(delivered_at, sent_at) + INTERVAL {hours} HOUR,
        replied_at_day <= coalesce(delivered_at_day, sent_at_day) + CAST(ceil({hours} / 24) AS INTEGER),
        true))"""


def attribute_conversions(build: Build) -> None:
    """``t_converted``: what came of each recipient's reply: ``first``, the first conversion's ``day`` and ``at`` (NULL where
    only the day is known), all kinds as ``what``, and ``revenue`` (NULL where no amount is known).

    Needs fact_stage_change and fact_enrollment.  Each conversion goes to one reply at most; what only has a day happened
    after the replies of that day.
    """
    _collect_replies(build)
    _collect_conversions(build)
    build.run(
        "CREATE OR REPLACE TEMP TABLE t_attributed (recipient_id VARCHAR, what VARCHAR, product_key BIGINT, "
        "amount DOUBLE, day DATE, moment TIMESTAMP)"
    )
    for some in of_customers(build, ("t_reply", "t_conversion")):
        _find_replies(build, some)
    _sum_up(build)


def _collect_replies(build: Build) -> None:
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_reply AS
        SELECT c.customer_key, r.recipient_id, r.replied_at AS moment, r.replied_at_day AS day
        FROM s_campaign_recipients r JOIN k_customer c ON c.customer_id = r.contact_id WHERE {counted_reply(build)}
        """
    )


def _collect_conversions(build: Build) -> None:
    """``t_conversion``: those of clients who replied to anything, up to the last day.  An opportunity converts once.

    ``amount``: the value of the opportunity; of an enrolment its product's fees of the first year on what was invested.  Of
    the two kinds of fee one that is not given is none, as long as the other is.
    """
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_conversion AS
        WITH won AS (
            SELECT * FROM main.fact_stage_change JOIN main.dim_stage USING (stage_key) WHERE is_won
            QUALIFY row_number() OVER (PARTITION BY opportunity_key ORDER BY stage_change_key) = 1),
        happened AS (
            SELECT customer_key, 'Won opportunity' AS what, product_key, CAST(value AS DOUBLE) AS amount,
                entered_at AS moment, entered_date AS day FROM won
            UNION ALL SELECT customer_key, 'Enrolment', product_key, CASE
                WHEN annual_fee_percentage <> 0
                    THEN initial_investment * annual_fee_percentage / 100 + coalesce(management_fee_fixed, 0)
                ELSE coalesce(management_fee_fixed, annual_fee_percentage) END, NULL, enrolled_date
            FROM main.fact_enrollment JOIN main.dim_product USING (product_key))
        SELECT * FROM happened WHERE day <= {build.day} AND customer_key IN (SELECT customer_key FROM t_reply)
        """
    )


def _find_replies(build: Build, some: str) -> None:
    """Fill ``t_attributed`` for some clients.  Within a day: replies without a time, what has one, conversions without."""
    days = build.attribution_days
    build.run(
        f"""
        INSERT INTO t_attributed
        WITH stream AS (
            SELECT customer_key, day, CASE WHEN moment IS NULL THEN 0 ELSE 1 END AS place, moment, recipient_id,
                {{'id': recipient_id, 'day': day, 'at': moment}} AS reply, NULL AS what, NULL AS product_key, NULL AS amount
            FROM t_reply WHERE {some}
            UNION ALL SELECT customer_key, day, CASE WHEN moment IS NULL THEN 2 ELSE 1 END, moment, NULL, NULL, what, product_key,
                amount FROM t_conversion WHERE {some}),
        followed AS (
            SELECT *, last_value(reply IGNORE NULLS) OVER (
                PARTITION BY customer_key ORDER BY day, place, moment, recipient_id NULLS LAST) AS last FROM stream)
        SELECT last.id, what, product_key, amount, day, moment FROM followed
        WHERE what IS NOT NULL AND coalesce(moment <= last.at + INTERVAL {days} DAY, day <= last.day + {days})
        """
    )


def _sum_up(build: Build) -> None:
    """One row per recipient.  A sale that is both a won opportunity and an enrolment brought its amount in once."""
    deal = "what = 'Won opportunity' AND amount IS NOT NULL"
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_converted AS
        WITH sale AS (
            SELECT *, what = 'Enrolment' AND (bool_or({deal}) OVER (PARTITION BY recipient_id, product_key)
                OR bool_or({deal} AND product_key = 0) OVER (PARTITION BY recipient_id)) AS is_told_by_deal
            FROM t_attributed)
        SELECT recipient_id, string_agg(DISTINCT what, ', ' ORDER BY what) AS what,
            sum(amount) FILTER (NOT is_told_by_deal) AS revenue, arg_min({{'at': moment, 'day': day}}, (day, moment)) AS first
        FROM sale GROUP BY recipient_id
        """
    )
