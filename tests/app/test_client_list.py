"""The list of clients as it leaves the server: whole in a download, a page on the screen, contact data by role."""

from data_layer.access import Role
from data_layer.analyses.client_list import PAGE_ROWS
from layouts.registry import BY_NAME
from tests.app.loaded import World, column, csv_rows

PAGE = BY_NAME["clients"]
ADDRESS = "/export/clients/clients.csv?period=all"


def test_the_csv_of_the_list_holds_all_that_is_found_not_the_page_in_sight(world: World) -> None:
    client = world.client(Role.ADMIN)
    rows = csv_rows(client.get(f"{ADDRESS}&list=clients~page~2"))
    shown = world.payloads(client, PAGE, "?period=all&list=clients~page~2")["tiles"]["clients"]
    assert shown["content"]["words"].endswith(f" of {len(rows) - 1:,}")
    assert len(shown["content"]["rows"]) == PAGE_ROWS < len(rows) - 1
    name = rows[1][rows[0].index("Client")]
    found = csv_rows(client.get(f"{ADDRESS}&list=clients~find~{name.lower()}"))
    assert column(found, "Client") == {name}


def test_contact_data_in_the_list_are_for_those_who_may_see_them(world: World) -> None:
    known = world.sources.contact_data()
    rows = csv_rows(world.client(Role.ADMIN).get(ADDRESS))
    assert len(column(rows, "Email") & known) > 50
    for role in (Role.MARKETER, Role.EXECUTIVE):
        assert not {"Email", "Phone"} & set(csv_rows(world.client(role).get(ADDRESS))[0])
        mail = next(iter(sorted(column(rows, "Email") - {""})))
        shown = world.payloads(world.client(role), PAGE, f"?period=all&list=clients~find~{mail}")["tiles"]["clients"]
        assert shown["content"]["rows"] == []
        assert "e-mail" not in shown["content"]["hint"]
