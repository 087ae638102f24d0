"""The sales pipeline: stages, opportunities and the stays in each stage."""

from data_layer.warehouse.build.context import FOREVER, Build, keyed

DEFAULT_STAGES = ("Lead", "Qualified", "Won", "Lost")


def _canonical(expression: str) -> str:
    """The default stages are known whatever their case; any other stage is kept as given."""
    cases = " ".join(f"WHEN '{name.lower()}' THEN '{name}'" for name in DEFAULT_STAGES)
    return f"CASE lower(trim({expression})) {cases} ELSE trim({expression}) END"


def build_pipeline(build: Build) -> None:
    """dim_stage, dim_opportunity and fact_stage_change."""
    _collect_changes(build)
    _build_stages(build)
    _build_opportunities(build)
    _build_stage_changes(build)


def _collect_changes(build: Build) -> None:
    """``t_change``: the changes given, and those derived where the history begins later than the opportunity.

    An opportunity without any change was a Lead from its creation and entered its current stage when it was closed;
    an open one that is no Lead any more entered its stage at its creation, as far as anyone knows (the stages skipped
    count as passed).  One whose first change names where it came from was there since its creation.
    """
    stage, origin = _canonical("o.stage"), _canonical("c.from_stage")
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_change AS
        WITH given AS (
            SELECT change_id, opportunity_id, {_canonical("from_stage")} AS from_stage, {_canonical("to_stage")} AS stage,
                changed_at AS entered_at, changed_at_day AS entered_date, value, false AS is_derived, _row AS place
            FROM s_stage_changes WHERE to_stage IS NOT NULL),
        bare AS (
            SELECT o.*, {stage} AS now FROM s_opportunities o WHERE o.opportunity_id NOT IN (SELECT opportunity_id FROM given)),
        first_change AS (
            SELECT * FROM s_stage_changes QUALIFY row_number() OVER (
                PARTITION BY opportunity_id ORDER BY changed_at_day, changed_at, _row) = 1)
        SELECT * FROM given
        UNION ALL
        SELECT 'start', o.opportunity_id, NULL, {origin}, o.created_at, o.created_at_day, NULL, true, -2
        FROM s_opportunities o JOIN first_change c USING (opportunity_id)
        WHERE c.from_stage IS NOT NULL AND o.created_at_day <= c.changed_at_day
        UNION ALL
        SELECT 'start', opportunity_id, NULL, CASE WHEN closed_at_day IS NULL THEN coalesce(now, 'Lead') ELSE 'Lead' END,
            created_at, created_at_day, NULL, true, -2
        FROM bare WHERE created_at_day IS NOT NULL
        UNION ALL
        SELECT 'end', opportunity_id, CASE WHEN created_at_day IS NOT NULL THEN 'Lead' END, now, closed_at, closed_at_day,
            NULL, true, -1
        FROM bare WHERE closed_at_day IS NOT NULL AND now IS NOT NULL AND now <> 'Lead'
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
                AND (stage IN ('Won', 'Lost') OR NOT EXISTS (
                    SELECT 1 FROM found WHERE stage NOT IN (SELECT stage FROM usual)))),
        marked AS (
            SELECT *, contains(lower(stage), 'lost') AS is_lost,
                contains(lower(stage), 'won') AND NOT contains(lower(stage), 'lost') AS is_won FROM wanted)
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


def _build_opportunities(build: Build) -> None:
    build.fill(
        "dim_opportunity",
        """
        SELECT 0 AS opportunity_key, 'Unknown' AS opportunity_id, 'Unknown' AS stage,
            0 AS customer_key, 0 AS staff_key, 0 AS product_key
        """,
    )
    build.fill(
        "dim_opportunity",
        keyed(
            "opportunity_key",
            f"""
            SELECT o.opportunity_id, o.name, coalesce(c.customer_key, 0) AS customer_key,
                coalesce(s.staff_key, 0) AS staff_key, coalesce(p.product_key, 0) AS product_key,
                coalesce({_canonical("o.stage")}, l.stage, 'Unknown') AS stage, o.value,
                o.created_at_day AS created_date, o.closed_at_day AS closed_date
            FROM s_opportunities o LEFT JOIN k_customer c USING (customer_id) LEFT JOIN k_staff s ON s.staff_id = o.owner_id
                LEFT JOIN k_product p ON p.product_id = o.product_id LEFT JOIN (
                    SELECT opportunity_id, max_by(stage, (entered_date, entered_at, place)) AS stage
                    FROM t_change GROUP BY 1) l USING (opportunity_id)
            ORDER BY o.opportunity_id
            """,
        ),
    )


def _build_stage_changes(build: Build) -> None:
    build.fill(
        "fact_stage_change",
        keyed(
            "stage_change_key",
            f"""
            WITH stay AS (
                SELECT t.*, lead(entered_at) OVER entry AS left_at, lead(entered_date) OVER entry AS left_date,
                    row_number() OVER (PARTITION BY opportunity_id, stage ORDER BY entered_date, entered_at, place) = 1
                        AS is_first_entry
                FROM t_change t WINDOW entry AS (PARTITION BY opportunity_id ORDER BY entered_date, entered_at, place))
            SELECT coalesce(o.opportunity_key, 0) AS opportunity_key, coalesce(o.customer_key, 0) AS customer_key,
                coalesce(o.staff_key, 0) AS staff_key, coalesce(o.product_key, 0) AS product_key,
                coalesce(k.position, 0) AS stage_key, t.from_stage, t.entered_at, t.entered_date,
                coalesce(t.value, o.value) AS value, t.is_first_entry, t.is_derived,
                coalesce(epoch(t.left_at - t.entered_at) / 86400, t.left_date - t.entered_date) AS days_in_stage,
                t.entered_date AS valid_from, coalesce(t.left_date, {FOREVER}) AS valid_to
            FROM stay t LEFT JOIN main.dim_opportunity o USING (opportunity_id) LEFT JOIN k_stage k ON k.name = t.stage
            ORDER BY t.entered_date, t.entered_at, t.opportunity_id, t.place
            """,
        ),
    )
