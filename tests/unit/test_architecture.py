"""The rules of the house, read from the source: who imports whom, who runs SQL, how long things may be."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from data_layer.semantics.metrics import METRICS
from layouts import registry

PROJECT = Path(__file__).parents[2]
# Each may import those after it, and itself.
ORDER = ("wsgi", "dashapp", "callbacks", "layouts", "data_layer")
WEB = {"dash", "flask", "werkzeug", "gunicorn", "dash_ag_grid", "flask_login"}
NOT_FOR_LAYOUTS = ("data_layer.semantics.run", "data_layer.semantics.cache", "data_layer.warehouse.engine")
RUNS_SQL = {"execute", "exec_driver_sql", "executemany", "read_sql", "read_sql_query", "raw_connection"}
SQL_WORDS = {("sqlalchemy", name) for name in ("text", "select", "insert", "update", "delete")} | {("duckdb", "")}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NOT_OURS = {".git", ".venv", "instance", "build", "dist"}
# Written in halves so that this file does not name them.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com"]
HOME_OF_A_MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home/\w+)/")


@dataclass(frozen=True)
class Import:
    """One imported name: ``from module import name``, or ``import module`` with an empty name."""

    module: str
    name: str
    line: int

    @property
    def root(self) -> str:
        return self.module.partition(".")[0]

    def reaches(self, module: str) -> bool:
        """Whether this brings in ``module`` or something out of it."""
        return any(path == module or path.startswith(f"{module}.") for path in (self.module, self.full))

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def sources(*roots: str) -> list[Path]:
    """The Python files of these packages, or of all of the site."""
    found: list[Path] = []
    for root in roots or ORDER:
        module = PROJECT / f"{root}.py"
        found += [module] if module.exists() else sorted((PROJECT / root).rglob("*.py"))
    return found


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[Import]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = path.relative_to(PROJECT).with_suffix("").parts[: -node.level]
                module = ".".join((*package, *filter(None, [module])))
            yield from (Import(module, alias.name, node.lineno) for alias in node.names)


def where(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(PROJECT)}:{line} {what}"


def ours() -> Iterator[tuple[Path, str]]:
    """Every text file of the project with its text."""
    for path in sorted(PROJECT.rglob("*")):
        parts = path.relative_to(PROJECT).parts
        made = any(part.endswith(("_cache", "__pycache__", ".hypothesis")) for part in parts)
        if made or parts[0] in NOT_OURS or not path.is_file():
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_the_reader_of_sources_sees_the_site() -> None:
    assert {path.relative_to(PROJECT).parts[0].removesuffix(".py") for path in sources()} == set(ORDER)
    assert any(one.reaches("data_layer.semantics") for one in imports_of(PROJECT / "callbacks" / "payload.py"))


@pytest.mark.parametrize("root", ORDER)
def test_imports_go_one_way(root: str) -> None:
    allowed = ORDER[ORDER.index(root) :]
    upwards = [
        where(path, one.line, f"imports {one.full}")
        for path in sources(root)
        for one in imports_of(path)
        if one.root in ORDER and one.root not in allowed
    ]
    assert upwards == []


def test_the_site_needs_no_test_and_no_benchmark() -> None:
    found = [
        where(path, one.line, f"imports {one.full}")
        for path in sources()
        for one in imports_of(path)
        if one.root in ("tests", "benchmarks", "pytest", "selenium")
    ]
    assert found == []


def test_the_server_has_no_database_before_its_workers_are_made() -> None:
    """What reads the settings is forked: threads of a database would be missing in the workers, which then never end."""
    lines = "import sys, dashapp.settings, dashapp.worker; sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0


def test_the_data_layer_knows_no_web() -> None:
    found = [
        where(path, one.line, f"imports {one.full}")
        for path in sources("data_layer")
        for one in imports_of(path)
        if one.root in WEB
    ]
    assert found == []


def test_layouts_declare_and_never_query() -> None:
    found = [
        where(path, one.line, f"imports {one.full}")
        for path in sources("layouts")
        for one in imports_of(path)
        if any(one.reaches(module) for module in NOT_FOR_LAYOUTS)
    ]
    assert found == []


def test_only_the_data_layer_runs_sql() -> None:
    found = []
    for path in sources("wsgi", "dashapp", "callbacks", "layouts"):
        found += [
            where(path, one.line, f"imports {one.full}")
            for one in imports_of(path)
            if (one.root, one.name) in SQL_WORDS or one.root == "duckdb"
        ]
        found += [
            where(path, node.lineno, f"calls {node.func.attr}")
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS_SQL
        ]
    assert found == []


def test_a_link_is_read_for_its_viewer() -> None:
    """What a saved segment in a link means depends on who asks: only the desk turns a link into a selection."""
    found = [
        where(path, node.lineno, "reads a link by itself; ask desk.selection(search, viewer)")
        for path in sources("wsgi", "dashapp", "callbacks", "layouts")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr, getattr(node.func.value, "id", "")) == ("parse", "Selection")
    ]
    assert [line.split(":")[0] for line in found] == ["callbacks/payload.py"], found


def test_no_module_takes_private_names_of_another() -> None:
    found = [
        where(path, one.line, f"imports {one.full}")
        for path in sources()
        for one in imports_of(path)
        if one.root in ORDER and one.name.startswith("_") and not one.name.startswith("__")
    ]
    assert found == []


def test_files_and_functions_fit_in_a_head() -> None:
    found = []
    for path in sources(*ORDER, "benchmarks"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            found.append(where(path, 1, f"has {lines} lines"))
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found.append(where(path, node.lineno, f"{node.name} has {length} lines"))
    assert found == []


def test_the_declarations_of_pages_and_tiles_are_sound() -> None:
    assert registry.validate() == []


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_explains_itself(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    assert [part for part in ("label", "definition", "formula", "unit", "n_label") if not getattr(metric, part)] == []


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = []
    for path, text in ours():
        for number, line in enumerate(text.splitlines(), 1):
            if HOME_OF_A_MACHINE.search(line) or any(host in line for host in REGISTRIES):
                found.append(where(path, number, line.strip()[:80]))
    assert found == []
