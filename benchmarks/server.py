"""The site under gunicorn for one measurement, on loopback, at a free port."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from benchmarks.data import DASHAPP, environment
from dashapp.demo_users import PASSWORD

START_SECONDS = 60
PAGE = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}


@dataclass(frozen=True)
class Site:
    """A running site.  ``pid``: gunicorn's master."""

    address: str
    pid: int

    def session(self, login: str = "executive") -> requests.Session:
        """A logged-in client.  Raises where the log-in fails."""
        return begin_session(self.address, login)

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return psutil.Process(self.pid).children()


def begin_session(address: str, login: str) -> requests.Session:
    """A client that has logged in as one of the demo's users.  Raises where the log-in fails."""
    client = requests.Session()
    form = client.get(f"{address}/login", headers=PAGE, timeout=30).text
    found = re.search(r'name="csrf" value="([^"]+)"', form)
    if found is None:
        raise RuntimeError("The log-in page has no form.")
    given = {"login": login, "password": PASSWORD, "csrf": found.group(1)}
    client.post(f"{address}/login", data=given, headers=PAGE, timeout=30).raise_for_status()
    return client


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(home: Path, workers: int = 2) -> Iterator[Site]:
    """Run the site on this instance folder; ended with the block.  Raises where it does not come up."""
    port = free_port()
    given = environment(home, HOST="127.0.0.1", PORT=str(port), WORKERS=str(workers))
    process = subprocess.Popen([*DASHAPP, "serve"], env=given, stdout=subprocess.DEVNULL)
    try:
        site = Site(f"http://127.0.0.1:{port}", process.pid)
        _wait(site, process)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(site: Site, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The site ended with status {process.returncode} while starting.")
        try:
            if requests.get(f"{site.address}/healthz", timeout=2).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise RuntimeError(f"The site did not answer within {START_SECONDS} s.")
