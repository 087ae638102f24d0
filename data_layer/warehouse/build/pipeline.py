"""The sales pipeline: stages, opportunities and the stays in each stage."""

from data_layer.ingest.sql import counted
from data_layer.warehouse.build.context import FOREVER, Build

DEFAULT_STAGES = ("Lead", "Qualified", "Won", "Lost")
_WON, _LOST = "won", "lost|verloren"
# Right before the word, or within it: "Not won" and "Won't proceed", but not "Won, no discount".
_DENIED = r"\b(not|never|nicht|nie)[ -]+(yet |closed |ge)?({})|won[''’]t\b"
# What sounds like an end and is neither of the two above.
_LIKE_AN_END = f"{_WON}|{_LOST}|closed|disqualif|unqualif|abandon|reject|declin|cancel|dead|abgelehnt|abgebrochen"


def _canonical(expression: str) -> str:
    """The default stages are known whatever their case; any other stage is kept as given."""
    cases = " ".join(f"WHEN '{name.lower()}' THEN '{name}'" for name in DEFAULT_STAGES)
    return f"CASE lower(trim({expression})) {cases} ELSE trim({expression}) END"


def is_lost(stage: str) -> str:
    """Whether a stage, by its words, is one of what was lost; what denies it is not."""
    return _says(stage, _LOST, _DENIED.format(_LOST))


def is_won(stage: str) -> str:
    """Whether a stage, by its words, is one of what was won; what denies it is not."""
    return _says(stage, _WON, f"{_LOST}|{_DENIED.format(_WON)}")


def _says(stage: str, words: str, but: str) -> str:
    text = f"lower({stage})"
    return f"coalesce(regexp_matches({text}, '{words}') AND NOT regexp_matches({text}, '{but}'), false)"


def is_closing(stage: str) -> str:
    """Whether an opportunity that is in a stage has come to its end."""
    return f"({is_won(stage)} OR {is_lost(stage)})"


def build_pipeline(build: Build) -> None:
    """dim_stage, dim_opportunity, fact_stage_change and rollup_stage_passage."""
    _collect_changes(build)
    _build_stages(build)
    _build_opportunities(build)
    _build_stage_changes(build)
    _build_passages(build)


def _collect_changes(build: Build) -> None:
    """``t_change``: the changes given, and those derived where the history begins later than the opportunity.

    An opportunity without any change was in its first stage from its creation — a Lead, unless the source says otherwise —
    and entered its current stage when it was closed; an open one that is no Lead any more entered its stage at its
    creation, as far as anyone knows (the stages skipped count as passed).  One whose first change names where it came from
    was there since its creation.  The closing date of an open one is when somebody expects it, and nothing that happened.
    """
    stage, origin, first = (_canonical(name) for name in ("o.stage", "c.from_stage", "o.first_stage"))
    closed = ", ".join(
        f"CASE WHEN {is_closing('o.stage')} THEN {name} END AS {name}" for name in ("closed_at", "closed_at_day")
    )
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_change AS
        WITH given AS (
            SELECT change_id, opportunity_id, {_canonical("from_stage")} AS from_stage, {_canonical("to_stage")} AS stage,
                changed_at AS entered_at, changed_at_day AS entered_date, value, false AS is_derived, _row AS place
            FROM s_stage_changes WHERE to_stage IS NOT NULL),
        bare AS (
            SELECT o.* REPLACE ({closed}), {stage} AS now, coalesce({first}, 'Lead') AS began FROM s_opportunities o
            WHERE o.opportunity_id NOT IN (SELECT opportunity_id FROM given)),
        first_change AS (
            SELECT * FROM s_stage_changes QUALIFY row_number() OVER (
                PARTITION BY opportunity_id ORDER BY changed_at_day, changed_at, _row) = 1)
        SELECT * FROM given
        UNION ALL
        SELECT 'start', o.opportunity_id, NULL, {origin}, o.created_at, o.created_at_day, NULL, true, -2
        FROM s_opportunities o JOIN first_change c USING (opportunity_id)
        WHERE c.from_stage IS NOT NULL AND o.created_at_day <= c.changed_at_day
        UNION ALL
        SELECT 'start', opportunity_id, NULL, CASE WHEN closed_at_day IS NULL THEN coalesce(now, began) ELSE began END,
            created_at, created_at_day, NULL, true, -2
        FROM bare WHERE created_at_day IS NOT NULL
        UNION ALL
        SELECT 'end', opportunity_id, CASE WHEN created_at_day IS NOT NULL THEN began END, now, closed_at, closed_at_day,
            NULL, true, -1
        FROM bare WHERE closed_at_day IS NOT NULL AND now IS NOT NULL AND now <> began
        """
    )


def _build_stages(build: Build) -> None:
    """dim_stage: Lead first, what else is found in the order in which it is usually entered, then won and lost stages."""
    defaults = ", ".join(f"('{name}')" for name in DEFAULT_STAGES)
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE k_stage AS
        WITH entry AS (
            SELECT stage, row_number() OVER (
                PARTITION BY opportunity_id ORDER BY entered_date, entered_at, place) AS place FROM t_change),
        found AS (
            SELECT stage, median(place) AS place FROM entry WHERE stage IS NOT NULL GROUP BY 1
            UNION ALL SELECT DISTINCT {_canonical("stage")}, NULL FROM s_opportunities WHERE stage IS NOT NULL),
        usual AS (SELECT * FROM (VALUES {defaults}) AS d(stage)),
        wanted AS (
            SELECT stage, min(place) AS place FROM found GROUP BY 1
            UNION ALL SELECT stage, NULL FROM usual WHERE stage NOT IN (SELECT stage FROM found)
                AND CASE stage
                    WHEN 'Won' THEN NOT EXISTS (SELECT 1 FROM found WHERE {is_won("stage")})
                    WHEN 'Lost' THEN NOT EXISTS (SELECT 1 FROM found WHERE {is_lost("stage")})
                    ELSE NOT EXISTS (SELECT 1 FROM found WHERE stage NOT IN (SELECT stage FROM usual)) END),
        marked AS (
            SELECT *, {is_lost("stage")} AS is_lost, {is_won("stage")} AS is_won FROM wanted)
        SELECT stage AS name, is_won, is_lost, row_number() OVER (ORDER BY is_lost, is_won, stage <> 'Lead',
            place NULLS LAST, list_position(['Lead', 'Qualified'], stage) NULLS LAST, stage) AS position
        FROM marked
        """
    )
    build.fill(
        "dim_stage",
        """
        SELECT 0 AS stage_key, 'Unknown' AS name, 0 AS position, false AS is_won, false AS is_lost
        UNION ALL SELECT position, name, position, is_won, is_lost FROM k_stage ORDER BY stage_key
        """,
    )
    doubtful = build.con.execute(
        f"SELECT name FROM k_stage WHERE NOT is_won AND NOT is_lost "
        f"AND regexp_matches(lower(name), '{_LIKE_AN_END}') ORDER BY name"
    ).fetchall()
    if doubtful:
        names = ", ".join(f"“{name}”" for (name,) in doubtful)
        build.warnings.append(
            f"Taken as open, since their names do not say won or lost: the stages {names}. "
            "A mapping can say which of them are ends (values of the column)."
        )


def _build_opportunities(build: Build) -> None:
    build.fill(
        "dim_opportunity",
        """
        SELECT 0 AS opportunity_key, 'Unknown' AS opportunity_id, 'Unknown' AS stage,
            0 AS customer_key, 0 AS staff_key, 0 AS product_key
        """,
    )
    build.fill_keyed(
        "dim_opportunity",
        "opportunity_key",
        f"""
        SELECT o.opportunity_id, o.name, coalesce(c.customer_key, 0) AS customer_key,
            coalesce(s.staff_key, 0) AS staff_key, coalesce(p.product_key, 0) AS product_key,
            coalesce({_canonical("o.stage")}, l.stage, 'Unknown') AS stage, o.value,
            o.created_at_day AS created_date,
            CASE WHEN {is_closing("coalesce(o.stage, l.stage)")} THEN o.closed_at_day END AS closed_date
        FROM s_opportunities o LEFT JOIN k_customer c USING (customer_id) LEFT JOIN k_staff s ON s.staff_id = o.owner_id
            LEFT JOIN k_product p ON p.product_id = o.product_id LEFT JOIN (
                SELECT opportunity_id, max_by(stage, (entered_date, entered_at, place)) AS stage
                FROM t_change GROUP BY 1) l USING (opportunity_id)
        ORDER BY o.opportunity_id
        """,
    )
    expected = build.count(
        f"SELECT count(*) FROM s_opportunities WHERE closed_at_day IS NOT NULL AND stage IS NOT NULL AND NOT {is_closing('stage')}"
    )
    if expected:
        words = counted(expected, "open opportunity has", "open opportunities have")
        build.warnings.append(f"{words} a closing date, which is taken for an expected one and not used.")


def _build_stage_changes(build: Build) -> None:
    build.fill_keyed(
        "fact_stage_change",
        "stage_change_key",
        f"""
        WITH stay AS (
            SELECT t.*, coalesce(k.position, 0) AS stage_key, k.is_won OR k.is_lost AS is_closing,
                lead(entered_at) OVER entry AS left_at, lead(entered_date) OVER entry AS left_date,
                first_value(entered_at) OVER entry AS began_at, first_value(entered_date) OVER entry AS began_date,
                arg_min({{'at': entered_at, 'day': entered_date}}, (entered_date, entered_at, place))
                    FILTER (k.is_won OR k.is_lost) OVER (
                    PARTITION BY opportunity_id ORDER BY entered_date, entered_at, place
                    ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS closed_next,
                row_number() OVER (PARTITION BY opportunity_id, stage ORDER BY entered_date, entered_at, place) = 1
                    AS is_first_entry
            FROM t_change t LEFT JOIN k_stage k ON k.name = t.stage
            WINDOW entry AS (PARTITION BY opportunity_id ORDER BY entered_date, entered_at, place))
        SELECT coalesce(o.opportunity_key, 0) AS opportunity_key, coalesce(o.customer_key, 0) AS customer_key,
            coalesce(o.staff_key, 0) AS staff_key, coalesce(o.product_key, 0) AS product_key,
            t.stage_key, t.from_stage, t.entered_at, t.entered_date,
            coalesce(t.value, o.value) AS value, t.is_first_entry, t.is_derived,
            coalesce(epoch(t.left_at - t.entered_at) / 86400, t.left_date - t.entered_date) AS days_in_stage,
            coalesce(epoch(t.entered_at - t.began_at) / 86400, t.entered_date - t.began_date) AS days_since_begun,
            CASE WHEN t.is_closing THEN t.closed_next.at END AS closed_again_at,
            CASE WHEN t.is_closing THEN t.closed_next.day END AS closed_again_date,
            CASE WHEN t.is_closing IS NOT true THEN t.entered_date END AS waiting_since,
            t.entered_date AS valid_from, coalesce(t.left_date, {FOREVER}) AS valid_to
        FROM stay t LEFT JOIN main.dim_opportunity o USING (opportunity_id)
        ORDER BY t.entered_date, t.entered_at, t.opportunity_id, t.place
        """,
    )
    undated = build.count(
        "SELECT count(*) FROM main.dim_opportunity WHERE opportunity_key <> 0 "
        "AND opportunity_key NOT IN (SELECT opportunity_key FROM main.fact_stage_change)"
    )
    if undated:
        words = counted(undated, "opportunity has", "opportunities have")
        build.warnings.append(f"{words} no date at all and can be counted in no figure over time.")


def _build_passages(build: Build) -> None:
    """rollup_stage_passage: the way of each opportunity, stage by stage; a skipped one is passed with the next.

    Whatever else is known of an opportunity, it passed the first stage when it began.
    """
    window = f"{build.conversion_days}"
    build.fill_keyed(
        "rollup_stage_passage",
        "stage_passage_key",
        f"""
        WITH entry AS (
            SELECT t.*, k.position, k.is_won, k.is_lost,
                lead(t.entered_date) OVER (PARTITION BY opportunity_id ORDER BY entered_date, entered_at, place) IS NULL
                    AS is_last
            FROM t_change t JOIN k_stage k ON k.name = t.stage),
        way AS (
            SELECT position, lead(position) OVER place AS next, row_number() OVER place = 1 AS is_first
            FROM k_stage WHERE NOT is_lost WINDOW place AS (ORDER BY position)),
        deal AS (
            SELECT opportunity_id, min(entered_date) AS began_date, min(entered_date) FILTER (is_won) AS won_date,
                coalesce(max(position) FILTER (NOT is_lost), (SELECT min(position) FROM way)) AS furthest,
                max(entered_date) FILTER (is_last AND is_lost) AS lost_date,
                max_by(value, (entered_date, entered_at, place)) FILTER (value IS NOT NULL) AS value
            FROM entry GROUP BY 1),
        passed AS (
            SELECT opportunity_id, w.position, min(entered_date) AS day, bool_and(e.position <> w.position) AS is_skipped
            FROM entry e JOIN way w ON NOT e.is_lost AND e.position >= w.position GROUP BY 1, 2),
        passage AS (
            SELECT d.*, w.position, w.is_first, w.next IS NOT NULL AS has_next, n.day AS next_date,
                CASE WHEN w.is_first THEN d.began_date ELSE p.day END AS entered_date,
                coalesce(p.is_skipped, true) AS is_skipped, w.position = d.furthest AS is_final
            FROM deal d CROSS JOIN way w
                LEFT JOIN passed p ON p.opportunity_id = d.opportunity_id AND p.position = w.position
                LEFT JOIN passed n ON n.opportunity_id = d.opportunity_id AND n.position = w.next
            WHERE w.is_first OR p.day IS NOT NULL)
        SELECT coalesce(o.opportunity_key, 0) AS opportunity_key, coalesce(o.customer_key, 0) AS customer_key,
            coalesce(o.staff_key, 0) AS staff_key, coalesce(o.product_key, 0) AS product_key,
            p.position AS stage_key, p.began_date, p.entered_date, p.next_date, p.won_date,
            CASE WHEN p.is_final THEN p.lost_date END AS lost_date,
            CASE WHEN p.is_final THEN p.lost_date - p.entered_date END AS days_to_lost,
            coalesce(o.value, p.value) AS value, p.is_first, p.has_next, p.is_skipped,
            p.entered_date + {window} <= {build.day} AS is_due,
            coalesce(p.next_date <= p.entered_date + {window}, false) AS is_in_time,
            coalesce(p.won_date <= p.began_date + {window}, false) AS is_won_in_time
        FROM passage p LEFT JOIN main.dim_opportunity o USING (opportunity_id)
        ORDER BY p.began_date, p.opportunity_id, p.position
        """,
    )
