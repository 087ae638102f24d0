"""Saved segments over the wire: who may see, use, change and download which, whatever a browser sends."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from data_layer.access import MASKED_ROLES, Role
from data_layer.appdb import audit, segments
from data_layer.segments import HIGH_INTENT
from layouts import ids
from layouts.filters import controls_of
from layouts.registry import PAGES, home_of, pages_of
from tests.app.loaded import World, column, csv_rows
from tests.app.test_scope import allowed

PEOPLE = tuple(role for role in Role if role is not Role.WALL)
BY_ROLE = pytest.mark.parametrize("role", PEOPLE, ids=lambda role: role.value)
RETAIL = {"search": "?segment=Retail", "name": "Retail", "roles": []}
numbers = itertools.count()


def save(client: FlaskClient, **more: Any) -> dict[str, Any]:
    """A segment of clients in the segment Retail, under a name of its own."""
    answer = client.post("/segments", json={**RETAIL, "name": f"Retail {next(numbers)}", **more})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json
    assert "problem" not in saved, saved
    return saved


def count(client: FlaskClient, **asked: Any) -> Any:
    answer = client.post("/segments/count", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json


def listed(client: FlaskClient) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in client.get("/segments").json["segments"]}


@pytest.fixture
def private(world: World) -> Iterator[str]:
    """A private segment of the sales manager's."""
    saved = save(world.client(Role.SALES_MANAGER))
    yield saved["id"]
    segments.remove(world.services.desk.segments.database, saved["id"])


def attempts(id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Everything that can be asked of one segment by its number."""
    return [
        ("GET", f"/segments/{id}.csv", {}),
        ("PATCH", f"/segments/{id}", {"name": "mine now"}),
        ("PATCH", f"/segments/{id}", {"roles": ["staff"]}),
        ("DELETE", f"/segments/{id}", {}),
        ("POST", "/segments/count", {"id": id}),
        ("POST", "/segments/count", {"search": f"?saved={id}"}),
        ("POST", "/segments", {"search": f"?saved={id}&segment=Retail", "name": "stolen"}),
        ("GET", "/export/{page}/{tile}.csv?saved=" + id, {}),
        ("GET", "/export/{page}/{tile}/records.csv?saved=" + id, {}),
    ]


def attempt(client: FlaskClient, role: Role, method: str, path: str, body: dict[str, Any]) -> int:
    page = home_of(role)
    assert page is not None
    tile = next(tile for tile in page.tiles if tile.records)
    address = path.replace("{page}", page.name).replace("{tile}", tile.name)
    return client.open(address, method=method, json=body or None).status_code


@BY_ROLE
def test_a_private_segment_is_not_there_for_others(world: World, private: str, role: Role) -> None:
    """The same answer as for a number that nobody has, to every request that can be made by hand."""
    client = world.client(role)
    may = role in (Role.SALES_MANAGER, Role.ADMIN)
    assert (private in listed(client)) == may
    for method, path, body in attempts(private):
        if method in ("PATCH", "DELETE") or body.get("name"):
            continue
        status = attempt(client, role, method, path, body)
        assert status == (200 if may else 404), (method, path, body)
    if not may:
        for method, path, body in attempts(private):
            assert attempt(client, role, method, path, body) == 404, (method, path)
            missing = attempt(client, role, method, path.replace(private, "987654"), body)
            assert missing == 404 or "987654" not in path
        kept = segments.get(world.services.desk.segments.database, private)
        assert kept is not None
        assert kept.name.startswith("Retail")
        assert not kept.roles


@BY_ROLE
def test_a_shared_segment_is_used_by_its_roles_and_changed_by_its_owner(world: World, role: Role) -> None:
    owner = world.client(Role.MARKETER)
    saved = save(owner, roles=["staff", "executive"])
    client = world.client(role)
    may_use = role in (Role.MARKETER, Role.STAFF, Role.EXECUTIVE, Role.ADMIN)
    may_change = role in (Role.MARKETER, Role.ADMIN)
    assert (saved["id"] in listed(client)) == may_use
    assert client.get(f"/segments/{saved['id']}.csv").status_code == (200 if may_use else 404)
    if may_use:
        assert listed(client)[saved["id"]]["mayChange"] == may_change
    renamed = client.patch(f"/segments/{saved['id']}", json={"name": f"Renamed {next(numbers)}"})
    assert renamed.status_code == (200 if may_change else 403 if may_use else 404)
    deleted = client.delete(f"/segments/{saved['id']}")
    assert deleted.status_code == renamed.status_code
    assert (saved["id"] in listed(owner)) != may_change


@BY_ROLE
def test_what_ships_with_the_site_nobody_changes(world: World, role: Role) -> None:
    client = world.client(role)
    assert listed(client)[HIGH_INTENT]["name"] == "High intent"
    assert not listed(client)[HIGH_INTENT]["mayChange"]
    for method in ("PATCH", "DELETE"):
        assert client.open(f"/segments/{HIGH_INTENT}", method=method, json={"name": "Low intent"}).status_code == 403


def test_nobody_and_no_screen_gets_any(world: World) -> None:
    for method, path, body in (*attempts(HIGH_INTENT)[:7], ("GET", "/segments", {}), ("POST", "/segments", RETAIL)):
        assert world.site.browser().open(path, method=method, json=body or None).status_code == 401
        assert world.client(Role.WALL).open(path, method=method, json=body or None).status_code == 403


def test_another_site_can_save_nothing(world: World) -> None:
    client = world.client(Role.MARKETER)
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    for method, path in (("POST", "/segments"), ("DELETE", f"/segments/{HIGH_INTENT}")):
        assert client.open(path, method=method, json=RETAIL, headers=headers).status_code == 403


@BY_ROLE
def test_the_list_for_outreach_holds_own_clients_and_contact_data_by_role(world: World, role: Role) -> None:
    client = world.client(role)
    rows = csv_rows(client.get(f"/segments/{HIGH_INTENT}.csv"))
    assert len(rows) - 1 == count(client, id=HIGH_INTENT)["count"]
    assert ("E-mail" in rows[0], "Phone" in rows[0]) == (role not in MASKED_ROLES,) * 2
    if role in (Role.STAFF, Role.SALES_MANAGER, Role.SUPPORT_LEAD):
        assert column(rows, "Client no.") <= allowed(world, role)[1]
    line = audit.latest(world.services.appdb, 1)[0]
    assert (line.login, line.action) == (world.viewer(role).login, "export")
    assert line.detail == {
        "segment": HIGH_INTENT, "name": "High intent", "kind": "clients", "contact": role not in MASKED_ROLES,
    }  # fmt: skip


def test_masked_viewers_get_no_contact_data_in_it(world: World) -> None:
    saved = save(world.client(Role.MARKETER), search="?segment=Retail&segment=Private", roles=["admin"])
    text = world.client(Role.MARKETER).get(f"/segments/{saved['id']}.csv").text
    assert [secret for secret in world.sources.contact_data() if secret in text] == []
    assert any(
        one in world.client(Role.ADMIN).get(f"/segments/{saved['id']}.csv").text for one in world.sources.contact_data()
    )


def test_nothing_in_the_list_runs_as_a_formula(world: World) -> None:
    saved = save(world.client(Role.ADMIN), search="?segment=Retail")
    rows = csv_rows(world.client(Role.ADMIN).get(f"/segments/{saved['id']}.csv"))
    phones = column(rows, "Phone")
    assert any(phone.startswith("'+") for phone in phones)
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))] == []


@BY_ROLE
def test_every_page_offers_them_and_follows_them(world: World, role: Role) -> None:
    """No page declares it: the filter, the chip and the figures come by themselves."""
    client = world.client(role)
    for page in pages_of(role):
        if page.subject is not None or not page.tiles:
            continue
        output = next(o for o in world.app.callback_map if f"{ids.filter_of(page.name, 'saved')}.options" in o)
        offered = world.call(client, output).json["response"][ids.filter_of(page.name, "saved")]["options"]
        assert {"value": HIGH_INTENT, "label": "High intent"} in offered, page.name
        assert "saved" in controls_of(page)
        shown = world.payloads(client, page, f"?saved={HIGH_INTENT}")
        assert [(chip["label"], chip["value"]) for chip in shown["chips"]] == [("Saved segment", "High intent")]
        assert "Saved segment: High intent" in shown["words"]
        assert shown["problems"] == []
        assert not [name for name, tile in shown["tiles"].items() if tile["state"] == "error"], page.name


def kpi(world: World, role: Role, search: str) -> tuple[str, list[str]]:
    """The clients that the executive page counts, and what it says the link asks for in vain."""
    page = next(page for page in PAGES if page.name == "executive")
    shown = world.payloads(world.client(role), page, search)
    return shown["tiles"]["kpi_total_clients"]["content"]["exact"], shown["problems"]


def test_the_page_counts_the_clients_of_the_segment(world: World) -> None:
    everybody, _ = kpi(world, Role.ADMIN, "")
    retail, _ = kpi(world, Role.ADMIN, "?segment=Retail")
    saved = save(world.client(Role.ADMIN))
    assert kpi(world, Role.ADMIN, f"?saved={saved['id']}") == (retail, [])
    assert f"{count(world.client(Role.ADMIN), id=saved['id'])['count']:,}" == retail != everybody


def test_one_that_is_gone_is_said_and_left_out(world: World) -> None:
    everybody, _ = kpi(world, Role.ADMIN, "")
    saved = save(world.client(Role.ADMIN))
    retail, _ = kpi(world, Role.ADMIN, f"?saved={saved['id']}")
    world.client(Role.ADMIN).delete(f"/segments/{saved['id']}")
    shown, problems = kpi(world, Role.ADMIN, f"?saved={saved['id']}")
    assert shown == everybody != retail
    assert len(problems) == 1
    assert f"no saved segment {saved['id']}, or it is not shared with you" in problems[0]
    either, problems = kpi(world, Role.ADMIN, f"?saved={saved['id']}&pick=elsewhere~saved~{HIGH_INTENT}")
    assert either not in (everybody, retail)
    assert len(problems) == 1


@pytest.mark.parametrize("first", [Role.EXECUTIVE, Role.ADMIN], ids=lambda role: role.value)
def test_the_cache_keeps_apart_who_may_use_a_segment(world: World, first: Role) -> None:
    """An executive and another with the same rights to rows share answers, but not what a private number means."""
    world.site.add(f"other-{first.value}", Role.EXECUTIVE)
    other = world.site.logged_in(f"other-{first.value}")
    saved = save(other)
    page = next(page for page in PAGES if page.name == "executive")
    search = f"?saved={saved['id']}&period={'7d' if first is Role.ADMIN else '90d'}"

    def shown(client: FlaskClient) -> str:
        return str(world.payloads(client, page, search)["tiles"]["kpi_total_clients"]["content"]["exact"])

    clients = [other, world.client(Role.EXECUTIVE)]
    answers = [shown(client) for client in (clients if first is Role.EXECUTIVE else reversed(clients))]
    mine, others = answers if first is Role.EXECUTIVE else reversed(answers)
    assert mine == kpi(world, Role.EXECUTIVE, "?segment=Retail")[0]
    assert others == kpi(world, Role.EXECUTIVE, "")[0] != mine


def test_records_of_a_segment_that_is_gone_are_not_everybodys(world: World) -> None:
    asked = {"url_pathname": "/", "url_search": "?records=kpi_total_clients&saved=987654"}
    assert "no saved segment" in world.call(world.client(Role.ADMIN), "drill.children", **asked).text
    rows = {"drill_grid_getRowsRequest": {"startRow": 0, "endRow": 50, "sortModel": []}, **asked}
    answer = world.call(world.client(Role.ADMIN), "drill-grid.getRowsResponse", **rows)
    assert answer.json["response"]["drill-grid"]["getRowsResponse"] == {"rowData": [], "rowCount": 0}
    asked["url_search"] = f"?records=kpi_total_clients&saved={HIGH_INTENT}"
    some = world.call(world.client(Role.ADMIN), "drill-grid.getRowsResponse", **{**rows, **asked})
    found = some.json["response"]["drill-grid"]["getRowsResponse"]
    assert found["rowCount"] == len(found["rowData"]) == count(world.client(Role.ADMIN), id=HIGH_INTENT)["count"]


def test_the_count_before_saving_is_that_of_the_segment(world: World) -> None:
    client = world.client(Role.EXECUTIVE)
    asked = {
        "search": "?segment=Retail&pick=elsewhere~channel~Phone&period=7d", "period": "all",
        "thresholds": [["interactions", "more", 3], ["aum", "least", 1000.5]],
    }  # fmt: skip
    before = count(client, **asked)
    assert before["days"] == "all"
    assert before["words"] == [
        "Segment: Retail", "Channel: Phone", "Interactions: more than 3", "Assets under management: at least $1,000.50",
    ]  # fmt: skip
    saved = save(client, **asked)
    assert count(client, id=saved["id"])["count"] == before["count"] > 0
    assert saved["words"] == before["words"]
    assert 0 < count(client, search=f"?saved={saved['id']}", thresholds=[])["count"] == before["count"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": " "}, "Give it a name"), ({"name": "x" * 81}, "at most 80"), ({"name": 7}, "could not be read"),
        ({"roles": ["wall"]}, "from the list"), ({"roles": "admin"}, "from the list"), ({"roles": [{}]}, "from the list"),
        ({"search": ""}, "everybody is no segment"), ({"search": "x" * 9000}, "too long"),
        ({"thresholds": [["aum", "more"]]}, "thresholds"), ({"thresholds": [["aum", "more", "1; DROP"]]}, "number"),
        ({"thresholds": [["aum", "more", 1]] * 5}, "at most 4"), ({"period": "someday"}, "from the list"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_says_why(world: World, sent: dict[str, Any], words: str) -> None:
    answer = world.client(Role.MARKETER).post("/segments", json={**RETAIL, "name": f"No. {next(numbers)}", **sent})
    assert answer.status_code == 200
    assert words in answer.json["problem"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"null"])
def test_what_is_no_request_is_answered_all_the_same(world: World, body: bytes) -> None:
    for path in ("/segments", "/segments/count", "/views"):
        answer = world.client(Role.MARKETER).post(path, data=body, content_type="application/json")
        assert (answer.status_code, answer.json) == (200, {"problem": "This request could not be read."})


def test_every_change_stands_in_the_audit_log(world: World) -> None:
    client = world.client(Role.SUPPORT_LEAD)
    saved = save(client, name="Watched", roles=["staff"])
    client.patch(f"/segments/{saved['id']}", json={"roles": []})
    client.patch(f"/segments/{saved['id']}", json={"name": "Renamed"})
    client.delete(f"/segments/{saved['id']}")
    lines = audit.latest(world.services.appdb, 4)[::-1]
    assert [line.action for line in lines] == [
        "segment_saved", "segment_changed", "segment_changed", "segment_deleted",
    ]  # fmt: skip
    assert [(line.detail["name"], line.detail["roles"]) for line in lines] == [
        ("Watched", ["staff"]), ("Watched", []), ("Renamed", []), ("Renamed", []),
    ]  # fmt: skip
    assert {(line.login, line.detail["segment"]) for line in lines} == {("support_lead", saved["id"])}


def test_names_in_a_rule_are_those_that_the_viewer_may_read(world: World) -> None:
    """A shared rule may name a colleague: staff read the number, not the name."""
    people, _ = allowed(world, Role.STAFF)
    who = next(one for one in world.sources.table("interactions").staff_id if one not in people)
    saved = save(world.client(Role.ADMIN), search=f"?staff={who}", roles=["staff"])
    assert listed(world.client(Role.STAFF))[saved["id"]]["words"] == [f"Staff member: {who}"]
    assert listed(world.client(Role.ADMIN))[saved["id"]]["words"] == [f"Staff member: {world.sources.staff()[who]}"]


def test_a_rule_of_another_version_is_told_and_holds_nobody_in_silence(world: World) -> None:
    client = world.client(Role.ADMIN)
    engine, login = world.services.desk.segments.database, world.viewer(Role.ADMIN).login
    rule = '{"conditions":[["shoe_size",["9"]]],"custom":null,"inside":[],"period":"all","thresholds":[]}'
    old = segments.add(engine, login, "Old", [], rule, world.site.clock())
    assert "cannot be read any more" in listed(client)[old.id]["words"][0]
    assert "cannot be read any more" in kpi(world, Role.ADMIN, f"?saved={old.id}")[1][0]
    assert client.get(f"/segments/{old.id}.csv").status_code == 404
    segments.remove(engine, old.id)
