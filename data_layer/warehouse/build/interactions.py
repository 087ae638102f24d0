"""fact_interaction: service contacts, interactions and conversations as contacts with a customer; fact_message."""

from data_layer.warehouse.build.context import FOREVER, Build, known
from data_layer.warehouse.tables import LEAST_SCORE, MOST_SCORE

_RESOLUTION = """
    CASE lower(replace(replace(trim({0}), '_', ' '), '-', ' '))
        WHEN 'resolved' THEN 'Resolved' WHEN 'done' THEN 'Resolved' WHEN 'closed' THEN 'Resolved'
        WHEN 'completed' THEN 'Resolved' WHEN 'solved' THEN 'Resolved'
        WHEN 'partially resolved' THEN 'Partially resolved' WHEN 'partial' THEN 'Partially resolved'
        WHEN 'unresolved' THEN 'Unresolved' WHEN 'not resolved' THEN 'Unresolved' WHEN 'failed' THEN 'Unresolved'
        WHEN 'open' THEN 'Open' WHEN 'new' THEN 'Open' WHEN 'pending' THEN 'Open' WHEN 'in progress' THEN 'Open'
        WHEN 'waiting' THEN 'Open' WHEN 'assigned' THEN 'Open' WHEN 'reopened' THEN 'Open' WHEN 'snoozed' THEN 'Open'
        ELSE coalesce(upper({0}[1]) || lower(replace({0}[2:], '_', ' ')), 'Unknown') END
"""
_DIRECTION = """
    CASE lower(replace(replace(trim({0}), '_', '-'), ' ', '-'))
        WHEN 'inbound' THEN 'inbound' WHEN 'in' THEN 'inbound' WHEN 'incoming' THEN 'inbound'
        WHEN 'outbound' THEN 'outbound' WHEN 'out' THEN 'outbound' WHEN 'outgoing' THEN 'outbound'
        ELSE 'two-way' END
"""
_SENDER = """
    CASE WHEN lower(trim({0})) IN ('customer', 'contact', 'client', 'user', 'inbound') THEN 'inbound'
        WHEN lower(trim({0})) IN ('bot', 'system', 'automatic', 'auto', 'automation') THEN 'automatic'
        WHEN lower(trim({0})) IN ('agent', 'staff', 'human', 'outbound', 'advisor', 'employee') THEN 'outbound'
        WHEN {1} IS NOT NULL THEN 'outbound' ELSE 'inbound' END
"""


# A score outside the scale is on another one, of which 9 may be good or bad: it is as good as none.
_SCORE = f"CASE WHEN satisfaction_score BETWEEN {LEAST_SCORE} AND {MOST_SCORE} THEN satisfaction_score END AS satisfaction_score"


def build_interactions(build: Build) -> None:
    """The three kinds of contact, in the order of their days; ``k_interaction`` from source and id to what facts need."""
    _prepare_conversations(build)
    build.fill_keyed(
        "fact_interaction",
        "interaction_key",
        f"""
        SELECT u.* EXCLUDE (customer_id, staff_id, kind, type_id, is_open),
            coalesce(c.customer_key, 0) AS customer_key, coalesce(s.staff_key, 0) AS staff_key,
            coalesce(t.interaction_type_key, 0) AS interaction_type_key,
            u.direction IN ('inbound', 'two-way') AS is_qualifying,
            CASE WHEN u.source = 'conversation' THEN u.opened_date END AS valid_from,
            CASE WHEN u.source <> 'conversation' THEN NULL WHEN is_open THEN {FOREVER}
                ELSE coalesce(greatest(u.resolved_date, u.opened_date), u.opened_date) END AS valid_to
        FROM ({_SERVICE} UNION ALL BY NAME {_INTERACTIONS} UNION ALL BY NAME SELECT * FROM t_conversation) u
            LEFT JOIN k_customer c ON c.customer_id = u.customer_id LEFT JOIN k_staff s ON s.staff_id = u.staff_id
            LEFT JOIN k_type t ON t.kind = u.kind AND t.id = u.type_id
        ORDER BY u.opened_date, u.opened_at, u.source, u.interaction_id
        """,
    )
    build.run(
        """
        CREATE OR REPLACE TEMP VIEW k_interaction AS
        SELECT interaction_id, source, interaction_key, customer_key, staff_key, interaction_type_key, opened_date, channel
        FROM main.fact_interaction
        """
    )


_SERVICE = f"""
    SELECT interaction_id, 'service' AS source, customer_id, agent_id AS staff_id, 'reason' AS kind,
        reason_code AS type_id, {known("channel")} AS channel, 'inbound' AS direction, date AS opened_at,
        date_day AS opened_date, date_hour AS opened_hour, duration_minutes, {_SCORE},
        {_RESOLUTION.format("resolution_status")} AS resolution_status, 'Unknown' AS outcome, false AS is_open
    FROM s_service_interactions
"""
_INTERACTIONS = f"""
    SELECT interaction_id, 'interaction manager' AS source, client_id AS customer_id, staff_id, 'type' AS kind, type_id,
        {known("channel")} AS channel, {_DIRECTION.format("direction")} AS direction, interaction_date AS opened_at,
        interaction_date_day AS opened_date, interaction_date_hour AS opened_hour, 'Unknown' AS resolution_status,
        {known("outcome")} AS outcome, summary, false AS is_open
    FROM s_interactions
"""


def _prepare_conversations(build: Build) -> None:
    """Conversations with what their messages prove: a first response that the export left out is found in them.

    A conversation is open while it has no resolution, or was reopened after it; one that is called done but has no
    time of resolution counts as never open at a day's end.
    """
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_conversation AS
        WITH answer AS (
            SELECT m.conversation_id, min(m.sent_at) AS sent_at FROM s_messages m
            JOIN s_conversations c USING (conversation_id)
            WHERE c.first_response_at_day IS NULL AND {_SENDER.format("m.sender", "m.agent_id")} = 'outbound'
            GROUP BY 1),
        raw AS (
            SELECT c.*, coalesce(c.first_response_at, a.sent_at) AS answered_at,
                c.first_response_at_day IS NOT NULL OR a.conversation_id IS NOT NULL AS is_answered,
                {_RESOLUTION.format("c.status")} AS state,
                c.resolved_at_day IS NOT NULL AND NOT coalesce(c.reopened_at > c.resolved_at,
                    c.reopened_at_day > c.resolved_at_day, false) AS has_end
            FROM s_conversations c LEFT JOIN answer a USING (conversation_id))
        SELECT conversation_id AS interaction_id, 'conversation' AS source, contact_id AS customer_id, agent_id AS staff_id,
            'topic' AS kind, topic AS type_id, {known("channel")} AS channel,
            CASE WHEN is_answered THEN 'two-way' ELSE 'inbound' END AS direction,
            opened_at, opened_at_day AS opened_date, opened_at_hour AS opened_hour, answered_at AS first_response_at,
            CASE WHEN answered_at >= opened_at THEN epoch(answered_at - opened_at) / 60 END AS first_response_minutes,
            CASE WHEN has_end THEN resolved_at END AS resolved_at,
            CASE WHEN has_end THEN resolved_at_day END AS resolved_date,
            CASE WHEN has_end AND resolved_at >= opened_at THEN epoch(resolved_at - opened_at) / 3600 END AS resolution_hours,
            reopened_at, satisfaction_asked, {_SCORE},
            CASE WHEN has_end AND state IN ('Unknown', 'Open') THEN 'Resolved'
                WHEN NOT has_end AND resolved_at_day IS NOT NULL AND state = 'Resolved' THEN 'Open'
                WHEN NOT has_end AND state = 'Unknown' THEN 'Open' ELSE state END AS resolution_status,
            'Unknown' AS outcome,
            NOT has_end AND (state <> 'Resolved' OR resolved_at_day IS NOT NULL) AS is_open
        FROM raw
        """
    )


def build_messages(build: Build) -> None:
    """fact_message with the time that each human reply took, from the first customer message it answers."""
    build.fill_keyed(
        "fact_message",
        "message_key",
        f"""
        WITH message AS (
            SELECT *, {_SENDER.format("sender", "agent_id")} AS direction FROM s_messages)
        SELECT m.message_id, coalesce(i.interaction_key, 0) AS interaction_key,
            coalesce(i.customer_key, 0) AS customer_key, coalesce(s.staff_key, 0) AS staff_key,
            coalesce(i.channel, 'Unknown') AS channel, m.direction, m.sent_at, m.sent_at_day AS sent_date,
            m.sent_at_hour AS sent_hour, m.text, epoch(m.sent_at - r.asked_at) / 60 AS reply_minutes
        FROM message m LEFT JOIN ({_REPLIES}) r USING (_row)
            LEFT JOIN k_interaction i ON i.source = 'conversation' AND i.interaction_id = m.conversation_id
            LEFT JOIN k_staff s ON s.staff_id = m.agent_id
        ORDER BY m.sent_at_day, m.sent_at, m._row
        """,
    )


# Only what it takes goes through the windows: the place of each human reply, and what it answers.
_REPLIES = f"""
    WITH message AS (
        SELECT _row, conversation_id, sent_at, {_SENDER.format("sender", "agent_id")} AS direction FROM s_messages),
    turn AS (
        SELECT *, count(*) FILTER (direction = 'outbound') OVER (
            PARTITION BY conversation_id ORDER BY sent_at, _row
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS replies_before
        FROM message),
    asked AS (
        SELECT *, min(sent_at) FILTER (direction = 'inbound') OVER (
            PARTITION BY conversation_id, replies_before ORDER BY sent_at, _row
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS asked_at
        FROM turn)
    SELECT _row, asked_at FROM asked WHERE direction = 'outbound' AND asked_at IS NOT NULL
"""
