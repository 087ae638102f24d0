"""What a company offers and sends: products, campaigns and message templates."""

from data_layer.warehouse.build.context import FOREVER, Build, known


def build_products(build: Build) -> None:
    """dim_product, and ``k_product`` from id to key."""
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE k_product AS
        SELECT product_id, row_number() OVER (ORDER BY product_id) AS product_key FROM s_products
        """
    )
    build.fill(
        "dim_product",
        """
        SELECT 0 AS product_key, 'Unknown' AS product_id, 'Unknown' AS name, 'Unknown' AS category, 'Unknown' AS risk_level
        """,
    )
    build.fill(
        "dim_product",
        f"""
        SELECT k.product_key, p.product_id, coalesce(p.product_name, p.product_id) AS name,
            {known("p.product_category")} AS category, {known("p.risk_level")} AS risk_level, p.launch_date,
            p.min_investment, p.annual_fee_percentage, p.management_fee_fixed, p.active_status AS is_active
        FROM s_products p JOIN k_product k USING (product_id) ORDER BY k.product_key
        """,
    )


def build_campaigns(build: Build) -> None:
    """dim_campaign.  It runs from its start (else its first sending) up to and with the day it ends."""
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE k_campaign AS
        SELECT campaign_id, row_number() OVER (ORDER BY campaign_id) AS campaign_key FROM s_campaigns
        """
    )
    build.fill(
        "dim_campaign",
        "SELECT 0 AS campaign_key, 'Unknown' AS campaign_id, 'Unknown' AS name, 'Unknown' AS channel",
    )
    build.fill(
        "dim_campaign",
        f"""
        SELECT k.campaign_key, c.campaign_id, coalesce(c.name, c.campaign_id) AS name, {known("c.channel")} AS channel,
            c.objective, coalesce(c.started_at_day, r.first_day) AS started_date, c.ended_at_day AS ended_date,
            coalesce(c.started_at_day, r.first_day) AS valid_from,
            coalesce(c.ended_at_day + 1, {FOREVER}) AS valid_to, c.cost, c.audience
        FROM s_campaigns c JOIN k_campaign k USING (campaign_id) LEFT JOIN (
            SELECT campaign_id, min(sent_at_day) AS first_day FROM s_campaign_recipients GROUP BY 1) r USING (campaign_id)
        ORDER BY k.campaign_key
        """,
    )


def build_templates(build: Build) -> None:
    """dim_template, and ``k_template`` from id to key."""
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE k_template AS
        SELECT template_id, row_number() OVER (ORDER BY template_id) AS template_key FROM s_templates
        """
    )
    build.fill(
        "dim_template",
        "SELECT 0 AS template_key, 'Unknown' AS template_id, 'Unknown' AS name, 'Unknown' AS variant",
    )
    build.fill(
        "dim_template",
        f"""
        SELECT k.template_key, t.template_id, coalesce(t.name, t.template_id) AS name, {known("t.variant")} AS variant, t.body
        FROM s_templates t JOIN k_template k USING (template_id) ORDER BY k.template_key
        """,
    )
