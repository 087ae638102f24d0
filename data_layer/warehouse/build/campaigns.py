"""fact_campaign_recipient: what became of each message of a campaign.

Status never goes back: a reply proves a read, a read proves a delivery, a delivery proves that it was sent.
"""

from data_layer.warehouse.build.context import Build
from data_layer.warehouse.build.conversions import attribute_conversions, counted_reply

_SENT = "coalesce(sent_at_day, delivered_at_day, read_at_day, replied_at_day)"


def build_recipients(build: Build) -> None:
    """One row per recipient.  A reply counts within the window after delivery (after sending, where that is unknown).

    Whoever was never sent anything was tried on the day of the failure, else on the first day of the campaign: so a filter
    on the reason finds them in a period.

    What a campaign cost is spread evenly over those it was sent to, so that cost and revenue can be split and filtered by
    anything that recipients can.

    Conversions and revenue are those attributed to the reply; what the messaging system reports of them stands beside.
    """
    attribute_conversions(build)
    build.fill_keyed(
        "fact_campaign_recipient",
        "campaign_recipient_key",
        f"""
        WITH proved AS (
            SELECT *, replied_at_day IS NOT NULL AS has_reply,
                read_at_day IS NOT NULL OR replied_at_day IS NOT NULL AS has_read,
                coalesce(delivered_at_day, read_at_day, replied_at_day) IS NOT NULL AS has_delivery
            FROM s_campaign_recipients),
        spread AS (
            SELECT campaign_id, count(*) FILTER (sent_at_day IS NOT NULL OR has_delivery) AS sent_to
            FROM proved GROUP BY campaign_id),
        reported AS (
            SELECT count(converted_at_day) > 0 AS of_conversions, count(revenue) > 0 AS of_revenue,
                EXISTS (FROM main.fact_enrollment) OR EXISTS (FROM main.fact_stage_change) AS is_attributed FROM proved)
        SELECT r.recipient_id, coalesce(k.campaign_key, 0) AS campaign_key, coalesce(t.template_key, 0) AS template_key,
            coalesce(c.customer_key, 0) AS customer_key,
            CASE WHEN sent_at_day IS NOT NULL THEN sent_at ELSE coalesce(delivered_at, read_at, replied_at) END AS sent_at,
            {_SENT} AS sent_date, coalesce({_SENT}, failed_at_day, d.started_date) AS tried_date,
            CASE WHEN sent_at_day IS NOT NULL THEN sent_at_hour
                ELSE coalesce(delivered_at_hour, read_at_hour, replied_at_hour) END AS sent_hour,
            delivered_at, read_at, replied_at, failed_at,
            CASE WHEN NOT has_delivery AND (failed_at_day IS NOT NULL OR failure_reason IS NOT NULL)
                THEN coalesce(failure_reason, 'Unknown') ELSE 'No failure' END AS failure_reason,
            v.first.at AS converted_at, v.first.day AS converted_date, v.what AS converted_by,
            sent_at_day IS NOT NULL OR has_delivery AS is_sent, has_delivery AS is_delivered,
            has_read AS is_read,
            {counted_reply(build)} AS is_replied,
            NOT has_delivery AND (failed_at_day IS NOT NULL OR failure_reason IS NOT NULL) AS is_failed,
            CASE WHEN is_attributed THEN v.recipient_id IS NOT NULL END AS is_converted,
            CASE WHEN is_attributed AND v.recipient_id IS NULL THEN 0 ELSE v.revenue END AS revenue,
            r.converted_at AS reported_converted_at,
            CASE WHEN of_conversions THEN converted_at_day IS NOT NULL END AS is_reported_converted,
            CASE WHEN of_revenue AND converted_at_day IS NULL THEN coalesce(r.revenue, 0) ELSE r.revenue
                END AS reported_revenue,
            CASE WHEN sent_at_day IS NOT NULL OR has_delivery THEN d.cost / sent_to END AS cost_share
        FROM proved r LEFT JOIN k_campaign k USING (campaign_id) LEFT JOIN k_template t USING (template_id)
            LEFT JOIN k_customer c ON c.customer_id = r.contact_id
            LEFT JOIN main.dim_campaign d ON d.campaign_key = k.campaign_key
            LEFT JOIN spread USING (campaign_id) LEFT JOIN t_converted v ON v.recipient_id = r.recipient_id
            CROSS JOIN reported
        ORDER BY sent_date, r.recipient_id
        """,
    )
