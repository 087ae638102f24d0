"""Whose rows a viewer's numbers rest on: own work and own clients, the team's, nobody's; against the oracle."""

from dataclasses import replace

import pytest

from data_layer.access import Role, Viewer
from data_layer.semantics.members import exists
from data_layer.semantics.metrics import METRICS
from data_layer.warehouse.engine import Generation
from tests.data.asking import check, on_engines, question, site
from tests.data.oracle.ask import Question, clients_of, reaches
from tests.data.oracle.demo import EXTRA_CLIENT, ORPHAN, STRANGER
from tests.data.oracle.measures import MEASURES
from tests.data.oracle.people import UNKNOWN
from tests.data.oracle.world import World
from tests.data.test_metrics import SPRING, WHOLE

# An advisor with clients, an agent who only serves, a seller, one whom no staff list knows, two teams, a team of nobody.
SCOPES = (
    ("own", "A001"), ("own", "S001"), ("own", "T002"), ("own", STRANGER), ("own", "nobody at all"),
    ("team", "Support North"), ("team", "Advisory East"), ("team", "No such team"),
)  # fmt: skip


def _asked(world: World, metric: str) -> list[Question]:
    by = next((name for name in ("staff", "owner") if reaches(world, metric, name)), "month")
    product = (("product_category", ("Equity",)),)
    return [question(metric, SPRING, (by,)), question(metric, WHOLE), question(metric, SPRING, (), product)]


@pytest.mark.parametrize(("data", "metric", "scope"), on_engines(list(METRICS), SCOPES), indirect=["data"])
def test_metric_for_a_viewer_who_may_not_see_all(
    metric: str, scope: tuple[str, str], world: World, data: Generation
) -> None:
    check(world, data, [replace(asked, scope=scope) for asked in _asked(world, metric)])


@pytest.mark.parametrize("metric", METRICS)
def test_staff_whom_nobody_tied_to_the_data_see_no_row(metric: str, data: Generation) -> None:
    asked = replace(question(metric, WHOLE), scope=("own", ""))
    (value, n), *_ = site(asked, data).values()
    assert n == 0
    assert value == 0 or value != value


@pytest.mark.parametrize("metric", [name for name in METRICS if name != "active_campaigns"])
def test_all_that_staff_see_is_theirs(metric: str, world: World, data: Generation) -> None:
    """Split by who did it there is one group, oneself; split by client only one's own clients."""
    mine = ("own", "A001")
    if reaches(world, metric, "staff"):
        found = site(replace(question(metric, WHOLE, ("staff",)), scope=mine), data)
        nobodys = {"Unknown"} if "is_work" in world.fact(MEASURES[metric].fact) else set()
        assert {who for (who,), (_, n) in found.items() if n} <= {"A001"} | nobodys
        return
    seen = {
        who for (who,), (_, n) in site(replace(question(metric, WHOLE, ("customer",)), scope=mine), data).items() if n
    }
    assert seen <= clients_of(world, lambda staff: staff == "A001")


def test_who_sold_or_sells_something_to_a_client_reaches_the_client(world: World, data: Generation) -> None:
    """The owner of an opportunity, and the advisor of a product given up since: neither owns nor has served the client."""
    met, deals = world.fact("contact"), world.table("opportunities")
    served = set(met.loc[met["staff"] == "T002", "customer"])
    owned = set(world.clients.index[world.clients["owner"] == "T002"])
    sold_to = set(deals.loc[deals["owner_id"] == "T002", "customer_id"]) - served - owned - {ORPHAN}
    seller, stranger = (Viewer("staff", Role.STAFF, staff_id=who) for who in ("T002", STRANGER))
    assert len(sold_to) > 5
    assert all(exists("customer", who, seller, data) for who in sold_to)
    assert world.clients["owner"][EXTRA_CLIENT] != STRANGER
    assert exists("customer", EXTRA_CLIENT, stranger, data)
    assert not exists("customer", "C0000003", stranger, data)
    assert not exists("customer", UNKNOWN, seller, data)


def test_orphans_that_one_has_served_are_nobodys_clients(world: World, data: Generation) -> None:
    """Two unknown clients are not one person: who served the first must not see the second's money."""
    met = world.fact("contact")
    assert "Unknown" in set(met.loc[met["staff"] == "S001", "customer"])
    found = site(replace(question("contributions", WHOLE, ("customer",)), scope=("own", "S001")), data)
    assert ("Unknown",) not in found
    everyone = site(question("contributions", WHOLE, ("customer",)), data)
    assert everyone[("Unknown",)][0] > 0
