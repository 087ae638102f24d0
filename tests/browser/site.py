"""The real site for a run of browser tests: demo data in a folder of its own, gunicorn on a free port."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import requests
from selenium.webdriver.support.wait import WebDriverWait

from benchmarks.server import begin_session
from dashapp.demo_users import PASSWORD
from data_layer.access import Role, Viewer
from data_layer.appdb import users
from data_layer.appdb.engine import open_database
from data_layer.warehouse.engine import Generation, Warehouse

SEED = "7"
# gunicorn says these when it starts and stops; they are no complaint.
USUAL = re.compile(r"\[INFO\]|^Clientscope, in demo mode|^Log in as ")


@dataclass
class RunningSite:
    """A site that serves.  ``log`` is what it wrote to standard error."""

    home: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    sessions: dict[str, requests.Session] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def password(self) -> str:
        return PASSWORD

    def run(self, *arguments: str) -> str:
        """Run ``dashapp`` against the same instance folder, as an administrator would in a terminal."""
        return run_command(self.home, *arguments)

    def data(self) -> Generation:
        """What is published now, to compare the screen with."""
        return Warehouse(self.home).current()

    def viewer(self, login: str) -> Viewer:
        engine = open_database(f"sqlite:///{self.home}/clientscope.sqlite")
        try:
            return users.get(engine, login).viewer
        finally:
            engine.dispose()

    def session(self, login: str) -> requests.Session:
        """A user's session; begun once, and again where it has been ended."""
        known = self.sessions.get(login)
        if known is None or known.get(f"{self.address}/session", timeout=30).status_code != 200:
            known = self.sessions[login] = begin_session(self.address, login)
        return known

    def complaints(self) -> list[str]:
        """Lines of the log that are not gunicorn's usual words."""
        return [line for line in self.log.read_text().splitlines() if line.strip() and not USUAL.search(line)]

    def forget_complaints(self) -> None:
        os.truncate(self.log, 0)

    def freeze(self) -> None:
        """Stop answering without going away: connections are still accepted by the machine."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"DASHAPP_HOME": str(home)} | more


def run_command(home: Path, *arguments: str) -> str:
    """The output of a ``dashapp`` command; one that fails fails the test with its words."""
    done = subprocess.run(
        [sys.executable, "-c", "from dashapp.cli import main; main()", *arguments],
        env=environment(home), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def start(home: Path) -> RunningSite:
    """Make demo data and serve them."""
    run_command(home, "demo", "--customers", "400", "--years", "2", "--seed", SEED)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = home / "server.log"
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", "from dashapp.cli import main; main()", "serve"],
            env=environment(home, DEMO="1", PORT=str(port), WORKERS="2", THREADS="4"),
            stdout=stream, stderr=stream, start_new_session=True,
        )  # fmt: skip
    site = RunningSite(home, port, log, process)
    try:
        WebDriverWait(site, 60, 0.1).until(_answers)
    except BaseException:
        site.stop()
        raise
    return site


def _answers(site: RunningSite) -> bool:
    assert site.process.poll() is None, site.log.read_text()
    try:
        with urllib.request.urlopen(f"{site.address}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


LOGINS: dict[str, Role] = {
    "executive": Role.EXECUTIVE,
    "sales": Role.SALES_MANAGER,
    "support": Role.SUPPORT_LEAD,
    "marketer": Role.MARKETER,
    "staff": Role.STAFF,
    "admin": Role.ADMIN,
}
