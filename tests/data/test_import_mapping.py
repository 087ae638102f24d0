"""Loading a company's own exports by a mapping: look-alikes of sales, contracts and tickets, as such companies have them."""

import multiprocessing
import resource
import signal
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_layer.ingest import errors
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.options import ImportOptions, LoadReport, SourceReport
from data_layer.ingest.run import run_import
from data_layer.ingest.start import suggest_mapping
from data_layer.semantics.metrics import METRICS
from data_layer.semantics.period import DAY, Window
from data_layer.semantics.query import Query
from data_layer.semantics.run import complete, coverage, run
from data_layer.semantics.selection import Selection
from data_layer.warehouse import generations
from data_layer.warehouse.engine import Warehouse
from tests.data.loading import ALONE, query
from tests.data.small import BOSS

SALES = {
    "accounts.csv": "account,sector\nAcme,retail\nBetatech,technolgy\n",
    "goods.csv": "product,series\nGTX Pro,GTX\nMG Special,MG\n",
    "deals.csv": (
        "id,agent,product,account,stage,engaged,closed,amount\n"
        "D1,Ann,GTXPro,Acme,Closed Won,10/20/2016,3/1/2017,100\n"
        "D2,Ann,MG Special,,Engaging,11/25/2016,,\n"
        "D3,Bob,MG Special,Nobody Ltd,Paused,,,\n"
        "D4,Bob,GTX Pro,BETATECH,Lost,1/2/2017,1/3/2017,0\n"
    ),
}
SALES_MAPPING = """
[[table]]
to = "clients"
from = "accounts.csv"
[table.columns]
client_id = "account"
full_name = "account"
[table.attributes]
Sector = { from = "sector", values = { technolgy = "technology" } }

[[table]]
to = "products"
from = "goods.csv"
[table.columns]
product_id = "product"
product_name = "product"

[[table]]
to = "opportunities"
from = "DEALS*.csv"
[table.columns]
opportunity_id = "id"
customer_id = { from = "account", refers_to = "clients.full_name" }
stage = { from = "stage", values = { "Closed Won" = "Won", Engaging = "Qualified", Lost = "Lost" } }
owner_id = "agent"
value = "amount"
created_at = { from = "engaged", date_format = "%m/%d/%Y" }
closed_at = { from = "closed", date_format = "%m/%d/%Y" }
product_id = { from = "product", aliases = { GTXPro = "GTX Pro" } }
"""


def put(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(home: Path, files: dict[str, str], mapping: str, **options: Any) -> LoadReport:
    folder = put(home / "theirs", files)
    file = home / "map.toml"
    file.write_text(mapping, encoding="utf-8")
    return run_import(folder, home, ImportOptions(mapping=read_mapping(file), **ALONE, **options))


def source(report: LoadReport, name: str) -> SourceReport:
    return next(source for source in report.sources if source.source == name)


def test_deals_that_refer_to_everything_by_name(tmp_path: Path) -> None:
    report = load(tmp_path, SALES, SALES_MAPPING)
    assert (report.read, report.loaded, report.rejected) == (10, 10, 0)
    deals = query(
        tmp_path,
        "SELECT opportunity_id, coalesce(c.customer_id, '-'), p.product_id, o.stage, o.closed_date "
        "FROM dim_opportunity o JOIN dim_customer c USING (customer_key) JOIN dim_product p USING (product_key) "
        "WHERE opportunity_key > 0 ORDER BY 1",
    )
    assert deals == [
        ("D1", "Acme", "GTX Pro", "Won", date(2017, 3, 1)),
        ("D2", "Unknown", "MG Special", "Qualified", None),
        ("D3", "Unknown", "MG Special", "Paused", None),
        ("D4", "Betatech", "GTX Pro", "Lost", date(2017, 1, 3)),
    ]
    assert query(tmp_path, "SELECT name, value FROM customer_attribute ORDER BY 2") == [
        ("Sector", "retail"), ("Sector", "technology"),
    ]  # fmt: skip


def test_what_does_not_match_is_told_and_counted(tmp_path: Path) -> None:
    report = load(tmp_path, SALES, SALES_MAPPING)
    (lost,) = [one for one in report.unmatched if one["column"] == "customer_id"]
    assert (lost["rows"], lost["empty"], lost["examples"]) == (1, 1, "Nobody Ltd (1)")
    notes = "\n".join(report.warnings)
    assert "other names taken as the one meant: GTXPro (1)" in notes
    assert "stage: values without a translation, kept as they are: Paused (1)" in notes
    unaliased = SALES_MAPPING.replace("aliases", "values")
    assert "GTXPro" not in str(load(tmp_path, SALES, unaliased).unmatched)
    plain = SALES_MAPPING.replace('{ from = "product", aliases = { GTXPro = "GTX Pro" } }', '"product"')
    (product,) = [one for one in load(tmp_path, SALES, plain).unmatched if one["column"] == "product_id"]
    assert (product["rows"], product["examples"]) == (1, "GTXPro (1)")


def test_a_name_that_several_have_is_told_apart_from_one_that_nobody_has(tmp_path: Path) -> None:
    files = {
        "clients.csv": "client_id,full_name,email,phone,company,created_at\n"
        "7,Acme,a@x.org,,,2024-01-01\n8,ACME,b@x.org,,,2024-01-01\n9,Beta,,,,2024-01-01\n",
        "deals.csv": "id,account\nD1,Acme\nD2,acme \nD3,Acme\nD4,Beta\nD5,Gamma\nD6,\n",
    }
    account = '{ from = "account", refers_to = "clients.full_name" }'
    columns = f'opportunity_id = "id"\ncustomer_id = {account}\n'
    mapping = f'[[table]]\nto = "opportunities"\nfrom = "deals.csv"\n[table.columns]\n{columns}'
    report = load(tmp_path, files, mapping)
    (one,) = [one for one in report.unmatched if one["column"] == "customer_id"]
    assert (one["rows"], one["examples"]) == (1, "Gamma (1)")
    assert (one["ambiguous"], one["shared"], one["empty"]) == (3, "Acme (2), acme (1)", 1)
    (words,) = [words for words in report.warnings if "more than once" in words]
    assert words.startswith("opportunities.customer_id: 3 rows name what is in clients.full_name more than once")
    meant = mapping.replace("refers_to", 'aliases = { "Acme" = "8" }, refers_to')
    (one,) = [one for one in load(tmp_path, files, meant).unmatched if one["column"] == "customer_id"]
    assert one["ambiguous"] == 0
    assert query(tmp_path, "SELECT customer_id FROM source.opportunities ORDER BY opportunity_id") == [
        ("8",), ("8",), ("8",), ("9",), ("Gamma",), (None,),
    ]  # fmt: skip


def test_a_name_that_a_mapping_looks_up_is_told_wherever_it_stands(tmp_path: Path) -> None:
    files = {
        "interaction_types.csv": "type_id,type_name,category\nT1,Call,\nT2,call,\n",
        "calls.csv": "id,kind,day\n1,Call,2024-01-02\n2,Visit,2024-01-02\n",
    }
    columns = 'interaction_id = "id"\ndate = "day"\nreason_code = { from = "kind", refers_to = "interaction_types.type_name" }'
    mapping = f'[[table]]\nto = "service_interactions"\nfrom = "calls.csv"\n[table.columns]\n{columns}\n'
    (one,) = load(tmp_path, files, mapping).unmatched
    assert (one["column"], one["tables"]) == ("reason_code", ["interaction_types"])
    assert (one["rows"], one["ambiguous"]) == (1, 1)


def test_history_is_derived_from_the_two_dates(tmp_path: Path) -> None:
    load(tmp_path, SALES, SALES_MAPPING)
    found = query(
        tmp_path,
        "SELECT opportunity_id, s.name, entered_date, is_derived FROM fact_stage_change f "
        "JOIN dim_opportunity USING (opportunity_key) JOIN dim_stage s ON s.stage_key = f.stage_key ORDER BY 1, 3",
    )
    assert found == [
        ("D1", "Lead", date(2016, 10, 20), True),
        ("D1", "Won", date(2017, 3, 1), True),
        ("D2", "Qualified", date(2016, 11, 25), True),
        ("D4", "Lead", date(2017, 1, 2), True),
        ("D4", "Lost", date(2017, 1, 3), True),
    ]


def test_a_history_begins_in_the_stage_that_the_mapping_names(tmp_path: Path) -> None:
    report = load(
        tmp_path,
        SALES,
        SALES_MAPPING.replace('owner_id = "agent"', 'owner_id = "agent"\nfirst_stage = { value = "Qualified" }'),
    )
    found = query(
        tmp_path,
        "SELECT opportunity_id, s.name FROM fact_stage_change f JOIN dim_opportunity USING (opportunity_key) "
        "JOIN dim_stage s ON s.stage_key = f.stage_key ORDER BY 1, entered_date",
    )
    assert found == [("D1", "Qualified"), ("D1", "Won"), ("D2", "Qualified"), ("D4", "Qualified"), ("D4", "Lost")]
    assert "1 opportunity has no date at all and can be counted in no figure over time." in report.warnings


def test_names_of_a_table_that_nobody_loaded_match_nothing_and_are_told(tmp_path: Path) -> None:
    deals = SALES_MAPPING[SALES_MAPPING.index('[[table]]\nto = "opportunities"') :]
    report = load(tmp_path, {"deals.csv": SALES["deals.csv"]}, deals)
    (lost,) = [one for one in report.unmatched if one["column"] == "customer_id"]
    assert (lost["rows"], lost["empty"], lost["looked_up"]) == (3, 1, ["clients.full_name"])
    assert any("customer_id: 3 rows name what is not in" in words for words in report.warnings)


def test_contracts_without_dates_invent_no_time_line(tmp_path: Path) -> None:
    files = {"telco.csv": "id,senior,left,charge\nA,0,No,29.85\nB,1,Yes, \n"}
    mapping = """
        [[table]]
        to = "customers"
        from = "telco.csv"
        columns = { customer_id = "id" }
        attributes = { Senior = { from = "senior", values = { 0 = "No", 1 = "Yes" } }, Charge = "charge" }
        [[table]]
        to = "retention"
        from = "telco.csv"
        where = { left = "yes" }
        columns = { customer_id = "id", product_id = { value = "Contract" } }
    """
    report = load(tmp_path, files, mapping)
    assert (source(report, "retention").loaded, source(report, "retention").left_out) == (1, 1)
    assert report.sources[0].unknown_columns == []
    assert query(tmp_path, "SELECT name, value FROM customer_attribute ORDER BY ALL") == [
        ("Charge", "29.85"), ("Senior", "No"), ("Senior", "Yes"),
    ]  # fmt: skip
    assert query(tmp_path, "SELECT count(first_seen_date) FROM dim_customer") == [(0,)]
    data = Warehouse(tmp_path).current()
    known = {
        name: days for name, metric in METRICS.items() if data.has(*metric.needs) and (days := coverage(metric, data))
    }
    assert known == {
        "total_clients": Window(data.as_of, data.as_of + DAY)
    }  # who is there today; since when, nobody knows
    days = (data.as_of - 400 * DAY, data.as_of + DAY)
    months = complete(run(Query(("total_clients",), ("month",)), Selection(), BOSS, data, Window(*days)), data).columns
    assert [value for value in months["total_clients"] if value == value] == [2]
    for name, groups in (("attribute.Senior", {"No": 1, "Yes": 1}), ("status", {"Unknown": 2})):
        found = run(Query(("total_clients",), (name,)), Selection(), BOSS, data, Window(*days)).columns
        assert dict(zip(found[name], found["total_clients"], strict=True)) == groups


TICKETS = (
    "ticket;client;client name;agent;opened;talk\n"
    "T1;K1;Zoë;A1;2024-01-01 10:00;90\nT2;K1;Zoë;;2024-01-02 11:00;-1\nT3;unknown;;A1;2024-01-03 12:00;1,200\n"
)
TICKETS_MAPPING = """
time_zone = "Europe/Paris"
missing = "unknown"
[[table]]
to = "customers"
from = "tickets*.csv"
distinct = true
columns = { customer_id = "client", first_name = "client name" }
[[table]]
to = "agents"
from = "tickets*.csv"
distinct = true
columns = { agent_id = "agent", full_name = ["agent", "agent"], team = { value = "Support" } }
[[table]]
to = "service_interactions"
from = "tickets*.csv"
[table.columns]
interaction_id = "ticket"
customer_id = "client"
agent_id = "agent"
date = "opened"
duration_minutes = { from = "talk", unit = "seconds", missing = "-1", decimal = "." }
"""


def test_one_export_fills_customers_agents_and_tickets(tmp_path: Path) -> None:
    more = "opened;ticket;client;client name;agent;talk\n2024-02-01 09:00;T4;K2;Bo;A2;30\n"
    report = load(tmp_path, {"tickets_1.csv": TICKETS, "tickets_2.csv": more}, TICKETS_MAPPING)
    assert query(tmp_path, "SELECT customer_id, full_name FROM dim_customer WHERE customer_key > 0 ORDER BY 1") == [
        ("K1", "Zoë"), ("K2", "Bo"),
    ]  # fmt: skip
    assert query(tmp_path, "SELECT staff_id, full_name FROM dim_staff WHERE kind = 'Agent' ORDER BY 1") == [
        ("A1", "A1 A1"), ("A2", "A2 A2"),
    ]  # fmt: skip
    assert query(tmp_path, "SELECT opened_at, duration_minutes FROM fact_interaction ORDER BY 1") == [
        (datetime(2024, 1, 1, 9), 1.5),
        (datetime(2024, 1, 2, 10), None),
        (datetime(2024, 1, 3, 11), 20.0),
        (datetime(2024, 2, 1, 8), 0.5),
    ]
    assert (source(report, "customers").left_out, source(report, "agents").left_out) == (1, 1)
    assert source(report, "service_interactions").files == ["tickets_1.csv", "tickets_2.csv"]
    assert report.rejected == 0


def test_a_bad_row_is_rejected_with_its_line_whatever_its_shape(tmp_path: Path) -> None:
    broken = TICKETS + "T5;K9\nT6;K3;Al;A1;2024-01-04 12:00;long\n"
    report = load(tmp_path, {"tickets.csv": broken}, TICKETS_MAPPING, max_rejects=50)
    rejected = (tmp_path / "loads" / report.load_id / "rejects.csv").read_text()
    assert "service_interactions,tickets.csv,6,duration_minutes,is not a number,T6;K3;Al" in rejected
    assert rejected.count("tickets.csv,5,,2 values where 6 columns are named,T5;K9") == 3
    assert all(one.read == one.loaded + one.rejected for one in report.sources)


def test_identical_rows_without_a_key_stay_and_come_only_once(tmp_path: Path) -> None:
    files = {"visits.csv": "who,day,text\nK1,2024-01-01,Call\nK1,2024-01-01,Call\nK2,2024-01-02,Call\n"}
    mapping = """
        [[table]]
        to = "engagement"
        from = "visits.csv"
        key = "content"
        columns = { customer_id = "who", date = "day", action_type = "text" }
    """
    for _ in range(2):
        report = load(tmp_path, files, mapping)
        assert (report.loaded, report.sources[0].duplicates) == (3, 0)
        assert query(tmp_path, "SELECT count(*), count(DISTINCT engagement_id) FROM fact_engagement") == [(3, 3)]


@pytest.mark.parametrize("careful", [False, True])
def test_wide_rows_become_long_ones(tmp_path: Path, careful: bool) -> None:
    wide = "acct,who,2024-01-31,2024-02-29\nX,K1,10,20\nY,K2,30,\n" + ("odd\n" if careful else "")
    mapping = """
        [[table]]
        to = "account_balances"
        from = "wide.csv"
        unpivot = { columns = "2024-*", name = "month", value = "amount" }
        columns = { balance_id = { from = ["acct", "month"] }, customer_id = "who", date = "month", balance = "amount" }
    """
    report = load(tmp_path, {"wide.csv": wide}, mapping, max_rejects=50)
    assert (report.loaded, report.rejected) == (4, int(careful))
    assert query(tmp_path, "SELECT balance_date, sum(balance) FROM fact_balance GROUP BY 1 ORDER BY 1") == [
        (date(2024, 1, 31), 40), (date(2024, 2, 29), 20),
    ]  # fmt: skip


@pytest.mark.parametrize("careful", [False, True])
def test_long_rows_without_a_key_stay_apart_and_come_only_once(tmp_path: Path, careful: bool) -> None:
    wide = "who,2024-01-31,2024-02-29\nK1,10,20\nK2,30,\nK2,30,\n" + ("odd\n" if careful else "")
    mapping = """
        [[table]]
        to = "account_balances"
        from = "wide.csv"
        key = "content"
        unpivot = { columns = "2024-*", name = "month", value = "amount" }
        columns = { customer_id = "who", date = "month", balance = "amount" }
    """
    for _ in range(2):
        report = load(tmp_path, {"wide.csv": wide}, mapping, max_rejects=50)
        assert (report.loaded, report.sources[0].duplicates) == (6, 0)
        assert query(tmp_path, "SELECT count(*), sum(balance) FROM source.account_balances") == [(6, 90)]


def test_a_sheet_of_a_workbook_a_parquet_file_and_an_archive(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Service")
    sheet.append(["ticket", "client", "opened", "talk"])
    sheet.append(["T1", "K1", datetime(2024, 1, 1, 10, 30), 90.0])
    sheet.append([None, None, None, None])
    sheet.append(["T2", "K1", "soon", 60])
    book.save(tmp_path / "crm.xlsx")
    frame = pa.table({"client": ["K1"], "since": [date(2023, 5, 1)], "score": np.array([2.5])})
    pq.write_table(frame, tmp_path / "people.parquet")
    mapping = """
        [[table]]
        to = "service_interactions"
        from = "crm.xlsx"
        sheet = "service"
        columns = { interaction_id = "ticket", customer_id = "client", date = "opened" }
        [[table]]
        to = "customers"
        from = "people.parquet"
        columns = { customer_id = "client", enrollment_date = "since" }
        attributes = ["score"]
    """
    folder = tmp_path / "all"
    folder.mkdir()
    for name in ("crm.xlsx", "people.parquet"):
        (tmp_path / name).rename(folder / name)
    file = put(tmp_path / "map", {"map.toml": mapping}) / "map.toml"
    report = run_import(folder, tmp_path, ImportOptions(mapping=read_mapping(file), max_rejects=50))
    assert query(tmp_path, "SELECT opened_at, customer_key FROM fact_interaction") == [
        (datetime(2024, 1, 1, 10, 30), 1)
    ]
    assert query(tmp_path, "SELECT name, value FROM customer_attribute") == [("score", "2.5")]
    assert "crm.xlsx#Service, line 4: date is not a date or time" in report.first_rejects[0]


def test_a_dry_run_says_what_would_happen(tmp_path: Path) -> None:
    report = load(tmp_path, SALES, SALES_MAPPING, dry_run=True)
    assert (report.status, report.loaded, report.as_of) == ("dry run", 10, "2017-03-01")
    assert generations.current_file(tmp_path) is None
    assert {path.name for path in (tmp_path / "warehouse").iterdir()} == {".import.lock"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("accounts.csv", "acounts.csv"), r"map\.toml, table 1 \(clients\): nothing is called acounts\.csv"),
        (('"amount"', '"amonut"'), r"value is to come from 'amonut', but deals\.csv has no such column.*amount"),
        (('from = "sector"', 'from = "sektor"'), r"Sector is to come from 'sektor'.*Did you mean 'sector'"),
    ],
)
def test_a_mapping_that_does_not_fit_says_where(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(errors.MappingError, match=words):
        load(tmp_path, SALES, SALES_MAPPING.replace(*change))


def test_a_suggested_mapping_names_what_it_found_and_loads(tmp_path: Path) -> None:
    files = {
        "people.csv": "Customer ID,E-mail,Town\nK1,a@example.org,Ham\nK2,,Ham\n",
        "deals.csv": "Opportunity ID,Customer,Stage\nD1,K1,Won\n",
        "notes.csv": "x,y\n1,2\n",
    }
    text = suggest_mapping(put(tmp_path / "theirs", files))
    assert "1 of 2 empty" in text
    assert "also in people.csv, Customer ID" in text
    assert "notes.csv looks like none of our tables: x, y" in text
    report = load(tmp_path, files, text)
    assert source(report, "opportunities").loaded == 1
    assert report.loaded >= 3


def test_keys_written_as_decimals_meet_whole_ones(tmp_path: Path) -> None:
    """As spreadsheets and data frames write a NUMBER column with gaps: 12.0 beside 12."""
    files = {
        "CLIENTS.csv": "CLIENT_ID,FULL_NAME,EMAIL,PHONE,COMPANY,CREATED_AT\n12,Ann,,,,\n13,Bo,,,,\n",
        "INTERACTIONS.csv": (
            "INTERACTION_ID,CLIENT_ID,STAFF_ID,TYPE_ID,INTERACTION_DATE,SUMMARY,ACTION_REQUIRED,NEXT_FOLLOWUP\n"
            "1,12.0,,,2024-01-02 10:00:00,,,\n2,,,,2024-01-02 10:00:00,,,\n3,13.0,,,2024-01-02 10:00:00,,,\n"
        ),
        "STAFF.csv": "STAFF_ID,FULL_NAME,ROLE,EMAIL\n1.0,Cy,,\n1.5,Di,,\n",
    }
    report = run_import(put(tmp_path / "theirs", files), tmp_path)
    assert source(report, "interactions").orphans == 1  # the one that names nobody
    assert "interactions.client_id: all 2 keys are like 12.0; taken as 12." in report.warnings
    assert query(tmp_path, "SELECT staff_id FROM dim_staff WHERE staff_key > 0 ORDER BY 1") == [("1.0",), ("1.5",)]


def test_a_column_that_a_mapping_leaves_out_is_not_called_empty(tmp_path: Path) -> None:
    mapping = SALES_MAPPING.replace('owner_id = "agent"\n', "")
    assert [one["column"] for one in load(tmp_path, SALES, mapping).unmatched] == ["customer_id"]


def test_seconds_that_are_none_are_rejected_and_attributes_keep_their_words(tmp_path: Path) -> None:
    files = {"calls.csv": "id,who,took\n1,K,90\n2,L,long\n"}
    columns = 'columns = { interaction_id = "id", customer_id = "who", date = { value = "2024-01-02" }'
    attributes = 'attributes = { Took = { from = "took", unit = "seconds" } }'
    mapping = f'[[table]]\nto = "service_interactions"\nfrom = "calls.csv"\n{columns} }}\n{attributes}\n'
    load(tmp_path, files, mapping)
    assert query(tmp_path, "SELECT value FROM source.customer_attributes ORDER BY customer_id") == [("1.5",), ("long",)]
    strict = mapping.replace('"2024-01-02" }', '"2024-01-02" }, duration_minutes = { from = "took", unit = "seconds" }')
    with pytest.raises(errors.TooManyRejects):
        load(tmp_path, files, strict)


# As Salesforce, Chatwoot and a sales department export: keys called Id, foreign words, keys in the place of names.
BY_OTHERS = {
    "Account.csv": "Id,Name,Industry\nA1,Acme,Retail\nA2,Beta,\nA3,Gamma,\n",
    "User.csv": "Id,Name,UserRole.Name\nU1,Ann,EMEA\nU2,Bo,US\n",
    "Opportunity.csv": (
        "Id,AccountId,StageName,Amount,OwnerId,CreatedDate,CloseDate\n"
        'O1,A1,Closed Won,"1,200.50",U1,13/01/2024 10:00,14/02/2024\n'
        "O2,A2,Negotiation,unknown,U2,14/01/2024 11:00,\n"
        "O3,A3,Closed Lost,7,U2,15/01/2024 11:00,20/01/2024\nO4,A3,Closed Lost,8,U2,15/01/2024 11:00,20/01/2024\n"
        "O5,A3,Closed Lost,9,U2,15/01/2024 11:00,20/01/2024\n"
    ),
    "OpportunityHistory.csv": "Id,OpportunityId,StageName,CreatedDate\nH1,O1,Closed Won,2024-02-14T10:00:00Z\n",
}
ONE_FILE = {
    "tickets.csv": (
        "Ticket ID;Requester ID;Requester;Assignee;Group;Status;Via;Created at;Handling time (s);Satisfaction\n"
        "1;77;Ann;Cy;East;Solved;Mail;1711000000;60;Good\n2;78;Bo;Cy;East;Open;Phone;1711000100;120;Offered\n"
        "3;77;Ann;Di;West;Pending;Mail;1711000200;;Bad\n"
    )
}


def suggested(home: Path, files: dict[str, str]) -> tuple[str, LoadReport]:
    text = suggest_mapping(put(home / "look", files))
    return text, load(home, files, text)


def test_a_suggestion_for_keys_called_id_and_foreign_words(tmp_path: Path) -> None:
    text, report = suggested(tmp_path, BY_OTHERS)
    assert {one.source: one.loaded for one in report.sources} == {
        "clients": 3, "customer_attributes": 3, "opportunities": 5, "stage_changes": 1, "staff": 2,
    }  # fmt: skip
    assert report.unmatched == []
    assert 'date_format = "%d/%m/%Y"' in text
    assert 'missing = ["unknown"]' in text
    deals = query(
        tmp_path,
        "SELECT c.full_name, s.full_name, o.stage, value::DOUBLE FROM dim_opportunity o JOIN dim_customer c USING (customer_key) "
        "JOIN dim_staff s USING (staff_key) WHERE opportunity_key > 0 ORDER BY opportunity_id LIMIT 2",
    )
    assert deals == [("Acme", "Ann", "Won", 1200.5), ("Beta", "Bo", "Negotiation", None)]


def test_a_suggestion_for_one_file_that_carries_three_tables(tmp_path: Path) -> None:
    text, report = suggested(tmp_path, ONE_FILE)
    assert {one.source: one.loaded - one.duplicates for one in report.sources} == {
        "service_interactions": 3, "clients": 2, "staff": 2,
    }  # fmt: skip
    assert report.unmatched == []
    assert query(
        tmp_path,
        "SELECT c.full_name, s.full_name, s.team, opened_at::VARCHAR, duration_minutes, satisfaction_score "
        "FROM fact_interaction JOIN dim_customer c USING (customer_key) JOIN dim_staff s USING (staff_key) "
        "WHERE interaction_id = '1'",
    ) == [("Ann", "Cy", "East", "2024-03-21 05:46:40", 1.0, 5.0)]
    assert 'values = { "Open" = "Unresolved", "Pending" = "Unresolved", "Solved" = "Resolved" }' in text


def test_a_suggestion_for_tasks_that_name_their_client(tmp_path: Path) -> None:
    tasks = {
        "Account.csv": BY_OTHERS["Account.csv"],
        "User.csv": BY_OTHERS["User.csv"],
        "Task.csv": (
            "Id,WhoId,WhatId,Subject,ActivityDate,Status,Priority,OwnerId,AccountId,CompletedDateTime\n"
            "T1,003A,006A,Send offer,2024-02-01,Completed,High,U1,A1,2024-02-01T10:00:00Z\n"
            "T2,,,Call,2024-02-05,Not Started,Normal,U2,A2,\n"
        ),
    }
    suggested(tmp_path, tasks)
    assert query(
        tmp_path,
        "SELECT c.full_name, s.full_name, action, f.status, due_date, completed_date FROM fact_followup f "
        "JOIN dim_customer c USING (customer_key) JOIN dim_staff s USING (staff_key) ORDER BY followup_id",
    ) == [
        ("Acme", "Ann", "Send offer", "Completed", date(2024, 2, 1), date(2024, 2, 1)),
        ("Beta", "Bo", "Call", "Open", date(2024, 2, 5), None),
    ]


def test_a_suggestion_knows_clients_by_their_address_where_they_have_no_id(tmp_path: Path) -> None:
    rows = "7;ann@x.org;Ann Lee;Bo;03.02.2026 09:15\n8;cy@x.org;Cy;Bo;13.02.2026 11:00\n9;ann@x.org;Ann Lee;;14.02.2026 23:59\n"
    suggested(tmp_path, {"tickets.csv": f"Ticket ID;Requester Email;Requester Name;Assignee;Created At\n{rows}"})
    found = "SELECT customer_id, c.full_name, email, count(*) FROM fact_interaction JOIN dim_customer c USING (customer_key)"
    assert query(tmp_path, f"{found} GROUP BY ALL ORDER BY ALL") == [
        ("ann@x.org", "Ann Lee", "ann@x.org", 2),
        ("cy@x.org", "Cy", "cy@x.org", 1),
    ]


def test_a_suggestion_is_not_put_off_by_a_few_odd_values(tmp_path: Path) -> None:
    """A broken date is left to be rejected; words, and a -1 among durations, stand for no value."""
    rows = [
        "1;Ann;03.02.2026 10:15;1260;5",
        "2;Cy;13.02.2026 09:00;-1;unknown",
        "3;Di;14.02.2026 23:30;600;3",
        "4;Ed;open;90;4",
        "5;Flo;16.02.2026 08:00;30;1",
        "6;Gus;14.13.2026 23:30;60;4",
        "7;Hal;20.02.2026 08:00;45;4",
        "8;Ida;21.02.2026 08:00;50;4",
        "9;Jo;22.02.2026 08:00;55;4",
        "10;Kay;23.02.2026 08:00;65;4",
    ]
    head = "Ticket ID;Requester;Created;Handling (s);CSAT\n"
    text = suggest_mapping(put(tmp_path / "look", {"tickets.csv": head + "\n".join(rows) + "\n"}))
    assert 'date = { from = "Created", date_format = "%d.%m.%Y", missing = ["open"] }' in text
    assert 'duration_minutes = { from = "Handling (s)", missing = ["-1"], unit = "seconds" }' in text
    assert 'satisfaction_score = { from = "CSAT", missing = ["unknown"] }' in text


def test_a_suggestion_takes_our_own_names_and_ids_before_any_other(tmp_path: Path) -> None:
    files = {
        "tickets.csv": "id,customer_id,account_id,agent_id,user_id,created_at\n1,C1,7,A1,U1,2024-01-05\n2,C2,7,A2,U2,2024-01-06\n",
        "deals.csv": "Deal,Account,Stage,Amount,Created\nD1,Ann,Lead,1,2024-01-05\nD2,Cy,Won,2,2024-01-06\n",
        "todo.csv": "id,activity_id,client_id,due_date,status\n1,8,C1,2024-01-05,open\n2,9,C1,2024-01-06,done\n",
        "incidents.csv": "Number,Opened,Caller,State\nINC1,2024-01-05,Ann,New\nINC2,2024-01-05,Ann,Closed\n",
    }
    text = suggest_mapping(put(tmp_path / "look", files))
    assert 'customer_id = "customer_id"' in text
    assert 'agent_id = "agent_id"' in text
    assert 'opportunity_id = "Deal"' in text
    assert 'followup_id = "id"' in text
    assert 'interaction_id = "Number"' in text
    assert "key = " not in text


def test_a_suggestion_does_not_take_what_denies_for_what_it_denies(tmp_path: Path) -> None:
    stages = ("Unqualified", "Disqualified", "Not won", "Renewal", "New", "Closed Won", "Verloren")
    rows = "".join(f"{n},2024-01-05,{stage}\n" for n, stage in enumerate(stages))
    states = ("Not resolved", "Abandoned", "Not done", "teilweise erledigt", "nicht erledigt", "erledigt", "Done")
    cases = "".join(f"{n},2024-01-05,{state}\n" for n, state in enumerate(states))
    files = {"deals.csv": f"Deal ID,Created,Stage\n{rows}", "tickets.csv": f"Ticket ID,Created,State\n{cases}"}
    text = suggest_mapping(put(tmp_path / "look", files))
    for theirs, ours in (
        ("Unqualified", "Lost"), ("Disqualified", "Lost"), ("Not won", "Not won"), ("Renewal", "Renewal"), ("New", "Lead"),
        ("Closed Won", "Won"), ("Verloren", "Lost"), ("Not resolved", "Not resolved"), ("Abandoned", "Unresolved"),
        ("Not done", "Not done"), ("teilweise erledigt", "Partially Resolved"), ("nicht erledigt", "nicht erledigt"),
        ("erledigt", "Resolved"), ("Done", "Resolved"),
    ):  # fmt: skip
        assert f'"{theirs}" = "{ours}"' in text


def test_a_suggestion_knows_that_times_are_universal_by_their_name(tmp_path: Path) -> None:
    file = "Conversation ID,Created at (UTC),Closed at (UTC)\n1,2024-06-02 10:00:00,2024-06-02 11:00:00\n"
    text, _ = suggested(tmp_path, {"conversations.csv": file})
    assert 'opened_at = { from = "Created at (UTC)", time_zone = "UTC" }' in text
    assert query(tmp_path, "SELECT opened_at::VARCHAR FROM fact_interaction") == [("2024-06-02 10:00:00",)]


def test_a_suggestion_never_calls_a_number_missing(tmp_path: Path) -> None:
    rows = "".join(f"{n};2024-01-05;{100 + n},50\n" for n in range(20))
    file = f"balance_id;date;balance\n{rows}90;2024-01-05;1.592,56-\n91;2024-01-05;unknown\n"
    text = suggest_mapping(put(tmp_path / "look", {"account_balances.csv": file}))
    assert 'balance = { from = "balance", missing = ["unknown"] }' in text


def test_a_suggestion_puts_names_in_two_columns_together(tmp_path: Path) -> None:
    rows = "003A,Ann,Lee,ann@x.org\n003B,Cy,,cy@x.org\n"
    text, _ = suggested(tmp_path, {"Contact.csv": f"Id,FirstName,Last Name,Email\n{rows}"})
    assert 'full_name = { from = ["FirstName", "Last Name"] }' in text
    found = query(tmp_path, "SELECT customer_id, full_name FROM dim_customer WHERE customer_key > 0 ORDER BY ALL")
    assert found == [("003A", "Ann Lee"), ("003B", "Cy")]


def test_a_suggestion_tells_what_the_values_do_not(tmp_path: Path) -> None:
    files = {
        "goods.csv": "product,series\nGTX Pro,GTX\nMG One,MG\n",
        "deals.csv": "Deal ID,product,created\nD1,GTXPro,01/02/2024\nD2,GTX Pro,02/03/2024\nD3,MG One,02/03/2024\n",
    }
    text, report = suggested(tmp_path, files)
    assert 'date_format = "%d/%m/%Y" } # date or time; or %m/%d/%Y: the values do not tell' in text
    assert 'aliases = { "GTXPro" = "GTX Pro" }' in text
    assert [one for one in report.unmatched if one["column"] == "product_id"] == []


@pytest.mark.parametrize("bytes_", [64 * 1024, 1024 * 1024])
def test_a_full_disk_leaves_the_old_data_and_a_free_way(tmp_path: Path, bytes_: int) -> None:
    load(tmp_path, SALES, SALES_MAPPING)
    before = generations.current_file(tmp_path)
    process = multiprocessing.get_context("spawn").Process(target=_import_with_a_full_disk, args=(tmp_path, bytes_))
    process.start()
    process.join()
    assert process.exitcode == 1
    assert generations.current_file(tmp_path) == before
    assert query(tmp_path, "SELECT count(*) FROM dim_opportunity WHERE opportunity_key > 0") == [(4,)]
    assert load(tmp_path, SALES, SALES_MAPPING).status == "published"


def _import_with_a_full_disk(home: Path, most: int) -> None:
    """No file may grow beyond ``most`` bytes, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        run_import(home / "theirs", home, ImportOptions(mapping=read_mapping(home / "map.toml")))
    except errors.ImportFailed:
        raise SystemExit(1) from None


@pytest.mark.parametrize("seconds", [0.05, 0.4, 0.9])
def test_killed_at_a_random_moment_and_run_again(tmp_path: Path, seconds: float) -> None:
    load(tmp_path, SALES, SALES_MAPPING)
    process = multiprocessing.get_context("spawn").Process(target=_import_for_ever, args=(tmp_path,))
    process.start()
    process.join(seconds + 1.0)
    process.kill()
    process.join()
    report = load(tmp_path, SALES, SALES_MAPPING)
    assert report.status == "published"
    assert query(tmp_path, "SELECT count(*) FROM dim_opportunity WHERE opportunity_key > 0") == [(4,)]
    left = {path.name for path in (tmp_path / "warehouse").iterdir()}
    assert not [name for name in left if name.startswith((".building", ".scratch", ".spill"))]


def _import_for_ever(home: Path) -> None:
    while True:
        run_import(home / "theirs", home, ImportOptions(mapping=read_mapping(home / "map.toml")))
