"""The demo data with what real exports have and it has not: orphans, gaps, slips, odd days."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from data_layer.synthetic import generate

ZONE = "America/New_York"
AS_OF = date(2026, 3, 5)
ORPHAN = "X9999999"  # a client in no table
EXTRA_CLIENT = "C0000999"  # one who is only a contact, yet enrolled
PRICELESS = "C0000996"  # one in a country of their own, with statements and a deal that tell no amount
STRANGER = "S999"  # staff in no table

# As long and as odd as the questions of forms are; what it asks every third client answered, some without saying much.
PLAN = "Which plan, if any, is “preferred” (100 % confidential)? — asked of new clients only; see form 2024/b"
ANSWERS = ("Basic", "Plus: 'all' in", "unknown", "Unknown", "Basic", "")

Rows = list[dict[str, Any]]

AWKWARD: dict[str, Rows] = {
    "contacts": [
        {"contact_id": EXTRA_CLIENT, "created_at": "2025-02-20", "label": "Lead", "phone": "+52 55 1234 5678"},
        {"contact_id": "C0000998", "created_at": ""},  # never seen by anyone
        {"contact_id": PRICELESS, "created_at": "2025-02-21", "phone": "+81 3 1234 5678"},
    ],
    "clients": [{"client_id": "C0000997", "full_name": "Nobody Yet", "created_at": ""}],
    "enrollments": [
        {"enrollment_id": "N9001", "customer_id": ORPHAN, "product_id": "P001", "enrollment_date": "2025-03-01"},
        {"enrollment_id": "N9002", "customer_id": ORPHAN, "product_id": "P999", "enrollment_date": "2025-03-02"},
        {"enrollment_id": "N9003", "customer_id": EXTRA_CLIENT, "product_id": "P002",
         "enrollment_date": "2025-02-20", "advisor_id": STRANGER, "channel": "Branch"},
        {"enrollment_id": "N9004", "customer_id": "C0000001", "product_id": "P003", "enrollment_date": "2025-03-03"},
        {"enrollment_id": "N9005", "customer_id": "C0000002", "product_id": "P003", "enrollment_date": "2025-03-03"},
        # Lost on 5 March, back on the 20th; changing one product for another on the 25th is no loss.
        {"enrollment_id": "N9006", "customer_id": EXTRA_CLIENT, "product_id": "P004", "enrollment_date": "2025-03-20"},
        {"enrollment_id": "N9007", "customer_id": EXTRA_CLIENT, "product_id": "P005", "enrollment_date": "2025-03-25"},
    ],
    "retention": [
        {"customer_id": "C0000001", "product_id": "P003", "churn_date": "2025-03-10", "recovered_flag": "true"},
        {"customer_id": "C0000002", "product_id": "P003", "churn_date": "2025-03-03", "recovered_flag": "false"},
        {"customer_id": "C0000003", "product_id": "P012", "churn_date": "", "recovered_flag": "false"},
        {"customer_id": EXTRA_CLIENT, "product_id": "P002", "churn_date": "2025-03-05", "recovered_flag": "false"},
        {"customer_id": EXTRA_CLIENT, "product_id": "P004", "churn_date": "2025-03-25", "recovered_flag": "false"},
    ],
    "account_balances": [
        {"balance_id": f"B9{n}", "customer_id": who, "product_id": what, "date": day, "balance": balance,
         "contributions_mtd": paid, "withdrawals_mtd": taken, "investment_returns_mtd": "0.01"}
        for n, (who, what, day, balance, paid, taken) in enumerate([
            (ORPHAN, "P001", "2025-03-15", "1000.01", "10.05", "0"),
            (ORPHAN, "P002", "2025-03-16", "-250.55", "", "7.77"),
            (ORPHAN, "P999", "2026-02-27", "33.33", "1", "2"),
            ("X8888888", "P001", "2026-02-28", "44.44", "1", "2"),
            ("C0000001", "P003", "2025-03-31", "-0.01", "0", "0"),
            ("C0000001", "P004", "2025-03-31", "0", "0", "0"),
            ("C0000001", "P004", "2025-03-31", "5.55", "0", "0"),  # two statements of one day: the last one holds
            ("C0000001", "P005", "2026-01-19", "45.00", "0", "0"),  # 45 days old on the last day
            ("C0000001", "P006", "2026-01-18", "46.00", "0", "0"),  # 46: stale
            (EXTRA_CLIENT, "P002", "2026-02-10", "99.99", "0.10", "0"),
        ])
    ] + [
        {"balance_id": "B9901", "customer_id": PRICELESS, "product_id": "P001", "date": "2025-03-20"},
        {"balance_id": "B9902", "customer_id": PRICELESS, "product_id": "P002", "date": "2026-02-20",
         "withdrawals_mtd": "5"},
    ],
    "service_interactions": [
        {"interaction_id": "V9001", "customer_id": ORPHAN, "date": "2025-03-09", "channel": "Phone",
         "reason_code": "Complaint", "satisfaction_score": "2.8", "resolution_status": "Unresolved",
         "agent_id": "S001"},
        {"interaction_id": "V9002", "customer_id": "C0000001", "date": "2025-03-09", "channel": "",
         "reason_code": "", "satisfaction_score": "4.0", "resolution_status": "", "agent_id": ""},
        {"interaction_id": "V9003", "customer_id": "C0000002", "date": "2025-03-09T06:30:00Z", "channel": "Phone",
         "reason_code": "Complaint", "satisfaction_score": "9", "resolution_status": "Partially Resolved",
         "agent_id": STRANGER},  # of another scale: no answer
    ],
    "interactions": [
        {"interaction_id": "I9001", "client_id": ORPHAN, "staff_id": "A001", "type_id": "IT99",
         "interaction_date": "2025-03-10", "direction": "outbound", "next_followup": "2025-03-12T15:00:00Z"},
        {"interaction_id": "I9002", "client_id": "C0000001", "staff_id": "A001", "type_id": "IT01",
         "interaction_date": "2025-03-10T04:30:00Z", "action_required": "Call", "next_followup": "2025-03-12"},
        {"interaction_id": "I9003", "client_id": "C0000002", "staff_id": "", "type_id": "",
         "interaction_date": "2025-03-31T23:30:00-04:00", "next_followup": "2026-03-05"},
    ],
    "followup_actions": [
        {"followup_id": "F9001", "interaction_id": "I9001", "status": "Completed",
         "followup_date": "2025-03-12T15:00:01Z", "priority": "High"},
        {"followup_id": "F9002", "interaction_id": "I9002", "status": "Completed",
         "followup_date": "2025-03-13T03:59:00Z"},  # 23:59 of the day it was due
        {"followup_id": "F9003", "interaction_id": "I9002", "status": "Completed",
         "followup_date": "2025-03-13T16:00:00Z", "priority": "Low"},  # noon of the day after: half a day late
        {"followup_id": "F9004", "interaction_id": "I9003", "status": "Pending", "followup_date": ""},
        {"followup_id": "F9005", "interaction_id": "I8888", "status": "Pending", "followup_date": "2025-03-20"},
        {"followup_id": "F9006", "interaction_id": "I9001", "status": "Pending", "followup_date": ""},
    ],
    "conversations": [
        {"conversation_id": "K9001", "contact_id": ORPHAN, "agent_id": "S002", "channel": "WhatsApp", "status": "open",
         "topic": "Refund", "opened_at": "2025-03-09T07:30:00Z"},
        {"conversation_id": "K9002", "contact_id": "C0000001", "agent_id": STRANGER, "channel": "", "status": "done",
         "topic": "", "opened_at": "2025-03-09T06:59:00Z", "resolved_at": "2025-03-11T06:00:00Z",
         "reopened_at": "2025-03-12T06:00:00Z", "satisfaction_score": "5"},
        {"conversation_id": "K9003", "contact_id": "C0000002", "agent_id": "S001", "channel": "WhatsApp",
         "status": "done", "topic": "Refund", "opened_at": "2025-03-20T06:59:00Z", "satisfaction_score": "0.5"},
    ],
    "messages": [
        {"message_id": "M9001", "conversation_id": "K9001", "sender": "customer", "sent_at": "2025-03-09T07:30:00Z"},
        {"message_id": "M9002", "conversation_id": "K9001", "sender": "bot", "sent_at": "2025-03-09T07:30:05Z"},
        {"message_id": "M9003", "conversation_id": "K9002", "sender": "customer", "sent_at": "2025-03-09T06:59:00Z"},
        {"message_id": "M9004", "conversation_id": "K9002", "sender": "customer", "sent_at": "2025-03-09T07:01:00Z"},
        {"message_id": "M9005", "conversation_id": "K9002", "sender": "agent", "agent_id": STRANGER,
         "sent_at": "2025-03-09T07:05:00Z"},  # found in the messages: the export left it out
        {"message_id": "M9006", "conversation_id": "K9002", "sender": "agent", "agent_id": STRANGER,
         "sent_at": "2025-03-09T07:06:00Z"},
        {"message_id": "M9007", "conversation_id": "K7777", "sender": "customer", "sent_at": "2025-03-09T12:00:00Z"},
    ],
    "engagement": [
        {"engagement_id": "G9001", "customer_id": ORPHAN, "date": "2025-03-09T06:59:00Z", "action_type": "Log in",
         "device_type": "Mobile", "session_duration": "7", "pages_viewed": "1", "actions_taken": "0"},
        {"engagement_id": "G9002", "customer_id": "C0000001", "date": "2025-03-09", "action_type": "",
         "device_type": "", "session_duration": "9"},
    ],
    "campaign_recipients": [
        {"recipient_id": "R9001", "campaign_id": "CP008", "template_id": "TP001", "contact_id": ORPHAN,
         "sent_at": "2025-03-09T06:30:00Z", "replied_at": "2025-03-09T09:30:00Z"},  # neither delivered nor read
        {"recipient_id": "R9002", "campaign_id": "CP008", "template_id": "TP999", "contact_id": "C0000001",
         "sent_at": "2025-03-09T07:30:00Z", "delivered_at": "2025-03-09T07:31:00Z",
         "replied_at": "2025-03-12T07:31:01Z"},  # a second later than 72 hours
        {"recipient_id": "R9003", "campaign_id": "CP777", "template_id": "TP002", "contact_id": "C0000002",
         "sent_at": "2025-03-10", "delivered_at": "2025-03-10", "failed_at": "2025-03-10"},
    ],
    "opportunities": [
        {"opportunity_id": "O9001", "customer_id": ORPHAN, "stage": "Won", "value": "12.34", "owner_id": "T002",
         "created_at": "2025-03-01", "closed_at": "2025-03-20"},
        {"opportunity_id": "O9002", "customer_id": "C0000001", "stage": "qualified", "value": "", "owner_id": "",
         "created_at": "2025-03-01T12:00:00Z", "product_id": "P001"},
        *({"opportunity_id": number, "customer_id": who, "stage": stage, "value": value, "owner_id": "A001",
           "created_at": "2025-03-02"} for number, who, stage, value in (
            ("O9006", PRICELESS, "Lead", ""),
            ("O9003", "C0000003", "Won", "100.10"), ("O9004", "C0000004", "Lost", ""), ("O9005", "C0000005", "Lead", "7"),
        )),
    ],
    "stage_changes": [
        {"change_id": f"H9{place}", "opportunity_id": number, "from_stage": source, "to_stage": stage, "changed_at": at,
         "value": value} for place, (number, source, stage, at, value) in enumerate((
            ("O9003", "", "Lead", "2025-03-02", "90.09"),
            ("O9003", "Lead", "Lost", "2025-03-05", ""),  # lost, reopened and won in one month: it is won once
            ("O9003", "Lost", "Qualified", "2025-03-10", ""),
            ("O9003", "Qualified", "Won", "2025-03-20T14:00:00Z", "100.10"),
            ("O9004", "", "Won", "2025-03-02T14:00:00Z", "55.50"),  # begun as won, lost, won, and lost a year later
            ("O9004", "Won", "Lost", "2025-03-02T15:00:00Z", ""),
            ("O9004", "Lost", "Won", "2025-04-01", "60.60"),
            ("O9004", "Won", "Lost", "2026-02-01", ""),
            ("O9005", "", "Qualified", "2025-03-02", ""),  # back where it should have begun
            ("O9005", "Qualified", "Lead", "2025-03-30", ""),
        ))
    ],
}  # fmt: skip


def write_demo(folder: Path) -> Path:
    """The demo data of 300 clients and two years, with the awkward rows behind them."""
    generate(folder, customers=300, years=2, seed=7, end=AS_OF)
    for name, rows in AWKWARD.items():
        path = folder / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        missing = {column for row in rows for column in row} - set(columns)
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore" if missing else "raise")
            writer.writerows(rows)
        assert not missing, f"{name}: {missing}"
    _write_attributes(folder)
    return folder


def _write_attributes(folder: Path) -> None:
    """Attributes of some clients, of one that no table has, and of one who is only a contact."""
    clients = [*(f"C{number:07}" for number in range(1, 300, 3)), ORPHAN, EXTRA_CLIENT]
    with (folder / "customer_attributes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", "name", "value"])
        writer.writerows([who, PLAN, ANSWERS[place % len(ANSWERS)]] for place, who in enumerate(clients))
