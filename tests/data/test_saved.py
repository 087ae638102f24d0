"""Saved segments and views in the application database, on both of its engines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from data_layer.access import Role, Viewer
from data_layer.appdb import segments, views
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import migrate
from data_layer.appdb.naming import LONGEST_NAME, MOST_OF_ONE_OWNER, Gone, SavedError
from data_layer.segments import HIGH_INTENT, Segments
from data_layer.semantics.rules import Rule

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
RULE = Rule((("segment", ("Retail",)),)).to_text()
ADA, BOB = Viewer("ada", Role.MARKETER), Viewer("bob", Role.MARKETER)
ADMIN = Viewer("root", Role.ADMIN)


@pytest.fixture
def engine(appdb_url: str) -> Iterator[Engine]:
    made = open_database(appdb_url)
    migrate(made)
    yield made
    made.dispose()


@dataclass(frozen=True)
class Kind:
    """Segments or views, behind one face."""

    add: Callable[..., str]
    rename: Callable[[Engine, str, str], None]
    names: Callable[[Engine], list[str]]


def add_segment(engine: Engine, owner: str, name: str) -> str:
    return segments.add(engine, owner, name, [], RULE, NOW).id


def add_view(engine: Engine, owner: str, name: str) -> str:
    return views.add(engine, owner, name, "/", "segment=Retail", None, NOW).id


KINDS = {
    "segments": Kind(
        add_segment,
        lambda engine, id, name: segments.change(engine, id, NOW, name),
        lambda engine: [one.name for one in segments.everyones(engine)],
    ),
    "views": Kind(
        add_view, views.rename, lambda engine: [one.name for who in (ADA, BOB) for one in views.offered(engine, who)]
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def test_a_name_is_its_owners_only_one(kind: Kind, engine: Engine) -> None:
    kind.add(engine, "ada", "  Big\n savers ")
    assert kind.names(engine) == ["Big savers"]
    for again in ("Big savers", "BIG  SAVERS"):
        with pytest.raises(SavedError, match="choose another name"):
            kind.add(engine, "ada", again)
    kind.add(engine, "bob", "Big savers")
    assert kind.names(engine) == ["Big savers"] * 2


def test_a_name_may_change_its_letters_but_not_take_anothers(kind: Kind, engine: Engine) -> None:
    first = kind.add(engine, "ada", "One")
    kind.add(engine, "ada", "Two")
    kind.rename(engine, first, "ONE")
    with pytest.raises(SavedError, match="already"):
        kind.rename(engine, first, "two")
    assert sorted(kind.names(engine)) == ["ONE", "Two"]


@pytest.mark.parametrize("name", ["", " \t\n", "x" * (LONGEST_NAME + 1)])
def test_a_name_is_neither_empty_nor_long(kind: Kind, engine: Engine, name: str) -> None:
    with pytest.raises(SavedError, match="name"):
        kind.add(engine, "ada", name)
    assert kind.names(engine) == []


def test_nobody_has_more_than_a_list_can_show(kind: Kind, engine: Engine) -> None:
    for number in range(MOST_OF_ONE_OWNER):
        kind.add(engine, "ada", f"No. {number}")
    with pytest.raises(SavedError, match="delete one"):
        kind.add(engine, "ada", "one more")
    kind.add(engine, "bob", "one more")


def test_sharing_is_with_roles_and_can_be_taken_back(engine: Engine) -> None:
    kept = segments.add(engine, "ada", "One", [Role.STAFF, Role.MARKETER, Role.STAFF, Role.WALL], RULE, NOW)
    assert segments.get(engine, kept.id) == kept
    assert kept.roles == {Role.STAFF, Role.MARKETER}
    assert kept.may_be_used_by(BOB)
    assert not kept.may_be_changed_by(BOB)
    segments.change(engine, kept.id, NOW, roles=[])
    private = segments.get(engine, kept.id)
    assert private is not None
    assert (private.name, private.roles) == ("One", frozenset())
    assert [private.may_be_used_by(who) for who in (ADA, BOB, ADMIN)] == [True, False, True]
    assert [private.may_be_changed_by(who) for who in (ADA, BOB, ADMIN)] == [True, False, True]


def test_views_are_for_their_owner_or_one_role(engine: Engine) -> None:
    number = views.add(engine, "ada", "One", "/today", "segment=Retail&pick=a~state~NY", None, NOW).id
    seen = [views.find(engine, number, who) is not None for who in (ADA, BOB, ADMIN)]
    assert seen == [True, False, True]
    assert [len(views.offered(engine, who)) for who in (ADA, BOB, ADMIN)] == [1, 0, 0]
    views.share(engine, number, Role.MARKETER)
    shared = [views.find(engine, number, who) for who in (ADA, BOB, ADMIN)]
    assert [one is not None and one.may_be_changed_by(who) for one, who in zip(shared, (ADA, BOB, ADMIN), strict=True)] == [
        True, False, True,
    ]  # fmt: skip
    assert [(one.path, one.query) for one in shared if one] == [("/today", "segment=Retail&pick=a~state~NY")] * 3
    assert [len(views.offered(engine, who)) for who in (ADA, BOB, ADMIN)] == [1, 1, 1]
    assert views.find(engine, number, Viewer("eve", Role.STAFF)) is None
    views.share(engine, number, Role.WALL)
    assert views.find(engine, number, BOB) is None


def test_a_link_that_is_too_long_is_not_kept(engine: Engine) -> None:
    with pytest.raises(SavedError, match="too long"):
        views.add(engine, "ada", "One", "/", "x" * 9000, None, NOW)


@pytest.mark.parametrize("number", ["0", "-1", "1 OR 1=1", "١", "9" * 40, "", "high-intent "])
def test_a_number_that_is_none_finds_nothing(engine: Engine, number: str) -> None:
    add_segment(engine, "ada", "One")
    add_view(engine, "ada", "One")
    assert segments.get(engine, number) is None
    assert views.find(engine, number, ADA) is None
    with pytest.raises(Gone):
        Segments(engine).find(number, ADA)


def test_what_is_deleted_is_gone_for_everybody(engine: Engine) -> None:
    one, other = (segments.add(engine, "ada", name, [Role.MARKETER], RULE, NOW).id for name in ("One", "Other"))
    segments.remove(engine, one)
    site = Segments(engine)
    assert [kept.id for kept in site.usable(BOB)] == [HIGH_INTENT, other]
    with pytest.raises(Gone):
        site.find(one, ADA)


def test_a_deleted_number_is_not_given_to_another(engine: Engine) -> None:
    """Else an old link would lead to other clients."""
    one = add_segment(engine, "ada", "One")
    segments.remove(engine, one)
    assert add_segment(engine, "ada", "Another") != one


def test_administrators_are_not_offered_private_ones_of_others_but_may_look_after_them(engine: Engine) -> None:
    private = add_segment(engine, "ada", "One")
    site = Segments(engine)
    assert private not in [one.id for one in site.offered(ADMIN)]
    assert private in [one.id for one in site.usable(ADMIN)]
    assert private in [one.id for one in site.offered(ADA)]
    assert private not in [one.id for one in site.usable(BOB)]


def test_high_intent_is_everybodys_and_nobodys_to_change(engine: Engine) -> None:
    for who in (ADA, ADMIN, Viewer("eve", Role.STAFF)):
        found = Segments(engine).find(HIGH_INTENT, who)
        assert not found.may_be_changed_by(who)
    assert "5.0" in Segments(engine, 5).high_intent.rule
    with pytest.raises(Gone):
        Segments(engine).find(HIGH_INTENT, Viewer("wall", Role.WALL))


def test_a_name_of_two_is_nobodys_in_the_terminal(engine: Engine) -> None:
    site = Segments(engine)
    one = add_segment(engine, "ada", "One")
    assert site.named(" ONE ", ADMIN).id == site.named(one, ADMIN).id == one
    add_segment(engine, "bob", "One")
    with pytest.raises(Gone):
        site.named("One", ADMIN)
    assert site.named("One", ADA).id == one
