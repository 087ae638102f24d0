"""``dashapp backup`` and ``restore`` as somebody at a terminal sees them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError

from dashapp.cli import main
from data_layer.appdb import audit
from data_layer.appdb.engine import open_database
from data_layer.warehouse import generations

At = Callable[..., Result]
MARKET = "date,sp500_index,bond_index,inflation_rate,prime_rate,unemployment_rate\n2024-01-01,1,2,3,4,5\n"


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    """Runs a command in an instance folder of that name."""

    def run(home: str, *words: object, stdin: str = "") -> Result:
        monkeypatch.setenv("DASHAPP_HOME", str(tmp_path / home))
        return CliRunner().invoke(main, [str(word) for word in words], input=stdin)

    return run


def actions(home: Path) -> list[tuple[str, str | None]]:
    engine = open_database(f"sqlite:///{home}/clientscope.sqlite")
    found = [(entry.action, entry.detail.get("file")) for entry in audit.latest(engine)]
    engine.dispose()
    return found


def test_a_site_goes_into_a_file_and_comes_out_of_it(at: At, tmp_path: Path) -> None:
    (tmp_path / "market_data.csv").write_text(MARKET)
    added = at("one", "user", "add", "ann", "--role", "admin", "--password-stdin", stdin="a long enough pass phrase\n")
    assert added.exit_code == 0, added.output
    assert at("one", "import", tmp_path / "market_data.csv").exit_code == 0
    file = tmp_path / "all.tar"
    saved = at("one", "backup", file)
    assert saved.exit_code == 0, saved.output
    assert saved.output.startswith(f"Saved to {file}, ")
    assert "1 user, 0 saved views, 0 segments, generation " in saved.output
    again = at("one", "backup", file)
    assert again.exit_code == 1
    assert "exists. Give the backup another name" in again.output
    nowhere = at("one", "backup", tmp_path / "no" / "folder.tar")
    assert nowhere.exit_code == 1
    assert "No backup was made: No such file or directory." in nowhere.output

    restored = at("two", "restore", file)
    assert restored.exit_code == 0, restored.output
    assert restored.output.startswith("Restored what was saved on 20")
    assert "ann" in at("two", "user", "list").output
    assert json.loads(at("two", "check", "--json").stdout)["generation_id"] in saved.output
    assert actions(tmp_path / "one")[0] == ("backup", "all.tar")
    assert actions(tmp_path / "two")[0] == ("restore", "all.tar")

    refused = at("two", "restore", file)
    assert refused.exit_code == 1
    assert "add --replace" in refused.output
    assert "Nothing was changed." in refused.output
    told = json.loads(at("two", "restore", file, "--replace", "--json").stdout)
    assert (told["rows"]["users"], told["needs_rebuild"]) == (1, False)


def test_what_was_done_is_not_denied_where_the_audit_log_cannot_be_written(
    at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(audit, "record", away)
    for words in (("one", "backup", tmp_path / "all.tar"), ("two", "restore", tmp_path / "all.tar")):
        done = at(*words)
        assert done.exit_code == 0, done.output
        assert "could not be added to the audit log (database is locked)" in done.stderr


def test_a_restoration_that_ends_half_way_says_so(at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "market_data.csv").write_text(MARKET)
    assert at("one", "import", tmp_path / "market_data.csv").exit_code == 0
    assert at("one", "backup", tmp_path / "all.tar").exit_code == 0

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(generations, "point_to", full)
        ended = at("two", "restore", tmp_path / "all.tar")
    assert ended.exit_code == 1
    assert "Users and what they saved were restored, but maybe not the data" in ended.output
    assert "No space left on device. Restore the same file with --replace" in ended.output
    assert "Nothing was" not in ended.output
    assert at("two", "restore", tmp_path / "all.tar", "--replace").exit_code == 0


def test_a_restored_site_is_its_owners_alone(at: At, tmp_path: Path) -> None:
    (tmp_path / "market_data.csv").write_text(MARKET)
    at("one", "import", tmp_path / "market_data.csv")
    at("one", "backup", tmp_path / "all.tar")
    assert at("two", "restore", tmp_path / "all.tar").exit_code == 0
    folders = [tmp_path / "two", *(path for path in (tmp_path / "two").rglob("*") if path.is_dir())]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_a_site_without_data_says_so(at: At, tmp_path: Path) -> None:
    saved = at("one", "backup", tmp_path / "all.tar")
    assert saved.exit_code == 0, saved.output
    assert "No data were ever loaded on this machine." in saved.output
    assert "no data" in at("two", "restore", tmp_path / "all.tar").output


def test_another_file_is_no_backup(at: At, tmp_path: Path) -> None:
    (tmp_path / "photo.tar").write_bytes(b"no tar at all")
    found = at("one", "restore", tmp_path / "photo.tar")
    assert found.exit_code == 1
    assert "is no backup" in found.output
    assert "Nothing was changed." in found.output
