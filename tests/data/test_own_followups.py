"""Follow-ups that people add: how they are kept, on both engines of the application database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from data_layer.access import Role, Viewer
from data_layer.appdb import audit
from data_layer.appdb import followups as kept
from data_layer.appdb.engine import open_database
from data_layer.appdb.followups import NewFollowup, Status
from data_layer.appdb.migrate import migrate
from data_layer.appdb.naming import Gone, NotYours, SavedError
from data_layer.followups import Followups
from data_layer.warehouse.engine import Generation
from tests.star import star

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
NEW = NewFollowup("C1", "S1", "Call back", DAY)
ANN, BEN = (Viewer(login, Role.STAFF, staff_id=f"S{place}") for place, login in enumerate(("ann", "ben"), start=1))
LEAD, OTHER_LEAD = (Viewer("lead", Role.SUPPORT_LEAD, team=team) for team in ("North", "South"))
READERS = (Viewer("boss", Role.EXECUTIVE), Viewer("max", Role.MARKETER), Viewer("new", Role.STAFF))


@pytest.fixture
def engine(appdb_url: str) -> Iterator[Engine]:
    opened = open_database(appdb_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def site(engine: Engine) -> Followups:
    return Followups(engine, lambda: NOW)


@pytest.fixture(scope="module")
def data() -> Generation:
    """Ann of the North owns C1, Ben of the South owns C2."""
    staff = [{"staff_id": "S1", "team": "North"}, {"staff_id": "S2", "team": "South"}]
    clients = [{"customer_id": "C1", "owner_key": 1}, {"customer_id": "C2", "owner_key": 2}]
    return star({"dim_staff": staff, "dim_customer": clients}, date(2026, 11, 21))


def test_one_is_added_settled_and_opened_again(site: Followups, engine: Engine, data: Generation) -> None:
    added = site.add(NEW, ANN, data)
    assert site.still_open(ANN) == (added,)
    before = site.stamp(ANN)
    for move, then in (("done", ()), ("reopen_done", (added,)), ("cancel", ()), ("reopen_cancel", (added,))):
        site.move(added.id, move, ANN, data)
        assert site.still_open(ANN) == then
        assert (site.stamp(ANN) == before) == bool(then)
    lines = [(one.login, one.action, one.detail["followup"]) for one in reversed(audit.latest(engine))]
    moves = ("added", "completed", "open", "cancelled", "open")
    assert lines == [("ann", f"followup_{move}", added.id) for move in moves]


def test_what_somebody_else_settled_meanwhile_is_not_settled_again(site: Followups, data: Generation) -> None:
    added = site.add(NEW, ANN, data)
    site.move(added.id, "done", LEAD, data)
    with pytest.raises(SavedError, match="meanwhile"):
        site.move(added.id, "cancel", ANN, data)
    with pytest.raises(SavedError, match="completed, cancelled or opened"):
        site.move(added.id, "delete", ANN, data)


@pytest.mark.parametrize("viewer", [BEN, OTHER_LEAD, *READERS], ids=lambda viewer: viewer.login)
def test_a_colleagues_is_not_there(viewer: Viewer, site: Followups, engine: Engine, data: Generation) -> None:
    added = site.add(NEW, ANN, data)
    with pytest.raises((Gone, NotYours)):
        site.move(added.id, "done", viewer, data)
    assert kept.get(engine, added.id) == added
    assert added.status is Status.OPEN


@pytest.mark.parametrize(
    ("viewer", "client", "owner"),
    [(ANN, "C2", "S1"), (ANN, "C1", "S2"), (ANN, "nobody", "S1"), (LEAD, "C2", "S1"), (LEAD, "C1", "S2"), (LEAD, "C1", "x"),
     *((one, "C1", "S1") for one in READERS)],
)  # fmt: skip
def test_nobody_adds_for_clients_or_people_that_are_not_theirs(
    viewer: Viewer, client: str, owner: str, site: Followups, data: Generation
) -> None:
    with pytest.raises((Gone, NotYours)):
        site.add(replace(NEW, customer_id=client, staff_id=owner), viewer, data)
    assert site.still_open(Viewer("ada", Role.ADMIN)) == ()


def test_a_lead_gives_work_to_the_team_and_an_administrator_to_all(site: Followups, data: Generation) -> None:
    site.add(NEW, LEAD, data)
    site.add(replace(NEW, customer_id="C2", staff_id="S2"), Viewer("ada", Role.ADMIN), data)
    assert [len(site.still_open(one)) for one in (ANN, BEN, READERS[2])] == [1, 1, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": "  "}, "what is to be done"),
        ({"action": "x" * 201}, "at most 200"),
        ({"priority": "Soon"}, "priority is one of"),
        ({"due_date": date(2026, 11, 20)}, "day is over"),
        ({"due_date": date(2099, 1, 1)}, "too far away"),
    ],
)
def test_what_makes_no_sense_is_said(change: dict[str, str], message: str, site: Followups, data: Generation) -> None:
    with pytest.raises(SavedError, match=message):
        site.add(replace(NEW, **change), ANN, data)


def test_one_can_have_too_many(site: Followups, data: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_OPEN_OF_ONE", 1)
    site.add(NEW, ANN, data)
    with pytest.raises(SavedError, match="open ones already"):
        site.add(NEW, ANN, data)


def test_without_a_database_there_are_none(data: Generation) -> None:
    assert (Followups().still_open(ANN), Followups().stamp(ANN), Followups().may_write(ANN)) == ((), "", False)
    with pytest.raises(NotYours):
        Followups().add(NEW, ANN, data)
