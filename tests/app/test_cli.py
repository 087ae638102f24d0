"""The command ``dashapp``."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main
from dashapp.cli.metric import in_order
from dashapp.cli.serve import serve_command
from dashapp.settings import Settings, settings_markdown
from data_layer.appdb import audit, users
from data_layer.appdb.engine import open_database
from data_layer.semantics.metrics import METRICS

PASSWORD = "a long enough one"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DASHAPP_HOME", str(tmp_path))
    return lambda *words, given="": CliRunner().invoke(main, words, input=given)


def add(run: Run, login: str = "ada", *more: str) -> Result:
    return run("user", "add", login, "--role", "admin", "--password-stdin", *more, given=PASSWORD + "\n")


def accounts(run: Run) -> dict[str, dict[str, object]]:
    return {row["login"]: row for row in json.loads(run("user", "list", "--json").output)}


def test_an_added_user_can_log_in_and_is_listed(run: Run, tmp_path: Path) -> None:
    assert add(run, "Ada", "--name", "Ada L.", "--timezone", "Europe/Paris").output == "Added ada (admin).\n"
    row = accounts(run)["ada"]
    assert (row["name"], row["role"], row["timezone"], row["disabled_at"]) == ("Ada L.", "admin", "Europe/Paris", None)
    assert "password" not in " ".join(row)
    assert "Ada L." in run("user", "list").output
    engine = open_database(f"sqlite:///{tmp_path}/clientscope.sqlite")
    assert users.authenticate(engine, "ada", PASSWORD)
    assert [entry.action for entry in audit.latest(engine)] == ["user_added"]
    engine.dispose()


def test_who_has_no_name_on_this_machine_is_noted_by_number(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4242")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert add(run).output == "Added ada (admin).\n"
    assert run("target", "set", "csat_rate", "80%").exit_code == 0
    engine = open_database(f"sqlite:///{tmp_path}/clientscope.sqlite")
    noted = {(entry.action, entry.login) for entry in audit.latest(engine)}
    engine.dispose()
    who = f"shell:user {os.getuid()}"
    assert noted == {("user_added", who), ("target_set", who)}


def test_a_password_is_asked_for_twice_and_never_shown(run: Run) -> None:
    words = ("user", "add", "ada", "--role", "admin")
    assert run(*words, given=f"{PASSWORD}\nanother one\n").exit_code != 0
    done = run(*words, given=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output


@pytest.mark.parametrize(
    ("words", "given", "message"),
    [
        (["add", "bob", "--role", "admin", "--password-stdin"], "short\n", "10 to 200 characters"),
        (["add", "bob", "--role", "boss", "--password-stdin"], PASSWORD, "sales_manager"),
        (["add", "bob", "--role", "wall", "--password-stdin"], PASSWORD, "sales_manager"),
        (["add", "b b", "--role", "admin", "--password-stdin"], PASSWORD, "login has"),
        (["add", "ada", "--role", "admin", "--password-stdin"], PASSWORD, "already"),
        (
            ["add", "bob", "--role", "admin", "--email", "not an address", "--password-stdin"],
            PASSWORD,
            "e-mail address",
        ),
        (["add", "bob", "--role", "admin", "--name", "N" * 101, "--password-stdin"], PASSWORD, "up to 100 characters"),
        (["add", "bob", "--role", "admin", "--name", "two\nlines", "--password-stdin"], PASSWORD, "on one line"),
        (["add", "bob", "--role", "admin", "--timezone", "Mars/Base", "--password-stdin"], PASSWORD, "not a time zone"),
        (["disable", "bob"], "", "no user 'bob'"),
        (["enable", "bob"], "", "no user 'bob'"),
        (["role", "bob", "admin"], "", "no user 'bob'"),
        (["password", "bob", "--password-stdin"], PASSWORD, "no user 'bob'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(run: Run, words: list[str], given: str, message: str) -> None:
    add(run)
    failed = run("user", *words, given=given)
    assert failed.exit_code in (1, 2)
    assert message in failed.output
    assert "Traceback" not in failed.output
    assert list(accounts(run)) == ["ada"]


def test_rights_are_changed_and_noted(run: Run, tmp_path: Path) -> None:
    add(run)
    run("user", "disable", "ADA")
    assert accounts(run)["ada"]["disabled_at"] is not None
    assert "disabled" in run("user", "list").output
    run("user", "enable", "ada")
    run("user", "role", "ada", "staff", "--staff-id", "7")
    run("user", "password", "ada", "--password-stdin", given="a second long one\n")
    assert "Asia/Tokyo" in run("user", "timezone", "ada", "Asia/Tokyo").output
    assert accounts(run)["ada"]["timezone"] == "Asia/Tokyo"
    assert "the site" in run("user", "timezone", "ada").output
    assert accounts(run)["ada"]["timezone"] is None
    assert run("user", "timezone", "ada", "Mars/Base").exit_code == 1
    row = accounts(run)["ada"]
    assert (row["disabled_at"], row["role"], row["staff_id"]) == (None, "staff", "7")
    engine = open_database(f"sqlite:///{tmp_path}/clientscope.sqlite")
    assert users.authenticate(engine, "ada", "a second long one")
    assert [entry.action for entry in reversed(audit.latest(engine))] == [
        "user_added",
        "user_disabled",
        "user_enabled",
        "user_role_changed",
        "user_password_changed",
        "user_timezone_changed",
        "user_timezone_changed",
    ]
    engine.dispose()


def test_staff_tied_to_nobody_gets_a_hint(run: Run) -> None:
    done = run("user", "add", "bob", "--role", "staff", "--password-stdin", given=PASSWORD)
    assert "--staff-id" in done.output


STAFF = "staff_id,full_name,role,email,team\nS1,Ann Smith,Agent,,South\n"


def test_an_id_that_nobody_has_is_doubted_once_there_are_data(run: Run, tmp_path: Path) -> None:
    words = ("user", "add", "bob", "--role", "staff", "--staff-id", "S9", "--password-stdin")
    assert "S9" not in run(*words, given=PASSWORD).output  # nothing is loaded yet
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "staff.csv").write_text(STAFF)
    assert run("import", str(folder)).exit_code == 0
    assert "staff id “S9”" in run("user", "role", "bob", "staff", "--staff-id", "S9").output
    assert "team “North”" in run("user", "role", "bob", "support_lead", "--team", "North").output
    known = run("user", "role", "bob", "support_lead", "--staff-id", "S1", "--team", "South").output
    assert "Nobody" not in known


def test_an_empty_list_says_how_to_begin(run: Run) -> None:
    assert "dashapp user add" in run("user", "list").output
    assert run("user", "list", "--json").output == "[]\n"


# They change something and say so in one line, or they run until they are stopped, or write a file to standard output.
WITHOUT_JSON = {
    "serve", "trial", "user add", "user disable", "user enable", "user role", "user password", "user timezone",
    "target set",
    "target remove", "segment export",
}  # fmt: skip


def commands_below(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands_below(one, f"{before}{name} ")
        else:
            yield before + name, one


def test_every_command_that_loads_or_reports_takes_json() -> None:
    without = {name for name, one in commands_below(main) if "--json" not in [o for p in one.params for o in p.opts]}
    assert without == WITHOUT_JSON


def test_reports_that_need_no_data_as_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "Q7x-vB2mK9pLw4RtYz8Hc3Nd6Fj1Gs5Aq")
    shown = json.loads(run("settings", "--json").output)
    assert (shown["PORT"], shown["SECRET_KEY"]) == ("8050", "(hidden)")
    told = json.loads(run("glossary", "--json").output)
    assert {"name", "label", "definition", "formula", "unit", "n"} <= set(told["metrics"][0])
    assert "segment" in [one["name"] for one in told["dimensions"]]
    listed = run("metric", "--list", "--json").output
    assert json.loads(listed) == told["metrics"]
    assert listed == run("metric", "--list", "--format", "json").output
    rows = list(csv.DictReader(io.StringIO(run("metric", "--list", "--format", "csv").output)))
    assert [row["name"] for row in rows] == list(METRICS)


@pytest.mark.parametrize("words", [("--by", "segment"), ("--where", "segment=Retail"), ("--from", "2026-01-01")])
def test_a_split_of_no_metric_is_no_list_of_all(run: Run, words: tuple[str, ...]) -> None:
    failed = run("metric", *words)
    assert failed.exit_code == 2
    assert "Name the metric" in failed.output


def test_wrong_settings_are_named_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("DASHAPP_COLOUR", "red")
    for words in (("user", "list"), ("serve",), ("settings",)):
        failed = run(*words)
        assert failed.exit_code == 1
        assert "PORT is 'many'" in failed.output
        assert "DASHAPP_COLOUR" in failed.output


def test_a_database_that_is_away_is_named_without_its_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/none")
    for words in (("user", "list"), ("metric", "aum", "--viewer", "ada"), ("segment", "list", "--viewer", "ada")):
        failed = run(*words)
        assert isinstance(failed.exception, SystemExit), words
        assert failed.exit_code == 1
        assert "cannot be opened" in failed.output
        assert "hunter2" not in failed.output


def test_serving_needs_a_secret_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    refused = run("serve")
    assert refused.exit_code == 1
    assert "SECRET_KEY is missing" in refused.output


def test_serving_hands_over_to_gunicorn(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setattr("os.execv", lambda program, words: ran.append([program, *words[1:]]))
    shown = run("serve").output
    assert ran == [list(serve_command())]
    assert "clientscope-demo" in shown
    assert "http://localhost:8050/" in shown


def test_gunicorn_gets_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DEMO": "1",
        "DASHAPP_HOME": str(tmp_path),
        "WORKERS": "3",
        "THREADS": "5",
        "PORT": "99",
    }.items():
        monkeypatch.setenv(name, value)
    from gunicorn.app.wsgiapp import WSGIApplication

    monkeypatch.setattr("sys.argv", ["gunicorn", *serve_command()[3:]])
    read = WSGIApplication("%(prog)s [OPTIONS]").cfg
    assert (read.workers, read.threads, read.bind) == (3, 5, ["127.0.0.1:99"])
    assert read.worker_class_str == "dashapp.worker.BalancedWorker"
    assert not read.preload_app
    assert read.accesslog is None
    assert read.limit_request_line == 8190
    assert Settings.from_env().demo


def test_settings_are_shown_without_their_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@host/db")
    shown = run("settings").output
    assert "America/New_York" in shown
    assert "hunter2" not in shown
    assert run("settings", "--markdown").output == settings_markdown()


def test_rows_stand_by_the_calendar_and_others_as_they_came() -> None:
    days = [{"day": "2026-01-02", "hour": 9}, {"day": "2026-01-01", "hour": 23}, {"day": "2026-01-02", "hour": 3}]
    assert in_order(days, ("day", "hour")) == [days[1], days[2], days[0]]
    week = [{"weekday": "Sunday", "hour": 1}, {"weekday": "Monday", "hour": 2}]
    assert in_order(week, ("weekday", "hour")) == week[::-1]
    stages = [{"stage": "Lead", "hour": None}, {"stage": "Early", "hour": 1}, {"stage": "Lead", "hour": 0}]
    assert in_order(stages, ("stage", "hour")) == [stages[2], stages[0], stages[1]]
