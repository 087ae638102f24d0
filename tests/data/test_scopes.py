"""Whose rows a viewer's numbers rest on: own work and own clients, the team's, nobody's; against the oracle."""

from dataclasses import replace

import pytest

from data_layer.semantics.metrics import METRICS
from data_layer.warehouse.engine import Generation
from tests.data.asking import check, question, site
from tests.data.oracle.ask import Question, reaches
from tests.data.oracle.demo import STRANGER
from tests.data.oracle.measures import MEASURES
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


@pytest.mark.parametrize("scope", SCOPES, ids=" ".join)
@pytest.mark.parametrize("metric", METRICS)
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
    """Split by who did it there is one group, oneself; split by client only clients owned or served."""
    mine = ("own", "A001")
    if reaches(world, metric, "staff"):
        found = site(replace(question(metric, WHOLE, ("staff",)), scope=mine), data)
        nobodys = {"Unknown"} if "is_work" in world.fact(MEASURES[metric].fact) else set()
        assert {who for (who,), (_, n) in found.items() if n} <= {"A001"} | nobodys
        return
    met = world.fact("contact")
    served = set(met.loc[met["staff"] == "A001", "customer"])
    owned = set(world.clients.index[world.clients["owner"] == "A001"])
    seen = {
        who for (who,), (_, n) in site(replace(question(metric, WHOLE, ("customer",)), scope=mine), data).items() if n
    }
    assert seen <= (served | owned) - {"Unknown"}


def test_orphans_that_one_has_served_are_nobodys_clients(world: World, data: Generation) -> None:
    """Two unknown clients are not one person: who served the first must not see the second's money."""
    met = world.fact("contact")
    assert "Unknown" in set(met.loc[met["staff"] == "S001", "customer"])
    found = site(replace(question("contributions", WHOLE, ("customer",)), scope=("own", "S001")), data)
    assert ("Unknown",) not in found
    everyone = site(question("contributions", WHOLE, ("customer",)), data)
    assert everyone[("Unknown",)][0] > 0
