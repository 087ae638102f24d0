"""The command ``dashapp target``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main
from data_layer.appdb import audit
from data_layer.appdb.engine import open_database

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    monkeypatch.setenv("TARGETS", "followup_on_time_rate=90%/75%")
    return lambda *words: CliRunner().invoke(main, ["target", *words])


def kept(run: Run) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(row["metric"], row["team"]): row for row in json.loads(run("list", "--json").output)}


def test_a_target_is_set_listed_and_removed(run: Run, tmp_path: Path) -> None:
    done = run("set", "csat_rate", "80%", "--watch", "70%")
    assert done.output == "Satisfaction (CSAT) (csat_rate): ≥ 80.0\u00a0%, amber up to 70.00\u00a0%.\n"
    assert run("set", "csat_rate", "0.6", "--team", "North").exit_code == 0
    found = kept(run)
    assert found["csat_rate", None]["value"] == 0.8
    assert found["csat_rate", "North"]["watch"] == pytest.approx(0.54)
    assert {row["by"] for row in found.values()} == {"command", "TARGETS"}
    assert "for North" in run("list").output
    assert run("remove", "csat_rate").exit_code == 0
    assert set(kept(run)) == {("csat_rate", "North"), ("followup_on_time_rate", None)}
    engine = open_database(f"sqlite:///{tmp_path}/clientscope.sqlite")
    lines = [(one.action, one.detail["metric"], one.detail["team"]) for one in reversed(audit.latest(engine))]
    assert lines == [
        ("target_set", "csat_rate", None),
        ("target_set", "csat_rate", "North"),
        ("target_removed", "csat_rate", None),
    ]
    engine.dispose()


def test_a_target_of_the_settings_gives_way_and_comes_back(run: Run) -> None:
    run("set", "followup_on_time_rate", "95%")
    assert kept(run)["followup_on_time_rate", None]["value"] == 0.95
    run("remove", "followup_on_time_rate")
    assert kept(run)["followup_on_time_rate", None] == {
        "metric": "followup_on_time_rate", "team": None, "value": 0.9, "watch": 0.75, "by": "TARGETS",
    }  # fmt: skip
    assert "Set by TARGETS." in run("list").output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["set", "nothing", "1"], "no metric"),
        (["set", "interactions", "1"], "no good direction"),
        (["set", "csat_rate", "much"], "no number"),
        (["set", "csat_rate", "80%", "--watch", "90%"], "must be not above"),
        (["remove", "csat_rate"], "was set here"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(run: Run, words: list[str], message: str) -> None:
    failed = run(*words)
    assert failed.exit_code == 1
    assert message in failed.output
    assert "Traceback" not in failed.output


def test_without_any_it_says_how_to_begin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETS", "none")
    assert "dashapp target set" in run("list").output


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETS", "csat_rate=a lot")
    assert "TARGETS is wrong: “a lot” is no number" in run("list").output
