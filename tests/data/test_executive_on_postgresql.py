"""What changed, the five answers and the forecast: the tests of the small star, once more on PostgreSQL.

They are told and computed from the same statements on every engine; sums, ties and dates are where engines differ.
"""

from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import metadata
from tests.star import star
from tests.unit import test_answers, test_drivers, test_forecast

Case = Callable[[], None]
MODULES = (test_answers, test_drivers, test_forecast)


@cache
def asks_a_star(module: ModuleType, name: str) -> bool:
    """Whether a function of a module makes a star, itself or through others there."""
    function = vars(module).get(name)
    if not isinstance(function, FunctionType) or function.__module__ != module.__name__:
        return False
    used = {*function.__code__.co_names, *_names_of_inner(function)}
    return "star" in used or any(asks_a_star(module, other) for other in used - {name})


def _names_of_inner(function: FunctionType) -> set[str]:
    """What comprehensions and inner functions use."""
    return {name for const in function.__code__.co_consts for name in getattr(const, "co_names", ())}


CASES = [
    (module, name)
    for module in MODULES
    for name in vars(module)
    if name.startswith("test_") and asks_a_star(module, name) and not vars(module)[name].__code__.co_argcount
]


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    found = create_engine(postgres_url)
    yield found
    found.dispose()


@pytest.mark.parametrize(("module", "name"), CASES, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_the_same_on_postgresql(module: ModuleType, name: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Generation] = []

    def there(*args: Any, **options: Any) -> Generation:
        metadata.drop_all(engine)
        made.append(star(*args, **options, engine=engine))
        return made[-1]

    monkeypatch.setattr(module, "star", there)
    case: Case = vars(module)[name]
    case()
    assert made


def test_each_of_them_is_tried() -> None:
    tried = [module for module, _ in CASES]
    assert all(tried.count(module) >= least for module, least in zip(MODULES, (9, 9, 4), strict=True))
