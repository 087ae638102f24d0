"""Results that are shared: computed once, forgotten when they are too many, never kept when they fail."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from data_layer.warehouse.memo import Memo


def test_many_who_ask_at_once_are_answered_by_one_computation() -> None:
    memo, started, go = Memo(10), threading.Barrier(8), threading.Event()
    calls: list[int] = []

    def compute() -> str:
        calls.append(1)
        go.wait(5)
        return "value"

    def ask() -> object:
        started.wait(5)
        return memo.get("key", compute)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        go.set()
        assert {one.result(5) for one in asked} == {"value"}
    assert len(calls) == 1


def test_keys_do_not_meet() -> None:
    memo = Memo(10)
    assert [memo.get(key, lambda key=key: key * 2) for key in (1, 2, 1)] == [2, 4, 2]


def test_the_oldest_is_forgotten_first_and_use_keeps_young() -> None:
    memo, made = Memo(2), []

    def get(key: str) -> None:
        memo.get(key, lambda: made.append(key))

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    assert made == ["a", "b", "c", "b"]


def test_what_fails_is_asked_again() -> None:
    memo = Memo(2)
    with pytest.raises(ZeroDivisionError):
        memo.get("key", lambda: 1 / 0)
    assert memo.get("key", lambda: "value") == "value"


def test_after_a_failure_too_one_computes_at_a_time() -> None:
    """The first fails while two wait; one of them computes, and whoever comes meanwhile waits as well."""
    memo, failing, computing = Memo(10), threading.Event(), threading.Event()
    at_once, most = [0], [0]
    go_on = threading.Event()

    def fail() -> object:
        failing.set()
        assert go_on.wait(5)
        raise ZeroDivisionError

    def compute() -> str:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        computing.set()
        time.sleep(0.2)
        at_once[0] -= 1
        return "value"

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(memo.get, "key", fail)
        assert failing.wait(5)
        waiting = pool.submit(memo.get, "key", compute)
        time.sleep(0.1)  # it waits for the first by now
        go_on.set()
        assert computing.wait(5)
        late = pool.submit(memo.get, "key", compute)
        assert waiting.result(5) == late.result(5) == "value"
    assert isinstance(first.exception(5), ZeroDivisionError)
    assert most == [1]


def test_what_is_kept_may_be_bounded_by_its_size() -> None:
    memo, made = Memo(10, len), []

    def get(key: str, size: int) -> None:
        memo.get(key, lambda: made.append(key) or "x" * size)

    for key, size in (
        ("small", 2),
        ("middle", 4),
        ("small", 2),
        ("large", 8),
        ("small", 2),
        ("middle", 4),
        ("huge", 11),
    ):
        get(key, size)
    assert made == ["small", "middle", "large", "middle", "huge"]
    get("huge", 11)
    assert made[-2:] == ["huge", "huge"]


def test_all_can_be_forgotten() -> None:
    memo, made = Memo(10), []
    for _ in range(2):
        memo.get("key", lambda: made.append(1))
        memo.clear()
    assert made == [1, 1]
