"""dim_customer: one row per person, with what the facts say about them as of the last day."""

from data_layer.ingest.sql import counted
from data_layer.warehouse.build.context import FOREVER, Build, known
from data_layer.warehouse.build.phones import collect_phones, home_country, is_us_state
from data_layer.warehouse.build.standing import collect_values
from data_layer.warehouse.dimension_tables import UNKNOWN_KEY


def build_customers(build: Build) -> None:
    """Needs all facts and rollups: first contact, stage, owner and status come from them."""
    _collect_profiles(build)
    collect_phones(build, "SELECT phone, home FROM t_profile")
    _collect_history(build)
    collect_values(build)
    build.fill(
        "dim_customer",
        """
        SELECT 0 AS customer_key, 'Unknown' AS customer_id, 'Unknown' AS segment, 'Unknown' AS country, 'Unknown' AS state,
            'Unknown' AS city, 'Unknown' AS age_band, 'Unknown' AS tenure_band, 'Unknown' AS label,
            'Unknown' AS tenure_step, 9999 AS tenure_halves, 'Unknown' AS balance_band, 'Unknown' AS cohort,
            'Unknown' AS cohort_name, 'Unknown' AS first_category,
            'Unknown' AS acquisition_channel, 'No opportunity' AS stage, 'Unknown' AS status, 0 AS owner_key,
            false AS is_merged_away
        """,
    )
    build.fill(
        "dim_customer",
        f"""
        SELECT p.* EXCLUDE (has_contact, source_channel, contact_owner, given_label, earliest, registered_date, is_us, home),
            t.e164 AS phone_e164, coalesce(t.country, CASE WHEN p.is_us THEN 'US' END, 'Unknown') AS country,
            h.first_seen_date, h.first_seen_date AS valid_from,
            least(p.registered_date, h.enrolled_date) AS enrolled_date,
            CASE WHEN h.first_seen_date IS NOT NULL THEN {FOREVER} END AS valid_to,
            {_age_band(build)} AS age_band, {_tenure_band(build)} AS tenure_band,
            v.* EXCLUDE (customer_key),
            CASE WHEN has_contact THEN coalesce(given_label, 'No label') ELSE 'Unknown' END AS label,
            coalesce(p.source_channel, h.enrolled_channel, 'Unknown') AS acquisition_channel,
            coalesce(h.stage, 'No opportunity') AS stage, {_status(build)} AS status,
            coalesce(h.advisor_key, o.staff_key, h.contact_key, 0) AS owner_key, false AS is_merged_away
        FROM t_profile p JOIN t_history h USING (customer_key)
            JOIN t_value v USING (customer_key) LEFT JOIN t_phone t ON t.phone = p.phone AND t.home = p.home
            LEFT JOIN k_staff o ON o.staff_id = p.contact_owner
        ORDER BY customer_key
        """,
    )
    _count_the_undated(build)
    _keep_merged_away(build)


def _count_the_undated(build: Build) -> None:
    """Where no client has any date, they are clients on the last day, and nothing is known of the days before it.

    Beside clients with dates, one without is not counted: on whichever day it came in, the number would seem to grow.
    """
    undated = build.count(
        f"SELECT count(*) FROM main.dim_customer WHERE customer_key <> {UNKNOWN_KEY} AND first_seen_date IS NULL"
    )
    if build.count("SELECT count(first_seen_date) FROM main.dim_customer"):
        if undated:
            words = counted(undated, "client has", "clients have")
            build.warnings.append(f"{words} no date at all, beside others that have, and can be counted on no day.")
    else:
        build.run(
            f"UPDATE main.dim_customer SET valid_from = {build.day}, valid_to = {FOREVER} WHERE customer_key <> {UNKNOWN_KEY}"
        )


def _keep_merged_away(build: Build) -> None:
    """Ids that are counted as another stay to be looked up: with what their own system says, and never seen."""
    build.fill(
        "dim_customer",
        """
        SELECT k.own_key AS customer_key, k.customer_id, d.* EXCLUDE (customer_key, customer_id, is_merged_away),
            coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), l.full_name, m.full_name) AS full_name,
            coalesce(c.email, l.email, m.email) AS email, coalesce(c.phone, l.phone, m.phone) AS phone,
            true AS is_merged_away
        FROM k_customer k LEFT JOIN s_customers c USING (customer_id) LEFT JOIN s_clients l ON l.client_id = k.customer_id
            LEFT JOIN s_contacts m ON m.contact_id = k.customer_id
            CROSS JOIN (SELECT * EXCLUDE (full_name, email, phone) FROM main.dim_customer WHERE customer_key = 0) d
        WHERE k.is_merged_away ORDER BY k.own_key
        """,
    )


def _collect_profiles(build: Build) -> None:
    """``t_profile``: what the three systems say of a person; the financial one first, then clients, then contacts."""
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_profile AS
        SELECT k.customer_key, k.customer_id,
            coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), l.full_name, m.full_name) AS full_name,
            coalesce(c.email, l.email, m.email) AS email, coalesce(c.phone, l.phone, m.phone) AS phone,
            coalesce(l.company, m.company) AS company, c.birth_date, c.enrollment_date AS registered_date,
            {known("c.customer_segment")} AS segment, {known("c.address_state")} AS state, {known("c.address_city")} AS city,
            m.contact_id IS NOT NULL AS has_contact, m.source_channel, m.owner_id AS contact_owner, m.label AS given_label,
            least(c.enrollment_date, l.created_at_day, m.created_at_day) AS earliest,
            {is_us_state("c.address_state")} AS is_us, {home_country(build, "c.address_state")} AS home
        FROM k_customer k LEFT JOIN ({_of_person("customers", "customer_id")}) c USING (customer_key)
            LEFT JOIN ({_of_person("clients", "client_id")}) l USING (customer_key)
            LEFT JOIN ({_of_person("contacts", "contact_id")}) m USING (customer_key)
        WHERE NOT k.is_merged_away
        """
    )


def _of_person(table: str, key: str) -> str:
    """The rows of a source by the person they are of; no person has two in one source."""
    return f"SELECT k.customer_key, s.* FROM s_{table} s JOIN k_customer k ON k.customer_id = s.{key}"


def _collect_history(build: Build) -> None:
    """``t_history``: per customer first seen, channel of the first enrolment, newest stage, and who looks after them."""
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_history AS
        WITH enrolled AS (
            SELECT customer_key, min(enrolled_date) AS first_date,
                min_by(channel, (enrolled_date, enrollment_key)) AS enrolled_channel,
                max_by(staff_key, (enrolled_date, enrollment_key)) FILTER (
                    staff_key <> 0 AND valid_from <= {build.day} AND {build.day} < valid_to) AS advisor_key
            FROM main.fact_enrollment GROUP BY 1),
        contacted AS (
            SELECT customer_key, min(opened_date) AS first_date,
                max_by(staff_key, interaction_key) FILTER (staff_key <> 0) AS contact_key
            FROM main.fact_interaction GROUP BY 1),
        opportunity AS (
            SELECT customer_key, max_by(stage, (coalesce(created_date, DATE '1800-01-01'), opportunity_key)) AS stage
            FROM main.dim_opportunity WHERE opportunity_key <> 0 GROUP BY 1)
        SELECT p.customer_key, least(p.earliest, e.first_date, i.first_date) AS first_seen_date,
            e.first_date AS enrolled_date, e.enrolled_channel, e.advisor_key, i.contact_key, o.stage,
            a.customer_key IS NOT NULL AS is_active
        FROM t_profile p LEFT JOIN enrolled e USING (customer_key) LEFT JOIN contacted i USING (customer_key)
            LEFT JOIN opportunity o USING (customer_key) LEFT JOIN (
                SELECT customer_key FROM main.rollup_activity_span
                WHERE valid_from <= {build.day} AND {build.day} < valid_to) a USING (customer_key)
        """
    )


def _age_band(build: Build) -> str:
    age = f"date_sub('year', p.birth_date, {build.day})"
    bands = " ".join(f"WHEN {age} < {low + 10} THEN '{low}–{low + 9}'" for low in range(25, 75, 10))
    unknown = f"p.birth_date IS NULL OR p.birth_date > {build.day}"
    return f"CASE WHEN {unknown} THEN 'Unknown' WHEN {age} < 25 THEN 'Under 25' {bands} ELSE '75 and over' END"


def _tenure_band(build: Build) -> str:
    years = f"date_sub('year', h.first_seen_date, {build.day})"
    return (
        f"CASE WHEN h.first_seen_date IS NULL THEN 'Unknown' WHEN {years} < 1 THEN 'Under 1 year' "
        f"WHEN {years} < 2 THEN '1–2 years' WHEN {years} < 5 THEN '2–5 years' ELSE '5 years and over' END"
    )


def _status(build: Build) -> str:
    recent = f"h.first_seen_date > {build.day} - {build.active_days}"
    return (
        f"CASE WHEN h.is_active THEN 'Active' WHEN h.first_seen_date IS NULL THEN 'Unknown' "
        f"WHEN {recent} THEN 'Too early' ELSE 'Inactive' END"
    )
