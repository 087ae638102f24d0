"""``dashapp health``: the mean score, and how well it told who left."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main
from data_layer.access import Role, Viewer
from data_layer.analyses.health_power import evaluate
from data_layer.semantics.formats import day_in_words
from data_layer.warehouse.health import COMPONENTS
from tests.app.loaded import World

Run = Callable[..., Result]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DASHAPP_HOME", str(world.services.settings.home))
    return lambda *words: CliRunner().invoke(main, words)


def test_the_mean_score_and_what_it_rests_on(run: Run, world: World) -> None:
    told = run("health")
    assert told.exit_code == 0, told.output
    assert told.output.startswith("Mean health score ")
    day = day_in_words(world.services.desk.warehouse.current().as_of)
    assert told.output.rstrip().endswith(f"clients on {day}.")


def test_the_power_of_the_score_and_of_each_component(run: Run, world: World) -> None:
    told = run("health", "--evaluate", "--days", "120")
    assert told.exit_code == 0, told.output
    found = evaluate(Viewer("x", Role.ADMIN), world.services.desk.warehouse.current(), 120)
    assert f"{found.overall.auc:.3f}" in told.output
    assert all(part.label in told.output for part in COMPONENTS)
    assert all(day.name in told.output for day in found.days)


def test_both_as_json(run: Run, world: World) -> None:
    mean = json.loads(run("health", "--json").output)
    assert f"{mean['health_score']:.1f} of {mean['n']:,} clients" in run("health").output
    power = json.loads(run("health", "--evaluate", "--days", "120", "--json").output)
    found = evaluate(Viewer("x", Role.ADMIN), world.services.desk.warehouse.current(), 120)
    assert power["overall"]["auc"] == found.overall.auc
    assert [day["name"] for day in power["days"]] == [day.name for day in found.days]


def test_without_a_day_that_can_be_judged_it_says_so(run: Run) -> None:
    told = run("health", "--evaluate", "--from", "2030-01-01")
    assert told.exit_code == 1
    assert "There is no day" in told.output


def test_without_data_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    told = CliRunner().invoke(main, ["health"])
    assert told.exit_code == 1
    assert "No data" in told.output
