"""Contacts with clients: interactions of three systems, messages, promised actions."""

from collections.abc import Callable

import numpy as np
import pandas as pd

Table = Callable[[str], pd.DataFrame]

INBOUND = {"customer", "contact", "client", "user"}
AUTOMATIC = {"bot", "system", "automatic", "auto"}


def sender(messages: pd.DataFrame) -> pd.Series:
    """``inbound``, ``outbound`` (a human) or ``automatic``."""
    return messages["sender"].map(
        lambda who: "inbound" if who in INBOUND else "automatic" if who in AUTOMATIC else "outbound"
    )


def interactions(table: Table) -> pd.DataFrame:
    """One row per contact: who, with whom, about what, when, how it ended."""
    parts = [_service(table("service_interactions")), _manager(table("interactions"), table("interaction_types"))]
    return pd.concat([*parts, conversations(table)], ignore_index=True)


def _on_scale(scores: pd.Series) -> pd.Series:
    """Scores of 1 to 5; what another scale may mean is not known."""
    return scores.where((scores >= 1) & (scores <= 5))


def _service(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": rows["interaction_id"],
            "source": "service",
            "customer": rows["customer_id"],
            "staff": rows["agent_id"],
            "interaction_type": rows["reason_code"],
            "channel": rows["channel"],
            "qualifies": True,
            "at": rows["date"],
            "day": rows["date_day"],
            "hour": rows["date_hour"],
            "score": _on_scale(rows["satisfaction_score"]),
            "resolution_status": rows["resolution_status"].str.capitalize().fillna("Unknown"),
            "outcome": "Unknown",
        }
    )


def _manager(rows: pd.DataFrame, types: pd.DataFrame) -> pd.DataFrame:
    names = types.set_index("type_id")["type_name"]
    return pd.DataFrame(
        {
            "id": rows["interaction_id"],
            "source": "manager",
            "customer": rows["client_id"],
            "staff": rows["staff_id"],
            "interaction_type": rows["type_id"].map(names).fillna(rows["type_id"]),
            "channel": rows["channel"],
            "qualifies": rows["direction"].fillna("two-way") != "outbound",
            "at": rows["interaction_date"],
            "day": rows["interaction_date_day"],
            "hour": rows["interaction_date_hour"],
            "resolution_status": "Unknown",
            "outcome": rows["outcome"].fillna("Unknown"),
        }
    )


def conversations(table: Table) -> pd.DataFrame:
    """Conversations: first human answer, final resolution; one that was reopened after it is open again."""
    rows, messages = table("conversations"), table("messages")
    humans = messages[sender(messages) == "outbound"].groupby("conversation_id")["sent_at"].min()
    found = rows["conversation_id"].map(humans)
    answered = rows["first_response_at"].fillna(found.astype("datetime64[us]"))
    is_answered = rows["first_response_at_day"].notna() | found.notna()
    reopened = (rows["reopened_at"] > rows["resolved_at"]) | (rows["reopened_at_day"] > rows["resolved_at_day"])
    ended = rows["resolved_at_day"].notna() & ~reopened
    done = rows["status"].isin(["done", "resolved", "closed"])
    response = (answered - rows["opened_at"]).dt.total_seconds() / 60
    hours = (rows["resolved_at"] - rows["opened_at"]).dt.total_seconds() / 3600
    return pd.DataFrame(
        {
            "id": rows["conversation_id"],
            "source": "conversation",
            "customer": rows["contact_id"],
            "staff": rows["agent_id"],
            "interaction_type": rows["topic"],
            "channel": rows["channel"],
            "qualifies": True,
            "at": rows["opened_at"],
            "day": rows["opened_at_day"],
            "hour": rows["opened_at_hour"],
            "is_answered": is_answered,
            "response_minutes": response.where(response >= 0),
            "ended_day": rows["resolved_at_day"].where(ended),
            "hours": hours.where(ended & (hours >= 0)),
            "never_open": done & rows["resolved_at_day"].isna(),
            "score": _on_scale(rows["satisfaction_score"]),
            "resolution_status": np.where(ended | (done & ~reopened), "Resolved", "Open"),
            "outcome": "Unknown",
        }
    )


def messages(table: Table) -> pd.DataFrame:
    """Messages; for a human reply the minutes since the first client message it answers."""
    rows = table("messages").sort_values(["conversation_id", "sent_at", "row"])
    about = table("conversations").set_index("conversation_id")
    direction = sender(rows)
    minutes: list[float] = []
    talk, asked = None, None
    for conversation, at, who in zip(rows["conversation_id"], rows["sent_at"], direction, strict=True):
        if conversation != talk:
            talk, asked = conversation, None
        minutes.append((at - asked).total_seconds() / 60 if who == "outbound" and asked is not None else np.nan)
        if who == "inbound" and asked is None:
            asked = at
        elif who == "outbound":
            asked = None
    return pd.DataFrame(
        {
            "customer": rows["conversation_id"].map(about["contact_id"]),
            "staff": rows["agent_id"],
            "channel": rows["conversation_id"].map(about["channel"]),
            "direction": direction,
            "day": rows["sent_at_day"],
            "hour": rows["sent_at_hour"],
            "reply_minutes": np.asarray(minutes, dtype=float),
        }
    )


def followups(table: Table, zone: str) -> pd.DataFrame:
    """Promised actions: when due, when done, whether late; a day without a time ends at the next midnight."""
    rows = table("followup_actions")
    told = interactions(table)
    told = told[told["source"] == "manager"].set_index("id")
    promised = table("interactions").set_index("interaction_id")
    after = {name: rows["interaction_id"].map(promised[name]) for name in ("next_followup", "next_followup_day")}
    status = rows["status"].map({"Completed": "Completed", "Cancelled": "Cancelled"}).fillna("Open")
    first = [rows["due_date_day"].notna(), after["next_followup_day"].notna()]
    due = pd.Series(np.select(first, [rows["due_date"], after["next_followup"]], rows["followup_date"]))
    due_day = rows["due_date_day"].fillna(after["next_followup_day"]).fillna(rows["followup_date_day"])
    is_done = status == "Completed"
    done = rows["completed_at"].where(rows["completed_at_day"].notna(), rows["followup_date"]).where(is_done)
    done_day = rows["completed_at_day"].fillna(rows["followup_date_day"]).fillna(due_day).where(is_done)
    deadline = (due_day + pd.Timedelta(days=1)).dt.tz_localize(zone).dt.tz_convert("UTC").dt.tz_localize(None)
    exact = (done - due.fillna(deadline)).dt.total_seconds() / 86400
    delay = exact.fillna((done_day - due_day).dt.days.astype(float))
    return pd.DataFrame(
        {
            **{name: rows["interaction_id"].map(told[name]) for name in ("customer", "staff", "interaction_type")},
            "priority": rows["priority"],
            "due_at": due,
            "done_at": done,
            "standing": status,
            "day": due_day,
            "overdue_from": due_day.where(due.notna(), due_day + pd.Timedelta(days=1)),
            "done_day": done_day,
            "delay": delay.where(is_done & (delay > 0)),
        }
    )
