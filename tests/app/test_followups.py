"""Follow-ups that people add: who may, by which request, and that lists and open pages show it at once."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from data_layer.access import Role
from data_layer.appdb import audit
from data_layer.appdb import followups as kept
from data_layer.appdb import targets as kept_targets
from data_layer.appdb.followups import NewFollowup, Status
from data_layer.appdb.tables import own_followups
from data_layer.semantics.targets import new_target
from layouts.registry import BY_NAME
from tests.app.loaded import LAST_DAY, World, csv_rows

PAGE = BY_NAME["staff"]
DUE = LAST_DAY + timedelta(days=3)
WRITERS = (Role.STAFF, Role.SALES_MANAGER, Role.SUPPORT_LEAD, Role.ADMIN)


@pytest.fixture(autouse=True)
def nothing_left(world: World) -> Iterator[None]:
    """The world is shared by the module: each test begins without follow-ups and targets of its own."""
    yield
    with world.services.appdb.begin() as connection:
        connection.execute(delete(own_followups))
    kept_targets.remove(world.services.appdb, "csat_rate", None)


def a_client(world: World) -> str:
    """A client of the member of staff, and so of the team and of everybody."""
    return min(
        world.sources.clients_of(world.staff_id or "") - {""} & set(world.sources.table("customers").customer_id)
    )


def wish(world: World, role: Role = Role.STAFF, **more: str) -> dict[str, str]:
    """What the form sends; a lead names the owner."""
    sent = {"client": a_client(world), "action": "Call back", "due": DUE.isoformat(), "priority": "High"}
    return sent | ({} if role is Role.STAFF else {"staff": world.staff_id or ""}) | more


def colleague(world: World, *, in_team: bool) -> str:
    """Another member of staff, of the same team or of another."""
    staff = world.sources.table("staff")
    others = staff[(staff.staff_id != world.staff_id) & ((staff.team == world.team) == in_team)]
    return str(others.staff_id.iloc[0])


def kept_for(world: World, owner: str) -> int:
    """A follow-up of somebody, put into the database past all rights; its number."""
    new = NewFollowup(a_client(world), owner, "Secret task", DUE)
    return kept.add(world.services.appdb, new, "nobody", world.site.clock()).id


def listed(world: World, role: Role, client: FlaskClient | None = None, search: str = "") -> dict[str, Any]:
    """The work list as it is shown, those added here first."""
    search = f"?list=work_list~sort~origin{search}"
    return dict(world.payloads(client or world.client(role), PAGE, search)["tiles"]["work_list"]["content"])


def own_numbers(content: dict[str, Any]) -> list[str]:
    return [act["own"] for act in content["acts"] if act and act["own"]]


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_the_roles_that_add_are_those_that_work(world: World, role: Role) -> None:
    answer = world.client(role).post("/followups", json=wish(world, role))
    assert answer.status_code == (200 if role in WRITERS else 403), answer.text
    held = kept.still_open(world.services.appdb)
    assert [one.staff_id for one in held] == ([world.staff_id] if role in WRITERS else [])
    if role in WRITERS:
        line = audit.latest(world.services.appdb, 1, "followup_added")[0]
        assert (line.login, line.detail["followup"]) == (role.value, held[0].id)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_the_roles_that_settle_are_those_that_work(world: World, role: Role) -> None:
    number = kept_for(world, world.staff_id or "")
    answer = world.client(role).patch(f"/followups/{number}", json={"move": "done"})
    assert answer.status_code == (200 if role in WRITERS else 403)
    found = kept.get(world.services.appdb, number)
    assert found is not None
    assert found.status is (Status.COMPLETED if role in WRITERS else Status.OPEN)


def test_nobody_without_a_session_adds_or_settles(world: World) -> None:
    number = kept_for(world, world.staff_id or "")
    browser = world.site.browser()
    assert browser.post("/followups", json=wish(world)).status_code == 401
    assert browser.patch(f"/followups/{number}", json={"move": "done"}).status_code == 401
    foreign = {"Origin": "https://elsewhere.example"}
    mine = world.client(Role.STAFF)
    assert mine.patch(f"/followups/{number}", json={"move": "done"}, headers=foreign).status_code == 403
    assert len(kept.still_open(world.services.appdb)) == 1


@pytest.mark.parametrize("move", ["done", "cancel", "reopen_done", "reopen_cancel"])
@pytest.mark.parametrize("in_team", [True, False])
def test_a_hand_made_request_for_a_colleagues_follow_up_finds_nothing(world: World, move: str, in_team: bool) -> None:
    number = kept_for(world, colleague(world, in_team=in_team))
    answer = world.client(Role.STAFF).patch(f"/followups/{number}", json={"move": move})
    nothing = world.client(Role.STAFF).patch("/followups/999999", json={"move": move})
    assert (answer.status_code, answer.json) == (nothing.status_code, nothing.json) == (404, nothing.json)
    found = kept.get(world.services.appdb, number)
    assert found is not None
    assert found.status is Status.OPEN
    assert own_numbers(listed(world, Role.STAFF)) == []
    assert "Secret task" not in world.client(Role.STAFF).get(f"/export/{PAGE.name}/work_list.csv").text


def test_a_lead_has_the_team_and_no_other(world: World) -> None:
    mine, theirs = (kept_for(world, colleague(world, in_team=inside)) for inside in (True, False))
    lead = world.client(Role.SUPPORT_LEAD)
    assert own_numbers(listed(world, Role.SUPPORT_LEAD)) == [str(mine)]
    assert lead.patch(f"/followups/{theirs}", json={"move": "done"}).status_code == 404
    assert lead.patch(f"/followups/{mine}", json={"move": "done"}).status_code == 200
    assert set(own_numbers(listed(world, Role.ADMIN))) == {str(theirs)}
    assert lead.post("/followups", json=wish(world, staff=colleague(world, in_team=False))).status_code == 403
    assert lead.post("/followups", json=wish(world, staff=colleague(world, in_team=True))).status_code == 200


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_clients_are_found_among_ones_own(world: World, role: Role) -> None:
    answer = world.client(role).get("/followups/clients?find=C0")
    assert answer.status_code == (200 if role in WRITERS else 403)
    if role in WRITERS:
        found = [one["value"] for one in answer.json["clients"]]
        assert 0 < len(found) <= 10
        assert role is not Role.STAFF or set(found) <= world.sources.clients_of(world.staff_id or "")


def test_a_client_is_found_by_name_or_number_and_a_stranger_is_not(world: World) -> None:
    customers = world.sources.table("customers").set_index("customer_id")
    mine = a_client(world)
    own = world.sources.clients_of(world.staff_id or "")
    stranger = next(one for one in customers.index if one not in own)

    def found(role: Role, text: str) -> set[str]:
        answer = world.client(role).get("/followups/clients", query_string={"find": text})
        return {one["value"] for one in answer.json["clients"]}

    assert mine in found(Role.STAFF, mine.lower())
    assert mine in found(Role.STAFF, f"{customers.first_name[mine]} {customers.last_name[mine]}".upper())
    assert (stranger in found(Role.STAFF, stranger), stranger in found(Role.ADMIN, stranger)) == (False, True)
    assert found(Role.ADMIN, "C") == found(Role.ADMIN, "%%") == found(Role.ADMIN, "") == set()


def test_staff_add_for_nobody_else_and_for_no_stranger(world: World) -> None:
    mine = world.client(Role.STAFF)
    assert mine.post("/followups", json=wish(world, staff=colleague(world, in_team=True))).status_code == 403
    own = world.sources.clients_of(world.staff_id or "")
    stranger = next(one for one in world.sources.table("customers").customer_id if one not in own)
    assert mine.post("/followups", json=wish(world, client=stranger)).status_code == 404
    assert kept.still_open(world.services.appdb) == ()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"action": ""}, "what is to be done"),
        ({"action": "x" * 300}, "at most 200"),
        ({"due": ""}, "Choose the day"),
        ({"due": "2026-02-30"}, "Choose the day"),
        ({"due": "2020-01-01"}, "day is over"),
        ({"priority": "Now!"}, "priority is one of"),
        ({"action": ["x"]}, "could not be read"),
    ],
)
def test_what_can_be_put_right_is_said_to_the_form(world: World, more: dict[str, Any], message: str) -> None:
    answer = world.client(Role.STAFF).post("/followups", json=wish(world) | more)
    assert answer.status_code == 200
    assert message in answer.json["problem"]


@pytest.mark.parametrize("address", ["/followups/x", "/followups/-1", "/followups/99999999999"])
def test_an_address_of_nothing_is_not_found(world: World, address: str) -> None:
    assert world.client(Role.STAFF).patch(address, json={"move": "done"}).status_code == 404


def test_the_list_of_the_owner_the_lead_and_the_administrator_show_it_at_once(world: World) -> None:
    roles = (Role.STAFF, Role.SUPPORT_LEAD, Role.ADMIN, Role.EXECUTIVE)
    totals = {role: listed(world, role)["words"].split(" of ")[1] for role in roles}
    stamps = {role: world.client(role).get("/generation").json["id"] for role in roles}
    assert world.client(Role.STAFF).post("/followups", json=wish(world)).status_code == 200
    for role in roles:
        content = listed(world, role)
        assert content["rows"][0][2] == "Call back"
        assert content["words"].split(" of ")[1] == f"{int(totals[role].replace(',', '')) + 1:,}"
        assert (content["acts"][0] is not None) == (role in WRITERS)
        assert (content["form"] is not None) == (role in WRITERS)
        assert world.client(role).get("/generation").json["id"] != stamps[role]
    (number,) = own_numbers(listed(world, Role.STAFF))
    assert world.client(Role.STAFF).patch(f"/followups/{number}", json={"move": "done"}).status_code == 200
    for role in roles:
        assert own_numbers(listed(world, role)) == []
        assert world.client(role).get("/generation").json["id"] == stamps[role]


def test_staff_are_offered_no_colleague_to_give_work_to(world: World) -> None:
    assert listed(world, Role.STAFF)["form"]["owners"] == []
    team = world.sources.table("staff")
    offered = {one["value"] for one in listed(world, Role.SUPPORT_LEAD)["form"]["owners"]}
    assert world.staff_id in offered
    assert offered.isdisjoint(team.staff_id[team.team != world.team])


def test_the_download_holds_the_whole_list(world: World) -> None:
    kept_for(world, world.staff_id or "")
    rows = csv_rows(world.client(Role.ADMIN).get(f"/export/{PAGE.name}/work_list.csv"))
    assert f"{len(rows) - 1:,}" == listed(world, Role.ADMIN)["words"].split(" of ")[1]
    assert any("Secret task" in row for row in rows)


def test_a_target_shows_at_the_next_question_and_open_pages_are_told(world: World) -> None:
    def card() -> dict[str, Any]:
        return dict(world.payloads(world.client(Role.ADMIN), PAGE, "?period=12m")["tiles"]["kpi_csat"]["content"])

    stamp = world.client(Role.ADMIN).get("/generation").json["id"]
    assert "target" not in card()
    now = world.site.clock()
    for value, level in ((0.0, "good"), (1.0, "bad")):
        kept_targets.keep(world.services.appdb, new_target("csat_rate", value), "ada", now)
        assert card()["state"]["level"] == level
        assert card()["target"].startswith("Target ≥")
        assert world.client(Role.ADMIN).get("/generation").json["id"] != stamp
    kept_targets.remove(world.services.appdb, "csat_rate", None)
    assert "target" not in card()
    assert world.client(Role.ADMIN).get("/generation").json["id"] == stamp


def test_the_targets_of_the_settings_hold_from_the_start(world: World) -> None:
    card = world.payloads(world.client(Role.ADMIN), PAGE, "?period=12m")["tiles"]["kpi_on_time"]["content"]
    assert card["target"] == "Target ≥ 90.0\u00a0%"
    assert card["state"]["level"] in ("good", "watch", "bad")


def test_cards_lead_where_the_role_may_go(world: World) -> None:
    def ways(role: Role, path: str) -> dict[str, str]:
        answer = world.call(world.client(role), "..content.children...shown-page.data..", url=path)
        found: dict[str, str] = {}

        def look(node: Any) -> None:
            if isinstance(node, dict):
                if "data-tile" in node:
                    about = json.loads(node["data-tile"])
                    found[about["name"]] = about["leads"]
                for inner in node.values():
                    look(inner)
            elif isinstance(node, list):
                for inner in node:
                    look(inner)

        look(answer.json["response"]["content"]["children"])
        return found

    executive = ways(Role.EXECUTIVE, "/")
    assert executive["kpi_overdue"] == "/staff#tile-work_list"
    assert executive["kpi_aum"] == "/#tile-aum_trend"
    assert executive["aum_trend"] == ""
    assert ways(Role.STAFF, "/staff")["kpi_overdue"] == "/#tile-work_list"


def test_the_day_that_the_form_begins_with_is_the_datas(world: World) -> None:
    form = listed(world, Role.STAFF)["form"]
    assert date.fromisoformat(form["first"]) == world.services.desk.warehouse.current().as_of
