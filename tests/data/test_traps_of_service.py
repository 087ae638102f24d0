"""Conversations that come back, replies that come first, promises without a time."""

from pathlib import Path
from typing import Any

import pytest

from data_layer.warehouse.engine import Generation
from tests.data.small import small, split, value

MARCH = ("2024-03-01", "2024-04-01")


def talk(name: str, opened: str, **more: Any) -> dict[str, Any]:
    return {"conversation_id": name, "contact_id": "A", "channel": "WhatsApp", "opened_at": opened, **more}


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Done in one go; reopened and open; reopened and done again; never answered; done without a time."""
    rows = [
        talk("done", "2024-03-04 10:00", status="done", agent_id="S", first_response_at="2024-03-04 10:10",
             resolved_at="2024-03-04 12:00", satisfaction_score=5),
        talk("again", "2024-03-04 10:00", status="done", first_response_at="2024-03-04 10:20",
             resolved_at="2024-03-05 10:00", reopened_at="2024-03-06 10:00", satisfaction_score=2),
        talk("twice", "2024-03-04 10:00", status="done", first_response_at="2024-03-04 10:30",
             reopened_at="2024-03-05 10:00", resolved_at="2024-03-08 10:00"),
        talk("alone", "2024-03-05 10:00", status="open"),
        talk("vague", "2024-03-05 10:00", status="done", first_response_at="2024-03-05 10:15"),
    ]  # fmt: skip
    messages = [
        (1, "done", "customer", "10:00"), (2, "done", "bot", "10:01"), (3, "done", "customer", "10:04"),
        (4, "done", "agent", "10:10"), (5, "done", "agent", "10:12"), (6, "done", "customer", "11:00"),
        (7, "done", "agent", "11:30"),
    ]  # fmt: skip
    said = [
        {"message_id": str(n), "conversation_id": which, "sender": who, "sent_at": f"2024-03-04 {clock}"}
        for n, which, who, clock in messages
    ]
    last = {"interaction_id": "last", "client_id": "A", "interaction_date": "2024-03-09"}
    tables = {"contacts": [{"contact_id": "A", "created_at": "2024-01-01"}], "interactions": [last]}
    return small(tmp_path_factory.mktemp("home"), {**tables, "conversations": rows, "messages": said})


def test_a_reopened_conversation_is_open_until_its_last_resolution(talks: Generation) -> None:
    assert value(talks, "resolved", *MARCH) == (2, 2)
    assert split(talks, "resolved", *MARCH, "day") == {"2024-03-04": 1, "2024-03-08": 1}
    assert value(talks, "resolution_hours", *MARCH) == (49.0, 2)  # 2 hours and 96
    assert split(talks, "open_conversations", "2024-03-03", "2024-03-10", "day") == {
        "2024-03-04": 2, "2024-03-05": 3, "2024-03-06": 3, "2024-03-07": 3, "2024-03-08": 2, "2024-03-09": 2,
    }  # fmt: skip
    assert value(talks, "resolution_rate", *MARCH) == (3 / 5, 5)


def test_the_unanswered_are_counted_beside_the_median(talks: Generation) -> None:
    assert value(talks, "first_response_minutes", *MARCH) == (17.5, 4)
    assert value(talks, "unanswered", *MARCH) == (1, 5)
    assert value(talks, "answered_in_target_rate", *MARCH) == (2 / 5, 5)


def test_a_reply_answers_the_first_message_that_waits(talks: Generation) -> None:
    """10 minutes since 10:00 and 30 since 11:00; the robot answers nothing, nor does a second reply."""
    assert value(talks, "reply_minutes", *MARCH) == (20.0, 2)
    assert value(talks, "inbound_messages", *MARCH) == (3, 3)


def recipient(name: str, **more: Any) -> dict[str, Any]:
    return {"recipient_id": name, "campaign_id": "K", "contact_id": "A", "sent_at": "2024-03-04 10:00:00", **more}


@pytest.mark.parametrize(
    ("row", "delivered", "read", "replied"),
    [
        ({}, 0, None, None),
        ({"delivered_at": "2024-03-04 10:00:05"}, 1, 0, 0),
        (
            {"replied_at": "2024-03-04 11:00", "read_at": "2024-03-04 12:00", "delivered_at": "2024-03-04 10:01"},
            1,
            1,
            1,
        ),
        ({"replied_at": "2024-03-04 11:00"}, 1, 1, 1),  # neither read nor delivered, as far as the file says
        ({"replied_at": "2024-03-04 11:00", "delivered_at": "2024-03-04 10:01"}, 1, 1, 1),
        ({"replied_at": "2024-03-04 11:00", "read_at": "2024-03-04 10:30"}, 1, 1, 1),
        ({"read_at": "2024-03-04 10:30", "failed_at": "2024-03-04 10:31", "failure_reason": "Time-out"}, 1, 1, 0),
        ({"delivered_at": "2024-03-04 10:01", "replied_at": "2024-03-07 10:01:00"}, 1, 1, 1),  # 72 hours
        ({"delivered_at": "2024-03-04 10:01", "replied_at": "2024-03-07 10:01:01"}, 1, 1, 0),  # and a second
        ({"replied_at": "2024-03-07 10:00:01"}, 1, 1, 0),  # 72 hours after it was sent
        ({"sent_at": None, "failure_reason": "Opted out"}, None, None, None),
    ],
)
def test_status_never_goes_back_and_a_late_reply_is_a_read(
    tmp_path: Path, row: dict[str, Any], delivered: float | None, read: float | None, replied: float | None
) -> None:
    tables = {
        "contacts": [{"contact_id": "A", "created_at": "2024-03-01"}],
        "campaigns": [{"campaign_id": "K", "started_at": "2024-03-01"}],
        # the second, before the period, says since when recipients are known
        "campaign_recipients": [recipient("R", **row), recipient("first", sent_at="2024-02-01 10:00:00")],
    }
    data = small(tmp_path, tables)
    assert value(data, "sent", *MARCH)[0] == (delivered is not None)
    found = [value(data, name, *MARCH)[0] for name in ("delivered_rate", "read_rate", "reply_rate")]
    assert found == [delivered, read, replied]
    data.engine.dispose()


PROMISES = {  # next_followup, then followup_date and status: what became of it
    "kept at noon": ("2024-03-05", "2024-03-05 12:00", "Completed"),
    "kept in the last minute": ("2024-03-05", "2024-03-05 23:59:59", "Completed"),
    "late by half a day": ("2024-03-05", "2024-03-06 12:00", "Completed"),
    "late by an hour": ("2024-03-05 09:00", "2024-03-05 10:00", "Completed"),
    "overdue": ("2024-03-05", None, "Pending"),
    "overdue since the last day": ("2024-03-20", None, "Pending"),
    "due tomorrow": ("2024-03-21", None, "Pending"),
    "cancelled": ("2024-03-05", None, "Cancelled"),
}


@pytest.fixture(scope="module")
def promises(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """The last day that the data cover is 20 March."""
    made = [
        {"interaction_id": f"I{n}", "client_id": "A", "interaction_date": "2024-03-01", "next_followup": due}
        for n, (due, _, _) in enumerate(PROMISES.values())
    ]
    made.append({"interaction_id": "last", "client_id": "A", "interaction_date": "2024-03-20"})
    kept = [
        {"followup_id": f"F{n}", "interaction_id": f"I{n}", "followup_date": done, "status": status}
        for n, (_, done, status) in enumerate(PROMISES.values())
    ]
    people = [{"client_id": "A", "created_at": "2024-01-01"}]
    return small(tmp_path_factory.mktemp("home"), {"clients": people, "interactions": made, "followup_actions": kept})


def test_a_day_without_a_time_ends_at_midnight(promises: Generation) -> None:
    assert value(promises, "followups_due", *MARCH) == (6, 6)
    assert value(promises, "followups_on_time", *MARCH)[0] == 2
    assert value(promises, "followups_late", *MARCH)[0] == 2
    assert value(promises, "followups_overdue", *MARCH)[0] == 2
    assert value(promises, "followup_completion_rate", *MARCH) == (4 / 6, 6)
    assert value(promises, "followup_on_time_rate", *MARCH) == (2 / 6, 6)


def test_delay_is_counted_from_the_end_of_the_day_or_the_time(promises: Generation) -> None:
    delay, n = value(promises, "followup_delay_days", *MARCH)
    assert delay == pytest.approx((12 / 24 + 1 / 24) / 2)
    assert n == 2


def test_overdue_from_the_day_after_until_the_day_it_is_done(promises: Generation) -> None:
    days = split(promises, "followups_overdue_now", "2024-03-04", "2024-03-21", "day")
    assert "2024-03-05" not in days  # what was due that day was not overdue before its end, or was done by then
    assert days["2024-03-06"] == days["2024-03-20"] == 1
    assert value(promises, "followups_overdue_now", *MARCH) == (1, 1)
