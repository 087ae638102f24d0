"""``dashapp backup`` and ``restore`` as somebody at a terminal sees them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashapp.cli import main
from data_layer.appdb import audit
from data_layer.appdb.engine import open_database

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
