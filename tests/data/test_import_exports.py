"""Look-alikes of exports of well-known systems, loaded by nothing but the suggestion for them."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions, LoadReport
from data_layer.ingest.run import run_import
from data_layer.ingest.start import suggest_mapping
from data_layer.semantics.period import PeriodName
from data_layer.semantics.query import Query
from data_layer.semantics.run import run
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import opened
from data_layer.warehouse.generations import current_file
from tests.data.loading import query
from tests.data.small import BOSS

Rows = Sequence[Sequence[Any]]


def put(home: Path, name: str, rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    (home / "in").mkdir(exist_ok=True)
    (home / "in" / name).write_bytes(out.getvalue().encode(encoding))


def load(home: Path) -> LoadReport:
    """Load the folder by its suggestion as it is."""
    file = home / "map.toml"
    file.write_text(suggest_mapping(home / "in"), encoding="utf-8")
    report = run_import(home / "in", home, ImportOptions(mapping=read_mapping(file)))
    assert report.rejected == 0
    assert [one for one in report.unmatched if one["rows"]] == []
    return report


def figures(home: Path, *names: str) -> list[float | None]:
    file = current_file(home)
    assert file is not None
    with opened(file) as data:
        result = run(Query(names), Selection(PeriodName.ALL), BOSS, data)
    return [result.value(name) for name in names]


def at(day: int, form: str = "%Y-%m-%d %H:%M") -> str:
    return (datetime(2024, 1, 13, 9, 15) + timedelta(days=day, minutes=day)).strftime(form)


def test_deals_and_companies_as_hubspot_writes_them(tmp_path: Path) -> None:
    deals = [
        ("Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Create Date", "Associated Company IDs"),
        *((900 + i, f"Deal {i}", ("Contract Sent", "Closed Won")[i % 2], at(i + 20), "Ann Lee", "150.00", at(i), 700 + i % 3)
          for i in range(6)),
    ]  # fmt: skip
    companies = [
        ("Record ID", "Company name", "Create Date", "City"),
        *((700 + i, f"Co {i}", at(0), "Rome") for i in range(3)),
    ]
    put(tmp_path, "hubspot-crm-exports-all-deals.csv", deals, encoding="utf-8-sig")
    put(tmp_path, "hubspot-crm-exports-all-companies.csv", companies, encoding="utf-8-sig")
    load(tmp_path)
    assert figures(tmp_path, "total_clients", "opportunities", "win_rate", "average_won_value") == [3, 6, 1.0, 150.0]


def test_tickets_and_users_as_zendesk_writes_them(tmp_path: Path) -> None:
    tickets = [
        ("id", "via", "created_at", "subject", "status", "requester_id", "assignee_id", "satisfaction_rating"),
        *((i, "email", at(i, "%Y-%m-%dT%H:%M:%SZ"), f'Help, "{i}"\nplease', ("open", "solved")[i % 2], 360 + i % 3, 380,
           json.dumps({"score": ("good", "bad", "offered")[i % 3]})) for i in range(6)),
    ]  # fmt: skip
    users = [
        ("id", "name", "email", "role", "created_at"),
        *((360 + i, f"User {i}", f"u{i}@x.test", "end-user", at(0)) for i in range(4)),
        (380, "Agent", "a@x.test", "agent", at(0)),
    ]
    put(tmp_path, "tickets_export.csv", tickets)
    put(tmp_path, "users_export.csv", users)
    load(tmp_path)
    assert figures(tmp_path, "total_clients", "interactions") == [4, 6]
    assert query(tmp_path, "SELECT full_name FROM dim_staff WHERE staff_key > 0") == [("Agent",)]
    found = "SELECT c.full_name, count(*), sum(satisfaction_score) FROM fact_interaction JOIN dim_customer c USING (customer_key)"
    assert query(tmp_path, f"{found} GROUP BY ALL ORDER BY 1") == [
        ("User 0", 2, 10),
        ("User 1", 2, 2),
        ("User 2", 2, None),
    ]


def test_tickets_as_freshdesk_writes_them(tmp_path: Path) -> None:
    status = ("Open", "Closed", "Waiting on Customer")
    tickets = [
        ("Ticket ID", "Status", "Agent", "Group", "Created time", "Resolution status", "Survey results", "Full name", "Email",
         "Contact ID"),
        *((i, status[i % 3], ("Ann", "Bob")[i % 2], "Desk", at(i, "%d-%m-%Y %H:%M"), "Within SLA",
           ("", "Extremely Happy", "Very Unhappy")[i % 3],
           f"Kim {i % 2}", f"k{i % 2}@x.test", 50 + i % 2) for i in range(6)),
    ]  # fmt: skip
    put(tmp_path, "Tickets_2024.csv", tickets)
    load(tmp_path)
    assert query(tmp_path, "SELECT full_name, email FROM dim_customer WHERE customer_key > 0 ORDER BY 1") == [
        ("Kim 0", "k0@x.test"),
        ("Kim 1", "k1@x.test"),
    ]
    assert query(tmp_path, "SELECT full_name, team FROM dim_staff WHERE staff_key > 0 ORDER BY 1") == [
        ("Ann", "Desk"),
        ("Bob", "Desk"),
    ]
    kinds = "SELECT resolution_status, count(*), sum(satisfaction_score) FROM fact_interaction GROUP BY 1 ORDER BY 1"
    assert query(tmp_path, kinds) == [("Resolved", 2, 10.0), ("Unresolved", 4, 2.0)]


def test_deals_and_activities_as_pipedrive_writes_them(tmp_path: Path) -> None:
    deals = [
        ("Deal - ID", "Deal - Title", "Deal - Value", "Deal - Stage", "Deal - Status", "Deal - Owner", "Deal - Organization ID",
         "Deal - Deal created", "Deal - Deal closed on"),
        *((i, f"Deal {i}", f"{(i + 1) * 1000:,}", ("Qualified", "Demo")[i % 2], ("Open", "Won", "Lost")[i % 3], "Eva", i % 2 + 1,
           at(i), at(i + 9) if i % 3 else "") for i in range(6)),
    ]  # fmt: skip
    activities = [
        ("Activity - ID", "Activity - Done", "Activity - Subject", "Activity - Due date", "Activity - Organization",
         "Activity - Assigned to user", "Activity - Marked as done time"),
        *((i, ("Done", "To do")[i % 2], f"Call {i}", at(i, "%Y-%m-%d"), f"Org {i % 2 + 1}", "Eva", "" if i % 2 else at(i))
          for i in range(4)),
    ]  # fmt: skip
    organizations = [("Organization - ID", "Organization - Name"), (1, "Org 1"), (2, "Org 2")]
    for name, rows in (("deals", deals), ("activities", activities), ("organizations", organizations)):
        put(tmp_path, f"{name}-1234-5.csv", rows)
    load(tmp_path)
    assert figures(tmp_path, "total_clients", "opportunities", "win_rate", "average_won_value") == [2, 6, 0.5, 3500.0]
    assert figures(tmp_path, "followups_due", "followups_completed") == [4, 2]
    found = "SELECT c.full_name, action, f.status FROM fact_followup f JOIN dim_customer c USING (customer_key) ORDER BY action"
    assert query(tmp_path, found)[:2] == [("Org 1", "Call 0", "Completed"), ("Org 2", "Call 1", "Open")]


def test_files_of_a_german_bank(tmp_path: Path) -> None:
    clients = [
        ("Kundennr", "Vorname", "Nachname", "Geburtsdatum", "Ort", "Kunde seit", "Segment"),
        *((f"00{i}", "Käthe", "Groß", f"{13 + i}.02.1960", "Köln", "31.01.2020", "Privat") for i in range(3)),
    ]
    balances = [
        ("Kontonr", "Kundennr", "Produkt", "Stichtag", "Saldo", "Einzahlungen", "Auszahlungen"),
        *(
            (f"K{i % 3}", f"00{i % 3}", "Girokonto", ("31.01.2024", "29.02.2024")[i // 3], "1.000,50", "10,25", "0,00")
            for i in range(6)
        ),
    ]
    products = [("Produktnr", "Bezeichnung", "Kategorie"), (1, "Girokonto", "Konto"), (2, "Sparbuch", "Sparen")]
    for name, rows in (("Kunden", clients), ("Kontostände", balances), ("Produkte", products)):
        put(tmp_path, f"{name}.csv", rows, ";", "cp1252")
    load(tmp_path)
    assert figures(tmp_path, "total_clients", "aum", "contributions") == [3, 3001.5, 61.5]
