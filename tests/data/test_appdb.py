"""The application database on both of its engines: versions, users, sessions, audit."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import OperationalError

from data_layer.access import Role
from data_layer.appdb import audit, users
from data_layer.appdb.engine import open_database
from data_layer.appdb.migrate import current_version, migrate, migration_config
from data_layer.appdb.passwords import WeakPassword
from data_layer.appdb.tables import ended_sessions, metadata
from data_layer.appdb.tables import users as users_table
from data_layer.appdb.users import NewUser, UserError
from data_layer.ingest import history
from data_layer.ingest.options import LoadReport
from data_layer.loads import Loads

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PASSWORD = "a long enough one"


@pytest.fixture
def empty(appdb_url: str) -> Iterator[Engine]:
    engine = open_database(appdb_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    migrate(empty)
    return empty


def ada(engine: Engine, **changes: object) -> users.User:
    values = {"login": "ada", "name": "Ada", "role": Role.ADMIN, "password": PASSWORD} | changes
    return users.add(engine, NewUser(**values), NOW)


# SQLite's reflection passes over the index by lower(login); that it holds is tested by the logins below.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning")
@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")
def test_migrations_end_at_the_declared_tables(engine: Engine) -> None:
    newest = ScriptDirectory.from_config(migration_config()).get_current_head()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [one for one in compare_metadata(context, metadata) if "users_login" not in str(one)]
        assert differences == []
        assert current_version(connection) == newest == "0003"


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    ada(engine)
    migrate(engine)
    assert [user.login for user in users.everyone(engine)] == ["ada"]


def test_migrations_can_be_taken_back(engine: Engine) -> None:
    from alembic import command

    from data_layer.appdb.migrate import migration_config

    config = migration_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}


def test_workers_that_start_together_migrate_once(appdb_url: str) -> None:
    engines = [open_database(appdb_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, engines))
    assert users.everyone(engines[0]) == []
    for one in engines:
        one.dispose()


def test_sqlite_lets_readers_and_a_writer_work_together(tmp_path: object) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/deep/app.sqlite")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 5000
    engine.dispose()


def test_other_kinds_of_database_are_refused() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL"):
        open_database("duckdb:///x")


def test_a_login_is_one_however_it_is_spelled(engine: Engine) -> None:
    ada(engine)
    assert users.get(engine, " ADA ").login == "ada"
    with pytest.raises(UserError, match="already"):
        ada(engine, login="Ada")


@pytest.mark.parametrize("login", ["", " ", "a b", "-a", "ä", "a" * 81, "a;drop"])
def test_malformed_logins_are_refused(engine: Engine, login: str) -> None:
    with pytest.raises(UserError, match="login has"):
        ada(engine, login=login)


def test_a_zone_that_is_none_and_a_short_password_are_refused(engine: Engine) -> None:
    with pytest.raises(UserError, match="time zone"):
        ada(engine, timezone="Mars/Base")
    with pytest.raises(WeakPassword, match="10"):
        ada(engine, password="short")
    assert not users.is_any(engine)


def test_the_password_is_kept_as_argon2_only(engine: Engine) -> None:
    ada(engine)
    with engine.connect() as connection:
        row = connection.execute(select(users_table)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in str(row)


def test_a_moment_comes_back_as_it_went_in(engine: Engine) -> None:
    ada(engine)
    paris = NOW.astimezone(ZoneInfo("Europe/Paris"))
    users.disable(engine, "ada", paris)
    back = users.get(engine, "ada").disabled_at
    assert back == NOW
    assert back.utcoffset() == timedelta(0)


def test_only_the_right_password_of_a_usable_account_is_let_in(engine: Engine) -> None:
    ada(engine)
    ada(engine, login="demo", is_demo=True)
    ada(engine, login="gone")
    users.disable(engine, "gone", NOW)
    assert users.authenticate(engine, "Ada", PASSWORD).login == "ada"
    assert users.authenticate(engine, "ada", PASSWORD + "!") is None
    assert users.authenticate(engine, "nobody", PASSWORD) is None
    assert users.authenticate(engine, "gone", PASSWORD) is None
    assert users.authenticate(engine, "demo", PASSWORD) is None
    assert users.authenticate(engine, "demo", PASSWORD, allow_demo=True).login == "demo"


@pytest.mark.parametrize("login", ["nobody", "gone", "ada"])
def test_a_refusal_compares_a_password_whoever_it_is(
    engine: Engine, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada(engine)
    ada(engine, login="gone")
    users.disable(engine, "gone", NOW)
    compared = []
    real = users.is_right
    monkeypatch.setattr(users, "is_right", lambda *given: compared.append(given) or real(*given))
    assert users.authenticate(engine, login, "not the password") is None
    assert len(compared) == 1


def test_a_hash_of_old_strength_is_renewed_at_log_in(engine: Engine) -> None:
    from argon2 import PasswordHasher

    ada(engine)
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with engine.begin() as connection:
        connection.execute(users_table.update().values(password_hash=weak))
    assert users.authenticate(engine, "ada", PASSWORD)
    with engine.connect() as connection:
        assert connection.execute(select(users_table.c.password_hash)).scalar() != weak
    assert users.authenticate(engine, "ada", PASSWORD)


@pytest.mark.parametrize("change", ["disable", "enable", "role", "password"])
def test_a_change_of_rights_ends_sessions(engine: Engine, change: str) -> None:
    user = ada(engine)
    assert users.in_session(engine, user.id, user.session_epoch, "s") == user
    {
        "disable": lambda: users.disable(engine, "ada", NOW),
        "enable": lambda: users.enable(engine, "ada"),
        "role": lambda: users.set_role(engine, "ada", Role.STAFF, staff_id="7"),
        "password": lambda: users.set_password(engine, "ada", PASSWORD + "2"),
    }[change]()
    assert users.in_session(engine, user.id, user.session_epoch, "s") is None


def test_an_ended_session_is_refused_and_others_live_on(engine: Engine) -> None:
    user = ada(engine)
    users.end_session(engine, "one", NOW, timedelta(hours=12))
    users.end_session(engine, "one", NOW, timedelta(hours=12))
    assert users.in_session(engine, user.id, user.session_epoch, "one") is None
    assert users.in_session(engine, user.id, user.session_epoch, "two") == user


def test_sessions_ended_longer_ago_than_one_lives_are_forgotten(engine: Engine) -> None:
    users.end_session(engine, "old", NOW, timedelta(hours=12))
    users.end_session(engine, "new", NOW + timedelta(hours=13), timedelta(hours=12))
    with engine.connect() as connection:
        assert connection.execute(select(ended_sessions.c.id)).scalars().all() == ["new"]


def test_a_role_is_set_with_its_staff_id_and_team(engine: Engine) -> None:
    ada(engine, team="north")
    users.set_role(engine, "ada", Role.STAFF, staff_id="7")
    viewer = users.get(engine, "ada").viewer
    assert (viewer.role, viewer.staff_id, viewer.team) == (Role.STAFF, "7", None)


def test_a_change_for_nobody_is_an_error(engine: Engine) -> None:
    with pytest.raises(UserError, match="no user 'bob'"):
        users.disable(engine, "bob", NOW)


def test_the_audit_log_gives_the_newest_first(engine: Engine) -> None:
    audit.record(engine, "ada", "login", address="10.0.0.1", at=NOW)
    audit.record(engine, None, "export", {"rows": 3}, at=NOW)
    audit.record(engine, "x" * 500, "login_failed", at=NOW)
    assert [entry.action for entry in audit.latest(engine)] == ["login_failed", "export", "login"]
    assert audit.latest(engine, action="export")[0].detail == {"rows": 3}
    assert len(audit.latest(engine, limit=1)[0].login) == 80


def test_a_server_that_never_answers_is_given_up(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_database(postgres_url)
    monkeypatch.setattr("data_layer.postgres.ANSWER_SECONDS", 0.3)
    with engine.connect() as connection, pytest.raises(OperationalError, match="no answer from the server"):
        connection.execute(text("SELECT pg_sleep(60)"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_connections_that_a_restart_cut_are_replaced(postgres_url: str) -> None:
    engine, other = open_database(postgres_url), open_database(postgres_url)
    with engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
    other.dispose()


def test_finished_loads_are_copied_once_and_read_on_another_machine(engine: Engine, tmp_path: Path) -> None:
    began = "2026-11-21T03:00:00+00:00"
    here, elsewhere = Loads(tmp_path / "here", engine), Loads(tmp_path / "elsewhere", engine)
    for number, status in enumerate(("published", "failed", "running"), 1):
        report = LoadReport(f"20261121T030000Z-{number}", "in", began, status=status, who="ann", pid=1)
        history.write(here.home, report)
    for _ in range(2):
        here.copy_finished()  # the one that says it runs was killed, for nobody holds the lock
    found = elsewhere.reports(elsewhere.ids())
    told = [(one.load_id[-1], one.status, one.who) for one in found]
    assert told == [("3", "interrupted", "ann"), ("2", "failed", "ann"), ("1", "published", "ann")]
    assert elsewhere.get("20261121T030000Z-9") is None
