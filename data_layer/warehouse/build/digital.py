"""fact_engagement: digital sessions and actions."""

from data_layer.warehouse.build.context import Build, known


def build_engagement(build: Build) -> None:
    """One row per session or action, in the order of their days."""
    build.fill_keyed(
        "fact_engagement",
        "engagement_key",
        f"""
        SELECT e.engagement_id, coalesce(c.customer_key, 0) AS customer_key, {known("e.action_type")} AS action,
            {known("e.device_type")} AS device, e.date AS occurred_at, e.date_day AS occurred_date,
            e.date_hour AS occurred_hour, e.session_duration AS duration_minutes, e.pages_viewed, e.actions_taken
        FROM s_engagement e LEFT JOIN k_customer c USING (customer_id)
        ORDER BY e.date_day, e.date, e.engagement_id
        """,
    )
