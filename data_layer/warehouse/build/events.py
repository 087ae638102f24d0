"""rollup_event: all that happened with each client, as one stream."""

from data_layer.warehouse.build.context import Build, of_customers

_NOBODYS = "0 AS staff_key, 0 AS interaction_type_key, 0 AS campaign_key, false AS is_work"
_DAY_ONLY = "NULL::TIMESTAMP AS happened_at, NULL::SMALLINT AS happened_hour"
_UNKNOWN = "'Unknown' AS channel"


def build_events(build: Build) -> None:
    """The facts of each client in the order in which they happened; of one day, those without a time first.

    Promised actions stand at the time they were done, open ones at the time they fell due.  A client's message belongs
    to whose conversation it is in, so that both sides of it are seen together.  Unknown clients have no stream.
    """
    build.run(f"CREATE OR REPLACE TEMP VIEW t_event AS {' UNION ALL BY NAME '.join(_kinds())}")
    in_few_words = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in _declare_words(build).items())
    for some in of_customers(build, _FACTS, ROWS_OF_EVENTS):
        build.fill(
            "rollup_event",
            f"""
            SELECT 0 AS event_key, * REPLACE ({in_few_words}) FROM t_event WHERE {some} AND happened_date IS NOT NULL
            ORDER BY customer_key, happened_date, happened_at NULLS FIRST, kind, source_key
            """,
        )
    build.number("rollup_event", "event_key")


def _declare_words(build: Build) -> dict[str, str]:
    """Give the columns of few words types of their own, ordered as the words are; returns these types by column."""
    types = {}
    for column in ("kind", "channel", "what", "result"):
        # A type has at least one word.
        build.run(f"CREATE OR REPLACE TEMP TABLE t_word AS SELECT 'Unknown' AS word UNION SELECT {column} FROM t_event")
        if build.count("SELECT count(*) FROM t_word") <= MOST_WORDS:
            types[column] = f"main.event_{column}"
            words = "SELECT word FROM t_word WHERE word IS NOT NULL ORDER BY word"
            build.run(f"CREATE TYPE {types[column]} AS ENUM ({words})")
            build.run(f"ALTER TABLE main.rollup_event ALTER {column} TYPE {types[column]}")
    build.run("DROP TABLE t_word")
    return types


# They are narrow enough that so many are sorted at once.
ROWS_OF_EVENTS = 4_000_000
# Words that come again and again are sorted and written as numbers, which takes half of the time.  Every reader keeps
# the list of them, so a column that says something else in each row stays text.
MOST_WORDS = 10_000
_FACTS = (
    "main.fact_campaign_recipient", "main.fact_engagement", "main.fact_enrollment", "main.fact_followup",
    "main.fact_interaction", "main.fact_message", "main.fact_balance", "main.fact_churn", "main.fact_stage_change",
)  # fmt: skip


def _kinds() -> tuple[str, ...]:
    """A select for each kind of event."""
    return (
        _CAMPAIGNS, _SESSIONS, _ENROLMENTS, _FOLLOWUPS, _INTERACTIONS, _MESSAGES,
        _MONEY.format(kind="Money in", column="contributions"), _MONEY.format(kind="Money out", column="withdrawals"),
        _CLOSINGS, _STAGES,
    )  # fmt: skip


_INTERACTIONS = """
    SELECT customer_key, staff_key, interaction_type_key, 0 AS product_key, 0 AS campaign_key, true AS is_work,
        'Interaction' AS kind, channel, opened_at AS happened_at, opened_date AS happened_date, opened_hour AS happened_hour,
        interaction_key AS source_key, t.name AS what,
        nullif(CASE WHEN outcome <> 'Unknown' THEN outcome ELSE resolution_status END, 'Unknown') AS result
    FROM main.fact_interaction JOIN main.dim_interaction_type t USING (interaction_type_key)
"""
_MESSAGES = """
    SELECT m.customer_key, CASE WHEN m.staff_key = 0 THEN i.staff_key ELSE m.staff_key END AS staff_key,
        i.interaction_type_key, 0 AS product_key, 0 AS campaign_key, true AS is_work, 'Message' AS kind, m.channel,
        m.sent_at AS happened_at, m.sent_date AS happened_date, m.sent_hour AS happened_hour, m.message_key AS source_key,
        CASE m.direction WHEN 'inbound' THEN 'Client wrote' WHEN 'outbound' THEN 'We wrote' ELSE 'Automatic message' END AS what
    FROM main.fact_message m JOIN main.fact_interaction i
        ON i.interaction_key = m.interaction_key AND i.customer_key = m.customer_key
"""
_FOLLOWUPS = """
    SELECT customer_key, staff_key, interaction_type_key, 0 AS product_key, 0 AS campaign_key, true AS is_work,
        'Follow-up' AS kind, 'Unknown' AS channel,
        CASE WHEN status = 'Completed' THEN completed_at ELSE due_at END AS happened_at,
        CASE WHEN status = 'Completed' THEN completed_date ELSE due_date END AS happened_date,
        CAST(hour(local_time(CASE WHEN status = 'Completed' THEN completed_at ELSE due_at END)) AS SMALLINT) AS happened_hour,
        followup_key AS source_key, coalesce(nullif(trim(action), ''), 'Follow-up') AS what,
        CASE WHEN status = 'Completed' AND is_late THEN 'Completed late' WHEN status = 'Completed' THEN 'Completed on time'
            WHEN status = 'Cancelled' THEN 'Cancelled' ELSE 'Not done' END AS result
    FROM main.fact_followup
"""
_STAGES = """
    SELECT c.customer_key, c.staff_key, 0 AS interaction_type_key, c.product_key, 0 AS campaign_key, true AS is_work,
        'Stage change' AS kind, 'Unknown' AS channel, c.entered_at AS happened_at, c.entered_date AS happened_date,
        CAST(hour(local_time(c.entered_at)) AS SMALLINT) AS happened_hour, c.stage_change_key AS source_key,
        coalesce(o.name, o.opportunity_id) AS what, coalesce(c.from_stage || ' → ', '') || s.name AS result, c.value AS amount
    FROM main.fact_stage_change c JOIN main.dim_stage s USING (stage_key) JOIN main.dim_opportunity o USING (opportunity_key)
"""
_CAMPAIGNS = """
    SELECT customer_key, 0 AS staff_key, 0 AS interaction_type_key, 0 AS product_key, campaign_key, false AS is_work,
        'Campaign' AS kind, k.channel, sent_at AS happened_at, sent_date AS happened_date, sent_hour AS happened_hour,
        campaign_recipient_key AS source_key, k.name AS what,
        CASE WHEN is_failed THEN 'Failed' WHEN replied_at IS NOT NULL THEN 'Replied' WHEN is_read THEN 'Read'
            WHEN is_delivered THEN 'Delivered' ELSE 'Sent' END AS result
    FROM main.fact_campaign_recipient JOIN main.dim_campaign k USING (campaign_key)
"""
_ENROLMENTS = f"""
    SELECT customer_key, staff_key, 0 AS interaction_type_key, product_key, 0 AS campaign_key, true AS is_work,
        'Enrolment' AS kind, e.channel, {_DAY_ONLY}, enrolled_date AS happened_date, enrollment_key AS source_key,
        p.name AS what, 'Taken' AS result, initial_investment AS amount
    FROM main.fact_enrollment e JOIN main.dim_product p USING (product_key)
"""
_CLOSINGS = f"""
    SELECT customer_key, {_NOBODYS}, c.product_key, 'Product given up' AS kind, {_UNKNOWN},
        {_DAY_ONLY}, churn_date AS happened_date, churn_key AS source_key, p.name AS what,
        CASE WHEN is_recovered THEN 'Won back' ELSE nullif(reason, 'Unknown') END AS result
    FROM main.fact_churn c JOIN main.dim_product p USING (product_key)
"""
_MONEY = f"""
    SELECT customer_key, {_NOBODYS}, b.product_key, '{{kind}}' AS kind, {_UNKNOWN}, {_DAY_ONLY}, balance_date AS happened_date,
        balance_key AS source_key, p.name AS what, {{column}} AS amount
    FROM main.fact_balance b JOIN main.dim_product p USING (product_key) WHERE {{column}} <> 0
"""
_SESSIONS = f"""
    SELECT customer_key, {_NOBODYS}, 0 AS product_key, 'Digital session' AS kind, {_UNKNOWN}, occurred_at AS happened_at,
        occurred_date AS happened_date, occurred_hour AS happened_hour, engagement_key AS source_key, action AS what,
        nullif(device, 'Unknown') AS result
    FROM main.fact_engagement
"""
