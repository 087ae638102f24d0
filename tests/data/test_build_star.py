"""The star that is made from the sources: each rule of its tables on data small enough to work out by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data_layer.warehouse.tables import FOREVER, metadata
from tests.data.loading import Rows, load, query

D = date
ZONE = {"time_zone": "America/New_York"}


def customer(name: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": name, "first_name": "Ann", "last_name": name, **more}


def test_one_id_in_three_systems_is_one_person_and_the_financial_system_speaks_first(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "customers": [customer("X", enrollment_date="2024-02-01", email="f@x.org", customer_segment="Gold")],
            "clients": [
                {"client_id": "X", "full_name": "Other", "company": "Acme", "created_at": "2024-01-05"},
                {"client_id": "Y", "full_name": "Yan", "created_at": "2024-03-01"},
            ],
            "contacts": [{"contact_id": "X", "email": "m@x.org", "phone": "+33 1 23 45 67 89", "label": "VIP"}],
        },
    )
    rows = query(
        tmp_path,
        "SELECT full_name, email, company, segment, country, label, first_seen_date"
        " FROM dim_customer ORDER BY customer_key",
    )
    assert rows[1:] == [
        ("Ann X", "f@x.org", "Acme", "Gold", "FR", "VIP", D(2024, 1, 5)),
        ("Yan", None, None, "Unknown", "Unknown", "Unknown", D(2024, 3, 1)),
    ]


@pytest.mark.parametrize(
    ("phone", "state", "e164", "country"),
    [
        ("001-202-473-2787x585", "", "+12024732787", "US"),
        ("+1 (416) 555-0123", "", "+14165550123", "CA"),
        ("+49 1511 2345678", "TX", "+4915112345678", "DE"),
        ("(202) 473-2787", "CA", "+12024732787", "US"),
        ("(202) 473-2787", "", None, "Unknown"),
        ("", "New York", None, "US"),
        ("+44 12", "", None, "Unknown"),
        ("none", "", None, "Unknown"),
        ("+1202473278", "", None, "Unknown"),
    ],
)
def test_phones_and_countries(tmp_path: Path, phone: str, state: str, e164: str | None, country: str) -> None:
    load(tmp_path, {"customers": [customer("X", phone=phone, address_state=state)]})
    assert query(tmp_path, "SELECT phone_e164, country FROM dim_customer WHERE customer_key = 1") == [(e164, country)]


def test_bands_and_status_are_those_of_the_last_day(tmp_path: Path) -> None:
    people = {
        "A": ("1999-06-30", "2023-06-30"),  # 25 today; client for exactly a year
        "B": ("1999-07-01", "2023-07-01"),  # 25 tomorrow
        "C": ("1940-01-01", "2024-06-01"),
        "D": (None, "2019-01-01"),
        "E": ("2055-01-01", "2024-06-01"),
    }
    load(
        tmp_path,
        {
            "customers": [customer(name, birth_date=b, enrollment_date=e) for name, (b, e) in people.items()],
            "engagement": [
                {"engagement_id": "1", "customer_id": "A", "date": "2024-06-30"},
                {"engagement_id": "2", "customer_id": "B", "date": "2024-04-02"},  # 89 days before: still active
                {"engagement_id": "3", "customer_id": "D", "date": "2024-04-01"},  # 90 days before
            ],
        },
    )
    rows = query(
        tmp_path, "SELECT age_band, tenure_band, status FROM dim_customer WHERE customer_key > 0 ORDER BY customer_id"
    )
    assert rows == [
        ("25–34", "1–2 years", "Active"),
        ("Under 25", "Under 1 year", "Active"),
        ("75 and over", "Under 1 year", "Too early"),
        ("Unknown", "5 years and over", "Inactive"),
        ("Unknown", "Under 1 year", "Too early"),
    ]


def test_activity_spans_merge_when_they_touch_and_count_only_activities(tmp_path: Path) -> None:
    balance = {"customer_id": "A", "product_id": "P", "balance": 5}
    load(
        tmp_path,
        {
            "customers": [customer("A"), customer("B")],
            "engagement": [
                {"engagement_id": str(i), "customer_id": "A", "date": day}
                for i, day in enumerate(["2024-01-01", "2024-01-01", "2024-01-11", "2024-01-22"])
            ],
            "account_balances": [
                {"balance_id": "1", "date": "2024-03-01", "contributions_mtd": 0, "withdrawals_mtd": 0, **balance},
                {"balance_id": "2", "date": "2024-04-01", "contributions_mtd": 0, "withdrawals_mtd": 7, **balance},
            ],
            "interactions": [
                {"interaction_id": "1", "client_id": "B", "interaction_date": "2024-02-01", "direction": "Outbound"}
            ],
        },
        active_days=10,
    )
    spans = "SELECT valid_from, valid_to FROM rollup_activity_span ORDER BY customer_key, valid_from"
    assert query(tmp_path, spans) == [
        (D(2024, 1, 1), D(2024, 1, 21)),
        (D(2024, 1, 22), D(2024, 2, 1)),
        (D(2024, 4, 1), D(2024, 4, 11)),
    ]


def enrollment(number: int, product: str, day: str, **more: Any) -> dict[str, Any]:
    return {"enrollment_id": str(number), "customer_id": "A", "product_id": product, "enrollment_date": day, **more}


def test_only_retention_closes_an_enrollment(tmp_path: Path) -> None:
    report = load(
        tmp_path,
        {
            "customers": [customer("A")],
            "enrollments": [
                enrollment(1, "P", "2024-01-01"),
                enrollment(2, "Q", "2024-01-10"),
                enrollment(3, "R", "2024-02-01", status="Closed"),
                enrollment(4, "P", "2024-05-01"),  # again, after it was given up
            ],
            "retention": [
                {"customer_id": "A", "product_id": "P", "churn_date": "2024-01-31", "recovered_flag": "no"},
                {"customer_id": "A", "product_id": "Q", "churn_date": "2024-02-10", "recovered_flag": "yes"},
            ],
        },
    )
    closed = query(tmp_path, "SELECT enrollment_id, closed_date, valid_to FROM fact_enrollment ORDER BY 1")
    assert closed == [("1", D(2024, 1, 31), D(2024, 1, 31)), *((n, None, FOREVER) for n in "234")]
    assert query(tmp_path, "SELECT valid_from, valid_to FROM rollup_holding_span") == [(D(2024, 1, 1), FOREVER)]
    assert report.warnings == [
        "1 enrolments are called closed but have no row in retention that says when: they count as open."
    ]


def test_holding_spans_leave_gaps(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "customers": [customer("A")],
            "enrollments": [
                enrollment(1, "P", "2024-01-01"),
                enrollment(2, "Q", "2024-02-01"),
                enrollment(3, "R", "2024-01-10"),
            ],
            "retention": [
                {"customer_id": "A", "product_id": product, "churn_date": day}
                for product, day in (("P", "2024-01-20"), ("R", "2024-01-15"), ("Q", "2024-03-01"))
            ],
        },
    )
    assert query(tmp_path, "SELECT valid_from, valid_to FROM rollup_holding_span ORDER BY 1") == [
        (D(2024, 1, 1), D(2024, 1, 20)),
        (D(2024, 2, 1), D(2024, 3, 1)),
    ]


def test_a_balance_holds_until_the_next_one_or_until_it_is_stale(tmp_path: Path) -> None:
    days = ["2024-01-31", "2024-02-29", "2024-02-29", "2024-06-30"]
    load(
        tmp_path,
        {
            "customers": [customer("A")],
            "account_balances": [
                {"balance_id": str(i), "customer_id": "A", "product_id": "P", "date": day, "balance": i}
                for i, day in enumerate(days)
            ],
            "retention": [{"customer_id": "A", "product_id": "P", "churn_date": "2024-06-01"}],
        },
    )
    rows = query(tmp_path, "SELECT balance, valid_from, valid_to, is_given_up FROM fact_balance ORDER BY balance_key")
    assert rows == [
        (Decimal(0), D(2024, 1, 31), D(2024, 2, 29), False),
        (Decimal(1), D(2024, 2, 29), D(2024, 2, 29), False),
        (Decimal(2), D(2024, 2, 29), D(2024, 4, 15), False),  # 45 days after, for the last time on 14 April
        (Decimal(3), D(2024, 6, 30), D(2024, 8, 15), True),
    ]


INTERACTIONS: Rows = [
    {"interaction_id": "1", "client_id": "A", "staff_id": "S", "type_id": "T", "interaction_date": "2024-01-01 09:00",
     "action_required": "Send offer", "next_followup": "2024-01-10"},
    {"interaction_id": "2", "client_id": "A", "staff_id": "S", "interaction_date": "2024-01-02",
     "next_followup": "2024-01-10 12:00"},
    {"interaction_id": "3", "client_id": "A", "interaction_date": "2024-01-03"},
]  # fmt: skip


def follow(number: int, interaction: str, when: str | None, status: str, **more: Any) -> dict[str, Any]:
    return {"followup_id": str(number), "interaction_id": interaction, "followup_date": when, "status": status, **more}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        # due in the course of 10 January, without a time
        (follow(1, "1", "2024-01-10", "Completed"), ("Completed", False, None, D(2024, 1, 11), D(2024, 1, 11))),
        (follow(1, "1", "2024-01-12", "done"), ("Completed", True, 2.0, D(2024, 1, 11), D(2024, 1, 12))),
        (follow(1, "1", "2024-01-15", "Pending"), ("Open", False, None, D(2024, 1, 11), FOREVER)),
        (follow(1, "1", "2024-01-15", "Cancelled"), ("Cancelled", False, None, D(2024, 1, 11), D(2024, 1, 11))),
        # due at noon
        (follow(1, "2", "2024-01-10 11:00", "closed"), ("Completed", False, None, D(2024, 1, 10), D(2024, 1, 10))),
        (follow(1, "2", "2024-01-10 18:00", "closed"), ("Completed", True, 0.25, D(2024, 1, 10), D(2024, 1, 10))),
        (follow(1, "2", "2024-01-11", "closed"), ("Completed", True, 1.0, D(2024, 1, 10), D(2024, 1, 11))),
        # no promise: due when it is planned for, or as the system says
        (follow(1, "3", "2024-02-01", "open"), ("Open", False, None, D(2024, 2, 2), FOREVER)),
        (
            follow(1, "1", "2024-01-09", "done", due_date="2024-01-05", completed_at="2024-01-08"),
            ("Completed", True, 3.0, D(2024, 1, 6), D(2024, 1, 8)),
        ),
    ],
)
def test_followups_due_done_late_and_overdue(tmp_path: Path, action: dict[str, Any], expected: tuple[Any, ...]) -> None:
    load(tmp_path, {"clients": [{"client_id": "A"}], "interactions": INTERACTIONS, "followup_actions": [action]})
    rows = query(tmp_path, "SELECT status, is_late, delay_days, valid_from, valid_to FROM fact_followup")
    assert rows == [expected]


def test_a_followup_inherits_from_its_interaction(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "clients": [{"client_id": "A"}],
            "staff": [{"staff_id": "S", "full_name": "Sue", "team": "North"}],
            "interaction_types": [{"type_id": "T", "type_name": "Call"}],
            "interactions": INTERACTIONS,
            "followup_actions": [follow(1, "1", "2024-01-10", "open"), follow(2, "lost", "2024-01-10", "open")],
        },
    )
    rows = query(
        tmp_path,
        "SELECT customer_id, s.full_name, t.name, action, created_date FROM fact_followup"
        " JOIN dim_customer USING (customer_key) JOIN dim_staff s USING (staff_key)"
        " JOIN dim_interaction_type t USING (interaction_type_key) ORDER BY followup_id",
    )
    assert rows == [("A", "Sue", "Call", "Send offer", D(2024, 1, 1)), ("Unknown", "Unknown", "Unknown", None, None)]
    assert query(tmp_path, "SELECT orphans FROM load_source WHERE source = 'followup_actions'") == [(1,)]


def test_a_followup_may_say_itself_whose_it_is(tmp_path: Path) -> None:
    own = {"client_id": "B", "staff_id": "R", "action": "Call back"}
    load(
        tmp_path,
        {
            "clients": [{"client_id": "A"}, {"client_id": "B"}],
            "staff": [{"staff_id": "S", "full_name": "Sue"}, {"staff_id": "R", "full_name": "Ron"}],
            "interactions": INTERACTIONS,
            "followup_actions": [
                follow(1, "", "2024-01-10", "open", **own),
                follow(2, "1", "2024-01-10", "open", **own),
                follow(3, "1", "2024-01-10", "open", staff_id="R"),
                follow(4, "lost", "2024-01-10", "open", client_id="nobody"),
            ],
        },
    )
    rows = query(
        tmp_path,
        "SELECT customer_id, s.full_name, action FROM fact_followup JOIN dim_customer USING (customer_key)"
        " JOIN dim_staff s USING (staff_key) ORDER BY followup_id",
    )
    assert rows == [
        ("B", "Ron", "Call back"), ("B", "Ron", "Call back"), ("A", "Ron", "Send offer"), ("Unknown", "Unknown", None),
    ]  # fmt: skip
    assert query(tmp_path, "SELECT orphans FROM load_source WHERE source = 'followup_actions'") == [(1,)]


def test_who_stands_in_followups_alone_is_staff(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "clients": [{"client_id": "A"}],
            "interactions": INTERACTIONS,
            "followup_actions": [
                follow(1, "1", "2024-01-10", "open", staff_id="Z"),
                follow(2, "", "2024-01-10", "open", staff_id="Y", client_id="A"),
            ],
        },
    )
    rows = query(tmp_path, "SELECT staff_id, full_name FROM fact_followup JOIN dim_staff USING (staff_key) ORDER BY 1")
    assert rows == [("Y", "Y"), ("Z", "Z")]


def test_conversations_open_answered_and_reopened(tmp_path: Path) -> None:
    chat = {"contact_id": "A", "agent_id": "G", "channel": "Chat", "topic": "Fees"}
    load(
        tmp_path,
        {
            "contacts": [{"contact_id": "A"}],
            "conversations": [
                {"conversation_id": "1", "opened_at": "2024-01-01 22:00", "first_response_at": "2024-01-01 22:30",
                 "resolved_at": "2024-01-02 10:00", "status": "closed", **chat},
                {"conversation_id": "2", "opened_at": "2024-01-03 10:00", "status": "open", **chat},
                {"conversation_id": "3", "opened_at": "2024-01-04 10:00", "resolved_at": "2024-01-05 10:00",
                 "reopened_at": "2024-01-06 10:00", "status": "reopened", **chat},
                {"conversation_id": "4", "opened_at": "2024-01-07 10:00", "status": "done", **chat},
            ],
            "messages": [
                {"message_id": str(i), "conversation_id": "2", "sender": sender, "sent_at": f"2024-01-03 {clock}"}
                for i, (sender, clock) in enumerate(
                    [("customer", "10:00"), ("bot", "10:01"), ("customer", "10:02"), ("agent", "10:20"), ("agent", "10:21"),
                     ("customer", "11:00"), ("agent", "11:05")])
            ],
        },
        **ZONE,
    )  # fmt: skip
    rows = query(
        tmp_path,
        "SELECT direction, first_response_minutes, resolution_status, resolution_hours, valid_from, valid_to,"
        " opened_at, opened_hour FROM fact_interaction ORDER BY interaction_id",
    )
    assert rows == [
        ("two-way", 30.0, "Resolved", 12.0, D(2024, 1, 1), D(2024, 1, 2), datetime(2024, 1, 2, 3), 22),
        ("two-way", 20.0, "Open", None, D(2024, 1, 3), FOREVER, datetime(2024, 1, 3, 15), 10),
        ("inbound", None, "Open", None, D(2024, 1, 4), FOREVER, datetime(2024, 1, 4, 15), 10),
        ("inbound", None, "Resolved", None, D(2024, 1, 7), D(2024, 1, 7), datetime(2024, 1, 7, 15), 10),
    ]
    messages = query(tmp_path, "SELECT direction, reply_minutes FROM fact_message ORDER BY message_id")
    assert [reply for _, reply in messages] == [None, None, None, 20.0, None, None, 5.0]
    assert messages[1][0] == "automatic"


def test_a_source_without_times_stays_without_times(tmp_path: Path) -> None:
    service = [
        {"interaction_id": str(i), "customer_id": "A", "date": f"2024-01-{i:02} 00:00:00", "resolution_status": status}
        for i, status in enumerate(["Resolved", "Partially Resolved", "Unresolved", ""] * 6, start=1)
    ]
    load(tmp_path, {"customers": [customer("A")], "service_interactions": service}, **ZONE)
    rows = query(tmp_path, "SELECT DISTINCT opened_at, opened_hour, resolution_status FROM fact_interaction ORDER BY 3")
    assert rows == [(None, None, s) for s in ("Partially resolved", "Resolved", "Unknown", "Unresolved")]
    assert query(tmp_path, "SELECT min(opened_date), max(opened_date) FROM fact_interaction") == [
        (D(2024, 1, 1), D(2024, 1, 24))
    ]
    assert query(tmp_path, "SELECT has_times FROM load_source WHERE source = 'service_interactions'") == [(False,)]


def test_stage_changes_and_what_is_derived_from_bare_opportunities(tmp_path: Path) -> None:
    opportunity = {"customer_id": "A", "owner_id": "S", "value": 100}
    load(
        tmp_path,
        {
            "customers": [customer("A")],
            "opportunities": [
                {
                    "opportunity_id": "1",
                    "stage": "won",
                    "created_at": "2024-01-01",
                    "closed_at": "2024-01-31",
                    **opportunity,
                },
                {"opportunity_id": "2", "stage": "Qualified", "created_at": "2024-02-01", **opportunity},
                {"opportunity_id": "3", "stage": "Demo", "created_at": "2024-03-01", **opportunity},
            ],
            "stage_changes": [
                {
                    "change_id": "a",
                    "opportunity_id": "3",
                    "from_stage": "Lead",
                    "to_stage": "Demo",
                    "changed_at": "2024-03-05",
                },
                {
                    "change_id": "b",
                    "opportunity_id": "3",
                    "from_stage": "Demo",
                    "to_stage": "Lead",
                    "changed_at": "2024-03-07",
                },
                {
                    "change_id": "c",
                    "opportunity_id": "3",
                    "from_stage": "Lead",
                    "to_stage": "Demo",
                    "changed_at": "2024-03-10",
                },
            ],
        },
    )
    stages = query(tmp_path, "SELECT name, is_won, is_lost FROM dim_stage ORDER BY position")
    assert [name for name, _, _ in stages] == ["Unknown", "Lead", "Qualified", "Demo", "Won", "Lost"]
    assert [(name, won, lost) for name, won, lost in stages if won or lost] == [
        ("Won", True, False),
        ("Lost", False, True),
    ]
    rows = query(
        tmp_path,
        "SELECT opportunity_id, s.name, entered_date, days_in_stage, is_first_entry, is_derived, valid_to"
        " FROM fact_stage_change JOIN dim_opportunity USING (opportunity_key) JOIN dim_stage s USING (stage_key)"
        " ORDER BY opportunity_id, entered_date",
    )
    assert rows == [
        ("1", "Lead", D(2024, 1, 1), 30.0, True, True, D(2024, 1, 31)),
        ("1", "Won", D(2024, 1, 31), None, True, True, FOREVER),
        ("2", "Qualified", D(2024, 2, 1), None, True, True, FOREVER),
        ("3", "Lead", D(2024, 3, 1), 4.0, True, True, D(2024, 3, 5)),
        ("3", "Demo", D(2024, 3, 5), 2.0, True, False, D(2024, 3, 7)),
        ("3", "Lead", D(2024, 3, 7), 3.0, False, False, D(2024, 3, 10)),
        ("3", "Demo", D(2024, 3, 10), None, False, False, FOREVER),
    ]
    assert query(tmp_path, "SELECT stage FROM dim_customer WHERE customer_key = 1") == [("Demo",)]


@pytest.mark.parametrize(
    ("row", "flags"),
    [
        ({"sent_at": "2024-01-01 10:00"}, (True, False, False, False, False)),
        ({"replied_at": "2024-01-01 10:00"}, (True, True, True, True, False)),
        ({"sent_at": "2024-01-01 10:00", "delivered_at": "2024-01-02 10:00", "replied_at": "2024-01-05 10:00"},
         (True, True, True, True, False)),
        ({"sent_at": "2024-01-01 10:00", "delivered_at": "2024-01-02 10:00", "replied_at": "2024-01-05 10:01"},
         (True, True, True, False, False)),
        ({"sent_at": "2024-01-01", "replied_at": "2024-01-04"}, (True, True, True, True, False)),
        ({"sent_at": "2024-01-01", "replied_at": "2024-01-05"}, (True, True, True, False, False)),
        ({"failure_reason": "Blocked"}, (False, False, False, False, True)),
        ({"failed_at": "2024-01-01", "read_at": "2024-01-02"}, (True, True, True, False, False)),
    ],
)  # fmt: skip
def test_a_recipients_status_never_goes_back(tmp_path: Path, row: dict[str, Any], flags: tuple[bool, ...]) -> None:
    load(
        tmp_path,
        {
            "contacts": [{"contact_id": "A"}],
            "campaigns": [{"campaign_id": "K", "name": "Spring", "started_at": "2024-01-01", "ended_at": "2024-01-31"}],
            "campaign_recipients": [{"recipient_id": "1", "campaign_id": "K", "contact_id": "A", **row}],
        },
    )
    found = query(tmp_path, "SELECT is_sent, is_delivered, is_read, is_replied, is_failed FROM fact_campaign_recipient")
    assert found == [flags]
    assert query(tmp_path, "SELECT valid_from, valid_to FROM dim_campaign WHERE campaign_key = 1") == [
        (D(2024, 1, 1), D(2024, 2, 1))
    ]


def recipients(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"recipient_id": str(i), "campaign_id": "K", "contact_id": "A", **row} for i, row in enumerate(rows, start=1)
    ]


def test_a_campaigns_cost_is_spread_over_whom_it_was_sent_to(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "contacts": [{"contact_id": "A"}],
            "campaigns": [{"campaign_id": "K", "cost": "1"}, {"campaign_id": "L", "started_at": "2024-01-01"}],
            "campaign_recipients": recipients(
                {"sent_at": "2024-01-01"},
                {"delivered_at": "2024-01-02"},  # it must have been sent
                {"sent_at": "2024-01-01", "converted_at": "2024-01-03", "revenue": "7.50"},
                {"failure_reason": "Opted out"},  # never sent to
                {"sent_at": "2024-01-01", "campaign_id": "L", "converted_at": "2024-01-03"},  # of unknown cost
            ),
        },
    )
    found = query(
        tmp_path,
        "SELECT cost_share, is_reported_converted, reported_revenue FROM fact_campaign_recipient ORDER BY recipient_id",
    )
    third = pytest.approx(1 / 3)
    assert found == [
        (third, False, Decimal("0.00")), (third, False, Decimal("0.00")), (third, True, Decimal("7.50")),
        (None, False, Decimal("0.00")), (None, True, None),
    ]  # fmt: skip


def test_conversions_and_revenue_that_nobody_reports_are_unknown(tmp_path: Path) -> None:
    load(tmp_path, {"contacts": [{"contact_id": "A"}], "campaign_recipients": recipients({"sent_at": "2024-01-01"})})
    columns = "is_converted, revenue, is_reported_converted, reported_revenue, cost_share"
    assert query(tmp_path, f"SELECT {columns} FROM fact_campaign_recipient") == [(None,) * 5]


def test_orphans_go_to_the_unknown_customer_and_are_counted(tmp_path: Path) -> None:
    sessions = [
        {"engagement_id": str(i), "customer_id": who, "date": "2024-01-01"} for i, who in enumerate(["A", "Z", None])
    ]
    report = load(tmp_path, {"customers": [customer("A")], "engagement": sessions})
    assert query(tmp_path, "SELECT customer_key, count(*) FROM fact_engagement GROUP BY 1 ORDER BY 1") == [
        (0, 2),
        (1, 1),
    ]
    assert [source.orphans for source in report.sources] == [0, 2]


def test_owner_acquisition_and_staff_who_are_in_no_list(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "customers": [customer("A"), customer("B"), customer("C")],
            "contacts": [{"contact_id": "B", "owner_id": "O", "source_channel": "Referral"}],
            "advisors": [{"advisor_id": "V", "first_name": "Vic", "last_name": "Lee", "office_location": "Boston"}],
            "enrollments": [
                enrollment(1, "P", "2024-01-01", advisor_id="W", channel="Web"),
                enrollment(2, "Q", "2024-01-02", advisor_id="V", channel="Branch"),
            ],
            "service_interactions": [
                {"interaction_id": str(i), "customer_id": who, "date": f"2024-01-0{i}", "agent_id": f"G{i}"}
                for i, who in enumerate("ABCC", start=1)
            ],
        },
    )
    rows = query(
        tmp_path,
        "SELECT c.customer_id, staff_id, acquisition_channel FROM dim_customer c"
        " JOIN dim_staff ON staff_key = owner_key WHERE customer_key > 0 ORDER BY 1",
    )
    assert rows == [("A", "V", "Web"), ("B", "O", "Referral"), ("C", "G4", "Unknown")]
    assert query(tmp_path, "SELECT full_name, team, kind FROM dim_staff WHERE staff_id IN ('V', 'G4') ORDER BY 1") == [
        ("G4", "Unknown", "Unknown"),
        ("Vic Lee", "Boston", "Advisor"),
    ]


def test_as_of_is_the_last_day_of_events_and_not_of_plans_or_markets(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "clients": [{"client_id": "A", "created_at": "2024-01-02 03:00:00Z"}],
            "interactions": [
                {"interaction_id": "1", "client_id": "A", "interaction_date": "2024-02-02T03:00:00Z"},
                {"interaction_id": "2", "client_id": "A", "interaction_date": "2124-02-02"},  # a slip of the pen
            ],
            "followup_actions": [follow(1, "1", "2024-09-01", "open")],
            "market_data": [{"date": "2024-12-31"}],
        },
        **ZONE,
    )
    assert query(tmp_path, "SELECT as_of FROM generation") == [(D(2024, 2, 1),)]
    assert query(tmp_path, "SELECT min(date), max(date), count(*) FROM dim_date") == [
        (D(2024, 1, 1), D(2025, 3, 7), 432)
    ]
    assert query(tmp_path, "SELECT week, month, quarter, year, weekday FROM dim_date WHERE date = '2024-12-29'") == [
        (D(2024, 12, 23), D(2024, 12, 1), D(2024, 10, 1), D(2024, 1, 1), 7)
    ]


@pytest.mark.parametrize(
    ("later", "last"),
    [
        ({"conversations": {"resolved_at": "2024-03-05 04:59:59Z"}}, D(2024, 3, 4)),  # shortly before midnight there
        ({"conversations": {"resolved_at": "2024-03-04", "reopened_at": "2024-03-06"}}, D(2024, 3, 6)),
        ({"conversations": {"resolved_at": "2124-03-04"}}, D(2024, 2, 1)),  # a slip of the pen
        ({"campaign_recipients": {"replied_at": "2024-02-09T12:00:00Z"}}, D(2024, 2, 9)),
        ({"campaign_recipients": {"failed_at": "2024-02-08"}}, D(2024, 2, 8)),
        ({"followup_actions": {"completed_at": "2024-02-07"}}, D(2024, 2, 7)),
    ],
)
def test_as_of_is_the_last_day_on_which_anything_happened_to_what_was_begun_before(
    tmp_path: Path, later: dict[str, dict[str, str]], last: D
) -> None:
    first = {
        "conversations": {"conversation_id": "K", "contact_id": "A", "opened_at": "2024-02-01"},
        "campaign_recipients": {"recipient_id": "R", "campaign_id": "C", "contact_id": "A", "sent_at": "2024-01-20"},
        "followup_actions": {
            "followup_id": "F",
            "interaction_id": "1",
            "followup_date": "2024-09-01",
            "status": "open",
        },
    }
    load(tmp_path, {name: [{**row, **later.get(name, {})}] for name, row in first.items()}, **ZONE)
    assert query(tmp_path, "SELECT as_of FROM generation") == [(last,)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # 25 hours apart: one has another day
def test_without_any_day_the_last_is_the_local_day_of_loading(tmp_path: Path, zone: str) -> None:
    load(tmp_path, {"advisors": [{"advisor_id": "V", "first_name": "Vic"}]}, time_zone=zone)
    ((created_at, as_of),) = query(tmp_path, "SELECT created_at, as_of FROM generation")
    assert as_of == created_at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def test_every_table_of_the_star_is_there_whatever_was_loaded(tmp_path: Path) -> None:
    load(tmp_path, {"products": [{"product_id": "P", "product_name": "Fund"}]})
    found = query(
        tmp_path, "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal"
    )
    assert set(found) == {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert query(tmp_path, "SELECT name, is_active FROM dim_product ORDER BY product_key") == [
        ("Unknown", None),
        ("Fund", None),
    ]


def test_facts_lie_in_the_order_of_their_days(tmp_path: Path) -> None:
    days = ["2024-03-01", "2024-01-01", "2024-02-01 23:00", "2024-02-01 08:00"]
    sessions = [{"engagement_id": str(i), "customer_id": "A", "date": day} for i, day in enumerate(days)]
    load(tmp_path, {"customers": [customer("A")], "engagement": sessions})
    assert query(tmp_path, "SELECT engagement_id, engagement_key FROM fact_engagement ORDER BY rowid") == [
        ("1", 1), ("3", 2), ("2", 3), ("0", 4),
    ]  # fmt: skip
