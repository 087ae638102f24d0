"""One person under several ids: merged where the mapping asks for it and nothing contradicts it, listed either way."""

from pathlib import Path
from typing import Any

import pytest

from data_layer.ingest.mapping.rules import Identity, MappingFile
from data_layer.warehouse.engine import Warehouse
from tests.data.loading import Rows, load, query
from tests.data.small import ask

DAY = "2024-03-01"
BOTH = Identity(("email", "phone"))


def people(*rows: tuple[str, str, str | None, str | None, str | None]) -> dict[str, Rows]:
    """(system, id, name, e-mail, phone) as tables of the three systems."""
    found: dict[str, Rows] = {}
    for system, who, name, email, phone in rows:
        key = {"customers": "customer_id", "clients": "client_id", "contacts": "contact_id"}[system]
        row: dict[str, Any] = {key: who, "email": email, "phone": phone}
        if system == "customers":
            first, _, last = (name or "").partition(" ")
            row |= {"first_name": first, "last_name": last, "enrollment_date": DAY, "address_state": "NY"}
        else:
            row |= {"full_name": name, "created_at": DAY}
        found.setdefault(system, []).append(row)
    return found


def matched(home: Path, tables: dict[str, Rows], identity: Identity = BOTH) -> None:
    load(home, tables, mapping=MappingFile("crm.toml", (), None, identity))


def merged(home: Path) -> list[tuple[str, str, str]]:
    """(who stays, who was merged away, by what)."""
    return query(home, "SELECT customer_id, ids, matched_by FROM identity_match WHERE outcome = 'merged' ORDER BY 1, 2")


def doubted(home: Path) -> list[tuple[str, str, str]]:
    return query(home, "SELECT outcome, ids, why FROM identity_match WHERE outcome <> 'merged' ORDER BY ALL")


THREE = people(
    ("customers", "C1", "Ann Lee", "Ann@X.org", "(202) 473-2787"),
    ("clients", "K1", "ann lee", " ann@x.ORG", None),
    ("contacts", "W1", "Ann", None, "+1 202-473-2787"),
    ("contacts", "W2", "Bob", "bob@x.org", None),
)


def test_one_person_in_three_systems_is_counted_once(tmp_path: Path) -> None:
    facts: dict[str, Rows] = {
        "service_interactions": [{"interaction_id": "S", "customer_id": "C1", "date": "2024-03-02"}],
        "interactions": [{"interaction_id": "I", "client_id": "K1", "interaction_date": "2024-03-03"}],
        "conversations": [{"conversation_id": "V", "contact_id": "W1", "opened_at": "2024-03-04T10:00:00Z"}],
    }
    matched(tmp_path, THREE | facts)
    assert merged(tmp_path) == [("C1", "K1", "email"), ("C1", "W1", "phone")]
    assert query(tmp_path, "SELECT customer_id, is_merged_away FROM dim_customer WHERE customer_key > 0 ORDER BY 1") == [
        ("C1", False), ("K1", True), ("W1", True), ("W2", False),
    ]  # fmt: skip
    data = Warehouse(tmp_path).current()
    found = ask(data, "total_clients clients_added interactions active_clients", "2024-02-01", "2024-04-01")
    assert [found.value(name) for name in found.query.metrics] == [2, 2, 3, 1]
    by_client = ask(data, "interactions", "2024-02-01", "2024-04-01", "customer").frame
    assert by_client[["customer", "interactions"]].to_numpy().tolist() == [["C1", 3.0]]


def test_without_asking_nobody_is_merged_and_a_load_without_it_takes_it_back(tmp_path: Path) -> None:
    load(tmp_path, THREE)
    assert query(tmp_path, "SELECT count(*) FROM identity_match") == [(0,)]
    matched(tmp_path, THREE)
    assert len(merged(tmp_path)) == 2
    report = load(tmp_path, THREE)
    assert query(tmp_path, "SELECT count(*) FROM dim_customer WHERE is_merged_away") == [(0,)]
    assert query(tmp_path, "SELECT count(*) FROM identity_match") == [(0,)]
    assert "2 clients merged into others before: apart again" in " ".join(report.warnings)


@pytest.mark.parametrize(
    ("rows", "said", "away"),
    [
        pytest.param(
            [("customers", "C1", "Ann Lee", "a@x.org", None), ("customers", "C2", "Ann Lee", "a@x.org", None),
             ("clients", "K1", "Ann Lee", "a@x.org", None)],
            [("conflict", "C1, C2, K1", "2 people of one system")], [], id="a family in one system",
        ),
        pytest.param(
            [("customers", "C1", "Ann Lee", "a@x.org", None), ("clients", "K1", "Bob Lee", "a@x.org", None)],
            [("conflict", "C1, K1", "the names differ")], [], id="names that differ",
        ),
        pytest.param(
            [("customers", "C1", "Ann Lee", "None@example.com", None),
             ("clients", "K1", "Ann Lee", "none@example.com", None)],
            [("ignored", "C1, K1", "no address, but words in its place")], [], id="words in the place of an address",
        ),
        pytest.param(
            [("clients", f"K{n}", None, "desk@x.org", None) for n in range(6)],
            [("ignored", "K0, K1, K2, K3, K4, K5", "shared by 6 people")], [], id="shared by many",
        ),
        pytest.param(
            [("customers", "C1", "Ann", "a@x.org", None), ("clients", "K1", "Ann", "a@x.org", "+12024732787"),
             ("customers", "C2", "Ann", None, "+12024732787")],
            [("conflict", "C2, K1", "2 people of one system")], [("C1", "K1", "email")], id="an id of that system already",
        ),
        pytest.param(
            [("customers", "C1", "Ann", "a@x.org", None), ("contacts", "K9", "Ann", "a@x.org", None),
             ("clients", "K9", "Ann", "b@x.org", None), ("customers", "C2", "Ann", "b@x.org", None)],
            [("conflict", "C1, K9", "joined to others, it is two people of one system"),
             ("conflict", "C2, K9", "joined to others, it is two people of one system")], [], id="a chain",
        ),
        pytest.param(
            [("customers", "C1", "Ann", None, "+12024732787x1"), ("clients", "K1", "Ann", None, "+12024732787 ext. 2")],
            [], [], id="two extensions of one switchboard",
        ),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_listed_and_left_apart(tmp_path: Path, rows: Any, said: Any, away: Any) -> None:
    matched(tmp_path, people(*rows))
    assert doubted(tmp_path) == said
    assert merged(tmp_path) == away
    counted_as_another = query(tmp_path, "SELECT customer_id FROM dim_customer WHERE is_merged_away")
    assert counted_as_another == [(who,) for _, who, _ in away]


def test_any_name_and_own_placeholders_are_the_mappings_choice(tmp_path: Path) -> None:
    rows = people(
        ("customers", "C1", "Ann Lee", "a@x.org", None), ("clients", "K1", "Bob", "a@x.org", None),
        ("customers", "C2", "Cy", "front@x.org", None), ("clients", "K2", "Cy", "Front@x.org", None),
    )  # fmt: skip
    matched(tmp_path, rows, Identity(("email",), any_name=True, ignore=("FRONT@x.org",)))
    assert merged(tmp_path) == [("C1", "K1", "email")]
    assert doubted(tmp_path) == [("ignored", "C2, K2", "the mapping says so")]


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Ann Lee", "LEE, Ann", True), ("Ann Lee", "A. Lee", True), ("Ann Lee", "Ann Marie Lee", True), ("Zoë", "Zoe", True),
        ("Ann Lee", "Adam Lee", False), ("Bob Ray", "Robert Ray", False), ("山田 太郎", "太郎 山田", True), ("Ann", "", True),
    ],
)  # fmt: skip
def test_names(tmp_path: Path, one: str, other: str, agree: bool) -> None:
    matched(tmp_path, people(("customers", "C1", one, "a@x.org", None), ("contacts", "W1", other, "a@x.org", None)))
    assert bool(merged(tmp_path)) is agree


def test_what_each_system_knows_is_of_one_person_now(tmp_path: Path) -> None:
    tables = people(
        ("customers", "C1", "Ann Lee", "a@x.org", None), ("contacts", "W1", "Ann", "a@x.org", "+442079460000")
    )
    tables["contacts"][0] |= {"label": "VIP", "created_at": "2023-05-06"}
    tables["customer_attributes"] = [
        {"customer_id": "W1", "name": "Plan", "value": "Basic"}, {"customer_id": "C1", "name": "Plan", "value": "Plus"},
        {"customer_id": "W1", "name": "Language", "value": "en"},
    ]  # fmt: skip
    matched(tmp_path, tables)
    assert query(
        tmp_path,
        "SELECT label, CAST(first_seen_date AS VARCHAR), phone_e164, country FROM dim_customer WHERE customer_key = 1",
    ) == [("VIP", "2023-05-06", "+442079460000", "GB")]
    assert query(tmp_path, "SELECT customer_key, name, value FROM customer_attribute ORDER BY 2") == [
        (1, "Language", "en"), (1, "Plan", "Plus"),
    ]  # fmt: skip
