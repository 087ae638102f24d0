"""``dashapp segment`` and a saved segment in ``dashapp metric``: the same clients and rights as on the site."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main
from data_layer.access import Role
from data_layer.appdb import audit, segments
from data_layer.segments import HIGH_INTENT
from data_layer.semantics.rules import Rule
from tests.app.loaded import World

Run = Callable[..., Result]
RETAIL = Rule((("segment", ("Retail",)),)).to_text()


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command over the world's folder, which has a marketer and a member of staff."""
    monkeypatch.setenv("DASHAPP_HOME", str(world.services.settings.home))
    for role in (Role.MARKETER, Role.STAFF):
        world.client(role)
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture
def private(world: World) -> str:
    """A private segment of the marketer's; its name is new in each test."""
    engine = world.services.desk.segments.database
    name = f"Retail {len(segments.everyones(engine))}"
    return segments.add(engine, "marketer", name, [], RETAIL, world.site.clock()).name


def clients_in(run: Run, *words: str) -> list[dict[str, str]]:
    done = run("segment", "export", *words)
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(io.StringIO(done.output.removeprefix("\ufeff"))))


def metric(run: Run, name: str, where: str, *words: str) -> int:
    done = run("metric", name, "--where", f"saved={where}", "--format", "json", *words)
    assert done.exit_code == 0, done.output
    return int(json.loads(done.output)[0]["value"])


def test_segments_are_listed_with_their_clients(run: Run, private: str) -> None:
    rows = {row["name"]: row for row in json.loads(run("segment", "list", "--format", "json").output)}
    assert (rows["High intent"]["number"], rows["High intent"]["owner"]) == (HIGH_INTENT, None)
    assert (rows[private]["owner"], rows[private]["shared"]) == ("marketer", "private")
    assert rows[private]["clients"] == len(clients_in(run, private)) > 0
    assert private in run("segment", "list").output


def test_json_is_the_same_under_both_names(run: Run, private: str) -> None:
    for words in (("segment", "list"), ("segment", "show", private), ("metric", "total_clients", "--by", "segment")):
        assert run(*words, "--json").output == run(*words, "--format", "json").output
        assert json.loads(run(*words, "--json").output)
    assert "None" not in run("segment", "show", "High intent").output


def test_one_is_shown_by_number_or_name(run: Run, private: str) -> None:
    by_name = run("segment", "show", private.upper()).output
    number = next(line.split()[1] for line in by_name.splitlines() if line.startswith("number"))
    assert run("segment", "show", number).output == by_name
    assert RETAIL in by_name


def test_rights_and_masking_are_the_viewers(run: Run, private: str, world: World) -> None:
    assert "Phone" in clients_in(run, HIGH_INTENT)[0]
    assert "Phone" not in clients_in(run, HIGH_INTENT, "--viewer", "marketer")[0]
    line = audit.latest(world.services.appdb, 1)[0]
    assert (line.login, line.action, line.detail["contact"]) == ("marketer", "export", False)
    refused = run("segment", "export", private, "--viewer", "staff")
    assert refused.exit_code == 1
    assert "not shared with you" in refused.output
    assert private not in run("segment", "list", "--viewer", "staff").output


def test_a_metric_is_held_to_a_segment(run: Run, private: str) -> None:
    assert metric(run, "total_clients", private) == len(clients_in(run, private))
    assert metric(run, "total_clients", "high intent") == len(clients_in(run, HIGH_INTENT))
    assert metric(run, "total_clients", HIGH_INTENT, "--viewer", "staff") < metric(run, "total_clients", HIGH_INTENT)
    for words in (("saved=987654",), (f"saved={private}", "--viewer", "staff")):
        refused = run("metric", "aum", "--where", *words)
        assert refused.exit_code == 1
        assert "no saved segment" in refused.output


def test_nothing_loaded_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    refused = run("segment", "list")
    assert refused.exit_code == 1
    assert "No data has been loaded yet" in refused.output
