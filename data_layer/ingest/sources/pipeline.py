"""The sales pipeline: opportunities and the stages they went through."""

from data_layer.ingest.sources.spec import SourceTable, Type, key, moment, money, optional, text

GROUP = "pipeline"

OPPORTUNITIES = SourceTable(
    "opportunities",
    GROUP,
    "opportunities, their stage, value and owner",
    ("opportunity_id",),
    (
        key("opportunity_id"),
        text("customer_id"),
        text("name"),
        text("stage"),
        money("value"),
        text("owner_id"),
        moment("created_at"),
        moment("closed_at"),
        optional("product_id"),
        optional("first_stage"),
    ),
)
STAGE_CHANGES = SourceTable(
    "stage_changes",
    GROUP,
    "when an opportunity entered which stage",
    ("change_id",),
    (
        key("change_id"),
        key("opportunity_id"),
        text("from_stage"),
        text("to_stage"),
        key("changed_at", Type.MOMENT),
        money("value"),
    ),
)

TABLES = (OPPORTUNITIES, STAGE_CHANGES)
