"""How fresh a source is, in days and words, against what it should be."""

from datetime import date, datetime

import pytest

from data_layer.freshness import Freshness, ages, read_targets
from data_layer.warehouse.contents import Source

TODAY = date(2026, 11, 21)


def source(name: str, last: date | None, loaded: datetime = datetime(2026, 11, 1)) -> Source:
    return Source(name, "finance", 5, last, last, False, 0, loaded)


@pytest.mark.parametrize(
    ("name", "last", "own", "age", "state"),
    [
        ("engagement", date(2026, 11, 21), {}, 0, Freshness.FRESH),
        ("engagement", date(2026, 11, 19), {}, 2, Freshness.FRESH),
        ("engagement", date(2026, 11, 18), {}, 3, Freshness.LATE),
        ("engagement", date(2026, 11, 17), {}, 4, Freshness.LATE),
        ("engagement", date(2026, 11, 16), {}, 5, Freshness.VERY_LATE),
        ("engagement", date(2027, 1, 1), {}, 0, Freshness.FRESH),
        ("account_balances", date(2026, 10, 31), {"account_balances": 35}, 21, Freshness.FRESH),
        ("advisors", None, {}, None, Freshness.UNJUDGED),
        ("products", date(2020, 1, 1), {}, None, Freshness.UNJUDGED),  # the last launch is no sign of age
        ("advisors", None, {"advisors": 7}, 20, Freshness.VERY_LATE),
        ("engagement", date(2026, 11, 20), {"engagement": 0}, 1, Freshness.LATE),
    ],
)
def test_a_source_is_judged_by_its_newest_row(
    name: str, last: date | None, own: dict[str, int], age: int | None, state: Freshness
) -> None:
    (found,) = ages([source(name, last)], TODAY, 2, own)
    assert (found.age, found.state) == (age, state)


def test_targets_of_single_sources_are_read() -> None:
    assert read_targets(" advisors=7 , engagement = 0,") == {"advisors": 7, "engagement": 0}
    assert read_targets("") == {}


@pytest.mark.parametrize("text", ["nothing=3", "advisors", "advisors=-1", "advisors=soon", "advisors=99999"])
def test_wrong_targets_are_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"names .*, which is no table|gives .*; write whole days"):
        read_targets(text)
