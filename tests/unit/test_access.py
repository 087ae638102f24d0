"""Roles, row scopes and masking."""

import pytest

from data_layer.access import Role, RowScope, Viewer


@pytest.mark.parametrize(
    ("role", "masked"),
    [
        (Role.EXECUTIVE, True),
        (Role.SALES_MANAGER, False),
        (Role.SUPPORT_LEAD, False),
        (Role.MARKETER, True),
        (Role.STAFF, False),
        (Role.ADMIN, False),
        (Role.WALL, True),
    ],
)
def test_contact_data_is_masked_by_role(role: Role, masked: bool) -> None:
    assert Viewer("x", role).masked is masked


def test_every_role_has_its_masking_tested() -> None:
    marks = test_contact_data_is_masked_by_role.pytestmark
    assert {case[0] for case in marks[0].args[1]} == set(Role)


def test_staff_sees_own_rows_only() -> None:
    scope = Viewer("x", Role.STAFF, staff_id="7", team="north").scope
    assert scope == RowScope("own", staff_id="7")
    assert not scope.is_empty


@pytest.mark.parametrize("staff_id", [None, ""])
def test_staff_tied_to_nobody_sees_nothing(staff_id: str | None) -> None:
    assert Viewer("x", Role.STAFF, staff_id=staff_id).scope.is_empty


@pytest.mark.parametrize("role", [Role.SALES_MANAGER, Role.SUPPORT_LEAD])
def test_leads_see_their_team_where_one_is_set(role: Role) -> None:
    assert Viewer("x", role, staff_id="7", team="north").scope == RowScope("team", team="north")
    assert Viewer("x", role).scope == RowScope("all")


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.MARKETER, Role.ADMIN, Role.WALL])
def test_a_team_does_not_bind_the_others(role: Role) -> None:
    assert Viewer("x", role, team="north").scope == RowScope("all")


def test_those_who_see_the_same_share_a_cache_key() -> None:
    lead, manager = Viewer("a", Role.SUPPORT_LEAD, team="n"), Viewer("b", Role.SALES_MANAGER, "7", "n")
    assert lead.cache_key() == manager.cache_key()


def test_those_who_see_something_else_never_share_one() -> None:
    viewers = [
        Viewer("x", Role.ADMIN),
        Viewer("x", Role.EXECUTIVE),
        Viewer("x", Role.STAFF),
        Viewer("x", Role.STAFF, staff_id="null"),
        Viewer("x", Role.STAFF, staff_id='7", "n'),
        Viewer("x", Role.STAFF, staff_id="7"),
        Viewer("x", Role.SUPPORT_LEAD, team="7"),
        Viewer("x", Role.SUPPORT_LEAD, team="n"),
    ]
    assert len({viewer.cache_key() for viewer in viewers}) == len(viewers)
