"""Saved views over the wire: the present link under a name, private or for a role."""

import itertools
from typing import Any

import pytest
from flask.testing import FlaskClient

from data_layer.access import Role
from data_layer.appdb import audit
from layouts.registry import PAGES, home_of, page_at, pages_of
from tests.app.loaded import World

PEOPLE = tuple(role for role in Role if role is not Role.WALL)
BY_ROLE = pytest.mark.parametrize("role", PEOPLE, ids=lambda role: role.value)
SEARCH = "?segment=Retail&period=90d&records=kpi_aum"
numbers = itertools.count()


def save(client: FlaskClient, **more: Any) -> dict[str, Any]:
    sent = {"name": f"View {next(numbers)}", "path": "/", "search": SEARCH, "roles": [], **more}
    answer = client.post("/views", json=sent)
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json
    return saved


def listed(client: FlaskClient, path: str = "/") -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in client.get(f"/views?path={path}").json["views"]}


@BY_ROLE
def test_every_role_keeps_views_of_its_pages(world: World, role: Role) -> None:
    """What lay open over the page is no part of it."""
    client = world.client(role)
    for page in pages_of(role):
        if page.subject is not None:
            continue
        saved = save(client, path=page.path)
        assert (saved["page"], saved["path"], saved["search"]) == (page.title, page.path, "?segment=Retail&period=90d")
        assert listed(client)[saved["id"]] == saved
        assert client.delete(f"/views/{saved['id']}").json == {"id": saved["id"]}
        assert saved["id"] not in listed(client)


@BY_ROLE
def test_the_home_of_a_role_is_kept_as_the_page_it_is(world: World, role: Role) -> None:
    """Shared, "/" would be another page for each role."""
    home = home_of(role)
    assert home is not None
    assert save(world.client(role), path="/")["path"] == home.path


@BY_ROLE
def test_no_view_of_a_page_that_the_role_has_not(world: World, role: Role) -> None:
    client = world.client(role)
    for page in PAGES:
        if role not in page.roles and page_at(page.path, role) is None:
            assert "no page" in save(client, path=page.path)["problem"]
    assert "no page" in save(client, path="/nowhere")["problem"]


@BY_ROLE
def test_a_shared_view_is_opened_by_its_role_and_changed_by_its_owner(world: World, role: Role) -> None:
    page = next(page for page in PAGES if Role.EXECUTIVE in page.roles and Role.MARKETER in page.roles)
    owner, client = world.client(Role.MARKETER), world.client(role)
    saved = save(owner, path=page.path, roles=["executive"])
    may_open = role in (Role.MARKETER, Role.EXECUTIVE, Role.ADMIN)
    may_change = role in (Role.MARKETER, Role.ADMIN)
    assert (saved["id"] in listed(client)) == may_open
    expected = 200 if may_change else 403 if may_open else 404
    name = f"Renamed {next(numbers)}"
    assert client.patch(f"/views/{saved['id']}", json={"name": name}).status_code == expected
    assert listed(owner)[saved["id"]]["name"] == (name if may_change else saved["name"])
    assert client.patch(f"/views/{saved['id']}", json={"roles": []}).status_code == expected
    assert client.delete(f"/views/{saved['id']}").status_code == expected


@BY_ROLE
def test_a_private_view_is_its_owners_alone(world: World, role: Role) -> None:
    """Administrators may look after it where they know its number; their list is not full of others' views."""
    saved = save(world.client(Role.SALES_MANAGER))
    client = world.client(role)
    mine = role in (Role.SALES_MANAGER, Role.ADMIN)
    assert (saved["id"] in listed(client)) == (role is Role.SALES_MANAGER)
    for method, body in (("PATCH", {"name": f"No. {next(numbers)}"}), ("PATCH", {"roles": []}), ("DELETE", None)):
        assert client.open(f"/views/{saved['id']}", method=method, json=body).status_code == (200 if mine else 404)


def test_a_view_is_shared_with_roles_that_have_its_page(world: World) -> None:
    page = next(page for page in PAGES if Role.ADMIN in page.roles and Role.STAFF not in page.roles)
    client = world.client(Role.ADMIN)
    for roles in (["staff"], ["executive", "admin"], ["wall"]):
        assert "problem" in save(client, path=page.path, roles=roles), roles
    sharable = client.get(f"/views?path={page.path}").json["sharable"]
    assert sharable == [role.value for role in PEOPLE if role in page.roles]
    assert client.get("/views?path=/nowhere").json["sharable"] == []


def test_nobody_and_no_screen_gets_any(world: World) -> None:
    for method, path in (("GET", "/views"), ("POST", "/views"), ("PATCH", "/views/1"), ("DELETE", "/views/1")):
        assert world.site.browser().open(path, method=method, json={}).status_code == 401
        assert world.client(Role.WALL).open(path, method=method, json={}).status_code == 403


def test_another_site_can_save_nothing(world: World) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    client = world.client(Role.MARKETER)
    assert client.post("/views", json={"name": "x", "path": "/"}, headers=headers).status_code == 403


def test_a_name_is_taken_once_and_every_change_is_noted(world: World) -> None:
    client = world.client(Role.SUPPORT_LEAD)
    saved = save(client, name="Monday")
    assert "already" in save(client, name="monday ")["problem"]
    client.patch(f"/views/{saved['id']}", json={"name": "Tuesday"})
    client.delete(f"/views/{saved['id']}")
    lines = audit.latest(world.services.appdb, 3)[::-1]
    assert [(line.login, line.action, line.detail["name"]) for line in lines] == [
        ("support_lead", "view_saved", "Monday"),
        ("support_lead", "view_changed", "Tuesday"),
        ("support_lead", "view_deleted", "Tuesday"),
    ]


def test_a_link_keeps_what_it_holds_and_never_another_host(world: World) -> None:
    client = world.client(Role.ADMIN)
    saved = save(client, search="?pick=a~state~NY&segment=R%26D&next=https%3A%2F%2Felsewhere.example")
    assert saved["search"].startswith("?pick=a~state~NY&segment=R%26D")
    for path in ("//elsewhere.example", "https://elsewhere.example/", "/..//elsewhere", "javascript:alert(1)"):
        assert "problem" in save(client, path=path), path
