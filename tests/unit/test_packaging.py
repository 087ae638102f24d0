"""What is installed: the wheel holds all that the site needs, and the lock files name all of it."""

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = Path(__file__).parents[2]
PACKAGES = ("dashapp", "callbacks", "layouts", "data_layer", "assets")
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; [^\\]+)? \\$")
HASHED = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def locked(lock: str) -> dict[str, Version]:
    """Name → version; a line that is neither a pin nor a hash is an error."""
    pins = {}
    for line in (PROJECT / lock).read_text().splitlines():
        pin = PINNED.match(line)
        if pin:
            pins[canonicalize_name(pin["name"])] = Version(pin["version"])
        else:
            assert HASHED.match(line), f"{lock}: {line}"
    return pins


def project() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built from the project as it is now, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_site(wheel: zipfile.ZipFile) -> None:
    needed = {
        path.relative_to(PROJECT).as_posix()
        for package in PACKAGES
        for path in (PROJECT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    kinds = {Path(name).suffix for name in needed}
    assert {".py", ".css", ".js", ".woff2", ".html", ".json", ".mako"} <= kinds
    assert needed | {"wsgi.py"} <= set(wheel.namelist())
    assert any(name.startswith("data_layer/appdb/migrations/versions/v0001") for name in wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    roots = {name.partition("/")[0] for name in wheel.namelist()}
    assert {root for root in roots if not root.endswith(".dist-info")} == {*PACKAGES, "wsgi.py"}


def test_the_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "dashapp = dashapp.cli:main" in wheel.read(name).decode()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_version_in_range_for_every_dependency(lock: str) -> None:
    pins, declared = locked(lock), project()
    wanted = [*declared["project"]["dependencies"], *declared["build-system"]["requires"]]
    if lock == "requirements-dev.lock":
        wanted += declared["project"]["optional-dependencies"]["dev"]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert name in pins, f"{lock} lacks {name}; run make lock"
        assert pins[name] in requirement.specifier, f"{lock}: {name} {pins[name]}; run make lock"


def test_what_is_tested_is_what_runs() -> None:
    running, tested = (locked(lock) for lock in LOCKS)
    # The browser driver of the tests needs an older urllib3.
    assert {name for name in running if tested.get(name) != running[name]} <= {"urllib3"}
