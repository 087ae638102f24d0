"""Rows and contact data reach only those who may see them, whatever the link asks for."""

import itertools
import json
from collections.abc import Iterator

import pytest

from data_layer.access import MASKED_ROLES, Role
from layouts.page import Page
from layouts.registry import PAGES, pages_of
from layouts.tile import Tile
from tests.app.loaded import World, column, csv_rows, every_tile, workbook_texts
from tests.app.test_matrix import pages_named, rows_at

PEOPLE = tuple(role for role in Role if role is not Role.WALL)
MASKED = tuple(role for role in PEOPLE if role in MASKED_ROLES)
BOUND = (Role.STAFF, Role.SALES_MANAGER)
EVER = "period=all"
WHO = ("Staff member", "Advisor")
NOBODY = {"Unknown"}  # of events that are nobody's work


def recorded(role: Role) -> Iterator[tuple[Page, Tile]]:
    """The role's tiles that have records."""
    return ((page, tile) for page, tile in every_tile(pages_of(role)) if tile.records)


def records(world: World, role: Role, page: Page, tile: Tile, search: str = EVER) -> list[list[str]]:
    return csv_rows(world.client(role).get(world.export(page, tile, "records", search)))


def texts_of(world: World, role: Role, search: str = EVER) -> Iterator[tuple[str, str]]:
    """All that a role is sent: payloads, filter values, the page as a workbook, panels, rows, and both downloads of every tile."""
    client = world.client(role)
    for page in pages_of(role):
        yield page.name, json.dumps(world.payloads(client, page, f"?{search}"))
        for output in world.app.callback_map:
            if page in pages_named(output) and ".options" in output:
                yield output[:40], world.call(client, output).text
        if page.tiles:
            yield f"{page.name} workbook", " ".join(workbook_texts(client.get(world.workbook(page, search))))
    for page, tile in every_tile(pages_of(role)):
        yield tile.name, client.get(world.export(page, tile, "figures", search)).text
    for page, tile in recorded(role):
        yield f"{tile.name} records", client.get(world.export(page, tile, "records", search)).text
        asked = f"?{search}&records={tile.name}"
        panel = world.call(client, "drill.children", url_search=asked, url_pathname=world.path(page)).text
        assert "CSV of all rows" in panel
        yield f"{tile.name} panel", panel
        yield f"{tile.name} rows", json.dumps(rows_at(world, client, world.path(page), asked))


@pytest.mark.parametrize("role", MASKED, ids=lambda role: role.value)
def test_masked_viewers_are_sent_no_contact_data(world: World, role: Role) -> None:
    secrets = world.sources.contact_data()
    digits = {secret[-9:] for secret in secrets if secret.startswith("+")}
    for where, text in texts_of(world, role):
        found = [secret for secret in secrets | digits if secret in text]
        assert found == [], where
    for page, tile in recorded(role):
        assert not {"E-mail", "Phone"} & set(records(world, role, page, tile)[0]), tile.name


def test_others_are_sent_contact_data(world: World) -> None:
    """Else the test above would find nothing in any case."""
    page, tile = next((p, t) for p, t in recorded(Role.ADMIN) if t.records == "total_clients")
    rows = records(world, Role.ADMIN, page, tile)
    known = world.sources.contact_data()
    assert len(column(rows, "E-mail") & known) > 50
    assert len({phone.lstrip("'") for phone in column(rows, "Phone")} & known) > 50


def allowed(world: World, role: Role) -> tuple[set[str], set[str]]:
    """The members of staff within the role's scope, and the clients that are theirs, from the sources."""
    people = {world.staff_id}
    if role is not Role.STAFF:
        staff = world.sources.table("staff")
        agents = world.sources.table("agents")
        people = set(staff.staff_id[staff.team == world.team]) | set(agents.agent_id[agents.team == world.team])
    clients = set().union(*(world.sources.clients_of(one) for one in people))
    return people, clients


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_records_are_those_of_the_scope(world: World, role: Role) -> None:
    people, clients = allowed(world, role)
    names = {world.sources.staff()[one] for one in people}
    assert len(clients) < len(world.sources.table("customers"))
    seen = 0
    for page, tile in recorded(role):
        rows = records(world, role, page, tile)
        assert column(rows, "Client no.") <= clients, tile.name
        for heading in set(WHO) & set(rows[0]):
            assert column(rows, heading) - NOBODY <= names, tile.name
        seen += len(rows) - 1
    assert seen > 100


def test_staff_see_all_of_their_own_interactions(world: World) -> None:
    """The scope takes nothing away either: as many as the three files say."""
    own = sum(
        int((world.sources.table(name)[who] == world.staff_id).sum())
        for name, who in (("interactions", "staff_id"), ("service_interactions", "agent_id"), ("conversations", "agent_id"))
    )  # fmt: skip
    page, tile = next((p, t) for p, t in recorded(Role.STAFF) if t.records == "interactions" and t.view == "kpi")
    assert len(records(world, Role.STAFF, page, tile)) - 1 == own > 0


def test_staff_read_no_name_of_a_colleague(world: World) -> None:
    names = {name for one, name in world.sources.staff().items() if one != world.staff_id}
    for where, text in texts_of(world, Role.STAFF):
        if not where.endswith(("records", "rows")):
            assert [name for name in names if name in text] == [], where


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_filters_offer_no_member_of_staff_outside_the_scope(world: World, role: Role) -> None:
    people, _ = allowed(world, role)
    others = set(world.sources.staff()) - people
    for output in world.app.callback_map:
        if ".options" not in output or role not in pages_named(output)[0].roles:
            continue
        for name, control in world.call(world.client(role), output).json["response"].items():
            if name.endswith(("-staff", "-owner")):
                values = {option["value"] for option in control["options"]}
                is_fixed = role is Role.STAFF and name.endswith("-staff")  # there is nobody else to choose
                assert bool(values & people) != is_fixed
                assert values & others == set()


def strangers(world: World, role: Role) -> tuple[str, str]:
    """A member of staff outside the role's scope, and a client that nobody within it knows."""
    people, clients = allowed(world, role)
    colleague = next(
        one for one in world.sources.table("interactions").staff_id.value_counts().index if one not in people
    )
    busy = world.sources.table("interactions").client_id.value_counts().index
    return colleague, next(one for one in busy if one not in clients)


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
@pytest.mark.parametrize(
    "form", ["customer={}", "pick=elsewhere~customer~{}", "customer={}&pick=elsewhere~customer~{}"]
)
def test_a_foreign_client_in_the_link_shows_no_row(world: World, role: Role, form: str) -> None:
    _, client = strangers(world, role)
    search = f"{EVER}&{form.replace('{}', client)}"
    for page, tile in recorded(role):
        if page.subject:
            continue  # its own test: tests/app/test_subjects.py
        assert len(records(world, role, page, tile, search)) == 1, tile.name
        assert rows_at(world, world.client(role), page.path, f"?{search}&records={tile.name}") == []
    page, tile = next((p, t) for p, t in recorded(Role.ADMIN) if t.records == "interactions")
    assert len(records(world, Role.ADMIN, page, tile, search)) > 1


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
@pytest.mark.parametrize("form", ["staff={}", "pick=elsewhere~staff~{}", "owner={}", "pick=elsewhere~owner~{}"])
def test_a_colleague_in_the_link_shows_no_row_of_theirs(world: World, role: Role, form: str) -> None:
    colleague, _ = strangers(world, role)
    people, clients = allowed(world, role)
    names = {world.sources.staff()[one] for one in people}
    search = f"{EVER}&{form.replace('{}', colleague)}"
    for page, tile in recorded(role):
        rows = records(world, role, page, tile, search)
        assert column(rows, "Client no.") <= clients, tile.name
        for heading in set(WHO) & set(rows[0]):
            assert column(rows, heading) - NOBODY <= names, tile.name


@pytest.mark.parametrize("role", BOUND, ids=lambda role: role.value)
def test_chips_tell_no_name_that_the_viewer_may_not_see(world: World, role: Role) -> None:
    colleague, client = strangers(world, role)
    customers = world.sources.table("customers").set_index("customer_id")
    name = f"{customers.first_name[client]} {customers.last_name[client]}"
    search = f"?customer={client}&staff={colleague}&owner={colleague}&pick=elsewhere~customer~{client}"
    for page in pages_of(role):
        values = [chip["value"] for chip in world.payloads(world.client(role), page, search)["chips"]]
        assert set(values) == {client, colleague}, page.name
    page = pages_of(Role.ADMIN)[0]
    values = [chip["value"] for chip in world.payloads(world.client(Role.ADMIN), page, search)["chips"]]
    assert set(values) == {name, world.sources.staff()[colleague]}


def test_a_staff_account_tied_to_nobody_sees_no_row(world: World) -> None:
    world.site.add("nobody", Role.STAFF)
    client = world.site.logged_in("nobody")
    for page, tile in recorded(Role.STAFF):
        answer = client.get(world.export(page, tile, "records", EVER))
        assert answer.status_code == 404 if page.subject else len(csv_rows(answer)) == 1, tile.name


@pytest.mark.parametrize("order", list(itertools.permutations((Role.STAFF, Role.ADMIN))), ids=lambda o: f"{o[0]}-first")
def test_the_same_question_has_another_answer_in_another_scope(world: World, order: tuple[Role, Role]) -> None:
    """Whoever asks first: the cache keeps the scopes apart."""
    page = next(page for page in PAGES if set(order) <= page.roles)
    tile = next(tile for tile in page.tiles if tile.view == "kpi" and tile.records == "interactions")
    search = f"?{EVER}&compare={'none' if order[0] is Role.STAFF else 'year'}"
    shown = {}
    for role in order:
        data = world.payloads(world.client(role), page, search)["tiles"][tile.name]
        shown[role] = data["content"]["exact"]
        count = len(records(world, role, page, tile, search.removeprefix("?"))) - 1
        assert shown[role].startswith(f"{count:,}"), role
    assert shown[Role.STAFF] != shown[Role.ADMIN]
