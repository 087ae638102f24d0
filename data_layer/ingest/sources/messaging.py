"""The tables of a messaging CRM: contacts, conversations and campaigns."""

from data_layer.ingest.sources.spec import (
    SourceTable,
    Type,
    integer,
    key,
    moment,
    money,
    number,
    optional,
    text,
)

GROUP = "messaging"

CONTACTS = SourceTable(
    "contacts",
    GROUP,
    "contacts, their phone country and labels",
    ("contact_id",),
    (
        key("contact_id"),
        text("full_name"),
        text("email"),
        text("phone"),
        moment("created_at"),
        optional("label"),
        optional("source_channel"),
        optional("owner_id"),
        optional("company"),
    ),
)
CONVERSATIONS = SourceTable(
    "conversations",
    GROUP,
    "chats: opened, answered, resolved, satisfaction",
    ("conversation_id",),
    (
        key("conversation_id"),
        text("contact_id"),
        text("agent_id"),
        text("channel"),
        text("status"),
        text("topic"),
        key("opened_at", Type.MOMENT),
        moment("first_response_at"),
        moment("resolved_at"),
        optional("reopened_at", Type.MOMENT),
        optional("satisfaction_asked", Type.FLAG),
        number("satisfaction_score"),
    ),
)
MESSAGES = SourceTable(
    "messages",
    GROUP,
    "messages, reply times and topics",
    ("message_id",),
    (
        key("message_id"),
        key("conversation_id"),
        text("sender"),
        text("agent_id"),
        key("sent_at", Type.MOMENT),
        text("text"),
    ),
)
AGENTS = SourceTable(
    "agents",
    GROUP,
    "support agents and teams",
    ("agent_id",),
    (key("agent_id"), text("full_name"), text("email"), text("team")),
)
CAMPAIGNS = SourceTable(
    "campaigns",
    GROUP,
    "campaigns, their cost and dates",
    ("campaign_id",),
    (
        key("campaign_id"),
        text("name"),
        text("channel"),
        text("objective"),
        moment("started_at"),
        moment("ended_at"),
        money("cost"),
        integer("audience"),
    ),
)
TEMPLATES = SourceTable(
    "templates",
    GROUP,
    "message contents and variants",
    ("template_id",),
    (key("template_id"), text("name"), text("variant"), text("body")),
)
CAMPAIGN_RECIPIENTS = SourceTable(
    "campaign_recipients",
    GROUP,
    "what became of each message of a campaign",
    ("recipient_id",),
    (
        key("recipient_id"),
        key("campaign_id"),
        text("template_id"),
        text("contact_id"),
        moment("sent_at"),
        moment("delivered_at"),
        moment("read_at"),
        moment("replied_at"),
        moment("failed_at"),
        text("failure_reason"),
        moment("converted_at"),
        money("revenue"),
    ),
)

TABLES = (CONTACTS, CONVERSATIONS, MESSAGES, AGENTS, CAMPAIGNS, TEMPLATES, CAMPAIGN_RECIPIENTS)
