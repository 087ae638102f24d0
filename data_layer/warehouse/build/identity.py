"""Who is who: surrogate keys for customers, staff and interaction types, one person per text id across systems."""

from data_layer.warehouse.build.context import Build, known
from data_layer.warehouse.build.same_person import match_people

_STAFF_IN_FACTS = """
    SELECT advisor_id AS id FROM s_enrollments UNION SELECT agent_id FROM s_service_interactions
    UNION SELECT staff_id FROM s_interactions UNION SELECT agent_id FROM s_conversations
    UNION SELECT agent_id FROM s_messages UNION SELECT owner_id FROM s_opportunities
    UNION SELECT owner_id FROM s_contacts UNION SELECT staff_id FROM s_followup_actions
"""


def key_customers(build: Build) -> None:
    """``k_customer``: the same id in customers, clients and contacts is one customer; so are ids that were matched.

    ``own_key`` is the id's own key, ``customer_key`` that of the person it is counted as.
    """
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE k_id AS
        SELECT id, row_number() OVER (ORDER BY id) AS own_key FROM (
            SELECT customer_id AS id FROM s_customers UNION SELECT client_id FROM s_clients
            UNION SELECT contact_id FROM s_contacts)
        """
    )
    build.run(
        """
        CREATE OR REPLACE TEMP VIEW k_id_source AS
        SELECT k.own_key, 1 AS source FROM k_id k JOIN s_customers s ON s.customer_id = k.id
        UNION ALL SELECT k.own_key, 2 FROM k_id k JOIN s_clients s ON s.client_id = k.id
        UNION ALL SELECT k.own_key, 3 FROM k_id k JOIN s_contacts s ON s.contact_id = k.id
        """
    )
    match_people(build)
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE k_customer AS
        SELECT id AS customer_id, own_key, customer_key, own_key <> customer_key AS is_merged_away
        FROM k_id JOIN t_person USING (own_key) ORDER BY own_key
        """
    )


def build_staff(build: Build) -> None:
    """dim_staff: advisors, staff and agents in one.

    A staff id that only facts name is kept under its id, so that its work stays visible.  An advisor without a team
    belongs to the team of the office.
    """
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE k_staff AS
        SELECT id AS staff_id, row_number() OVER (ORDER BY id) AS staff_key FROM (
            SELECT advisor_id AS id FROM s_advisors UNION SELECT staff_id FROM s_staff UNION SELECT agent_id FROM s_agents
            UNION {_STAFF_IN_FACTS}) WHERE id IS NOT NULL
        """
    )
    build.fill(
        "dim_staff",
        """
        SELECT 0 AS staff_key, 'Unknown' AS staff_id, 'Unknown' AS full_name, NULL AS email, 'Unknown' AS team,
            'Unknown' AS kind, NULL AS title, NULL AS office
        """,
    )
    build.fill(
        "dim_staff",
        f"""
        SELECT k.staff_key, k.staff_id,
            coalesce(nullif(concat_ws(' ', a.first_name, a.last_name), ''), s.full_name, g.full_name, k.staff_id) AS full_name,
            coalesce(s.email, g.email) AS email,
            {known("coalesce(s.team, g.team, a.office_location)")} AS team,
            CASE WHEN a.advisor_id IS NOT NULL THEN 'Advisor' WHEN s.staff_id IS NOT NULL THEN 'Staff'
                WHEN g.agent_id IS NOT NULL THEN 'Agent' ELSE 'Unknown' END AS kind,
            coalesce(s.role, a.certification_level) AS title, a.office_location AS office
        FROM k_staff k LEFT JOIN s_advisors a ON a.advisor_id = k.staff_id LEFT JOIN s_staff s ON s.staff_id = k.staff_id
            LEFT JOIN s_agents g ON g.agent_id = k.staff_id
        ORDER BY k.staff_key
        """,
    )


def build_interaction_types(build: Build) -> None:
    """dim_interaction_type: types, reason codes and topics; ``kind`` in ``k_type`` keeps equal ids of them apart."""
    build.run(
        """
        CREATE OR REPLACE TEMP TABLE k_type AS
        SELECT *, row_number() OVER (ORDER BY kind, id) AS interaction_type_key FROM (
            SELECT 'type' AS kind, type_id AS id, coalesce(type_name, type_id) AS name,
                coalesce(category, 'Interaction') AS category FROM s_interaction_types
            UNION ALL SELECT DISTINCT 'type', type_id, type_id, 'Interaction' FROM s_interactions
                WHERE type_id IS NOT NULL AND type_id NOT IN (SELECT type_id FROM s_interaction_types)
            UNION ALL SELECT DISTINCT 'reason', reason_code, reason_code, 'Service' FROM s_service_interactions
                WHERE reason_code IS NOT NULL
            UNION ALL SELECT DISTINCT 'topic', topic, topic, 'Conversation' FROM s_conversations WHERE topic IS NOT NULL)
        """
    )
    build.fill(
        "dim_interaction_type",
        """
        SELECT 0 AS interaction_type_key, 'Unknown' AS interaction_type_id, 'Unknown' AS name, 'Unknown' AS category
        UNION ALL SELECT interaction_type_key, id, name, category FROM k_type ORDER BY interaction_type_key
        """,
    )
