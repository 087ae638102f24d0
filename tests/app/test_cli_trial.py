"""``dashapp trial``: when demo data are made, and when not."""

import importlib
import socket
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main
from dashapp.settings import Settings
from data_layer.ingest.status import SourceStatus, Status, describe
from data_layer.warehouse.generations import NoGeneration

Run = Callable[..., Result]
# The package has the command under this name, not its module.
trial = importlib.import_module("dashapp.cli.trial")


def status(as_of: date, *, is_demo: bool = True, customers: int = 700) -> Status:
    at = datetime(2026, 11, 21)
    source = SourceStatus("customers", "finance", customers, None, None, False, 0, at, None)
    return Status("g", at, as_of, "America/New_York", is_demo, ("g",), (source,), ())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, with ``loaded`` as what is loaded; ends with what it did instead of serving for ever."""

    def invoke(loaded: Status | None = None, **environ: str) -> Result:
        done: list[Any] = []

        def loaded_now(_home: Path) -> Status:
            if loaded is None:
                raise NoGeneration("nothing")
            return loaded

        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        for name, value in {"DASHAPP_HOME": str(tmp_path), "PORT": str(port), **environ}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DEMO", "0")
        monkeypatch.setattr(trial, "describe", loaded_now)
        monkeypatch.setattr(trial.demo, "callback", lambda **given: done.append(("demo", given["customers"])))
        monkeypatch.setattr(trial.serve, "callback", lambda **_: done.append(("serve", Settings.from_env().demo)))
        result = CliRunner().invoke(main, ["trial"])
        result.done = done  # type: ignore[attr-defined]
        return result

    return invoke


def yesterday() -> date:
    return date.today() - timedelta(days=1)


def test_demo_data_are_made_where_nothing_is_loaded(run: Run) -> None:
    assert run().done == [("demo", 5_000), ("serve", True)]  # type: ignore[attr-defined]


def test_fresh_demo_data_are_kept(run: Run) -> None:
    assert run(status(yesterday())).done == [("serve", True)]  # type: ignore[attr-defined]


def test_old_demo_data_are_made_anew_at_their_size(run: Run) -> None:
    result = run(status(yesterday() - timedelta(days=9)))
    assert result.done == [("demo", 700), ("serve", True)]  # type: ignore[attr-defined]


def test_imported_data_are_never_touched_however_old(run: Run) -> None:
    result = run(status(date(2019, 1, 1), is_demo=False))
    assert result.done == [("serve", True)]  # type: ignore[attr-defined]
    assert "Imported data are loaded" in result.output


def test_imported_data_are_not_opened_to_a_network_with_a_published_password(run: Run) -> None:
    result = run(status(yesterday(), is_demo=False), HOST="0.0.0.0")
    assert result.exit_code == 1
    assert result.done == []  # type: ignore[attr-defined]
    assert "dashapp user add" in result.output


def test_a_taken_port_is_named_before_anything_is_made(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run(PORT=str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert result.done == []  # type: ignore[attr-defined]
    assert "another port" in result.output


def test_nothing_is_loaded_in_a_new_folder(tmp_path: Path) -> None:
    with pytest.raises(NoGeneration):
        describe(tmp_path)


def test_data_of_another_release_are_brought_up_to_this_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "is_of_this_release", lambda _home: False)
    rebuilt: list[int] = []
    monkeypatch.setattr(trial.rebuild, "callback", lambda **_: rebuilt.append(1))
    done = run(status(date.today() - timedelta(days=1)))
    assert done.exit_code == 0, done.output
    assert (rebuilt, [what for what, _ in done.done]) == ([1], ["serve"])  # type: ignore[attr-defined]
