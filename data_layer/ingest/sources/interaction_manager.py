"""The five tables of the interaction manager.

A promise is made in an interaction (``next_followup`` is when it falls due) and kept, or not, in a follow-up
action: ``followup_date`` is the day it was done, or for an open one the day it is planned for.  A system that
knows the two apart gives ``due_date`` and ``completed_at``, which then decide.  Client, staff and action are those
of the interaction, unless the follow-up has its own, as a task of a CRM has.
"""

from data_layer.ingest.sources.spec import SourceTable, Type, key, moment, optional, text

GROUP = "interaction manager"

CLIENTS = SourceTable(
    "clients",
    GROUP,
    "clients and when they became one",
    ("client_id",),
    (key("client_id"), text("full_name"), text("email"), text("phone"), text("company"), moment("created_at")),
)
STAFF = SourceTable(
    "staff",
    GROUP,
    "staff members and teams",
    ("staff_id",),
    (key("staff_id"), text("full_name"), text("role"), text("email"), optional("team")),
)
INTERACTION_TYPES = SourceTable(
    "interaction_types",
    GROUP,
    "the names of interaction types",
    ("type_id",),
    (key("type_id"), text("type_name"), optional("category")),
)
INTERACTIONS = SourceTable(
    "interactions",
    GROUP,
    "calls, visits and e-mails with clients",
    ("interaction_id",),
    (
        key("interaction_id"),
        text("client_id"),
        text("staff_id"),
        text("type_id"),
        key("interaction_date", Type.MOMENT),
        text("summary"),
        text("action_required"),
        moment("next_followup"),
        optional("channel"),
        optional("direction"),
        optional("outcome"),
    ),
)
FOLLOWUP_ACTIONS = SourceTable(
    "followup_actions",
    GROUP,
    "follow-ups: due, done, overdue",
    ("followup_id",),
    (
        key("followup_id"),
        text("interaction_id"),
        moment("followup_date"),
        text("status"),
        text("notes"),
        optional("due_date", Type.MOMENT),
        optional("completed_at", Type.MOMENT),
        optional("priority"),
        optional("escalated", Type.FLAG),
        optional("client_id"),
        optional("staff_id"),
        optional("action"),
    ),
)

TABLES = (CLIENTS, STAFF, INTERACTION_TYPES, INTERACTIONS, FOLLOWUP_ACTIONS)
