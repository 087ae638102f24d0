"""A private PostgreSQL server for the tests: started in a folder of its own, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

SERVERS = Path("/usr/lib/postgresql")
UNSAFE_BUT_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


class PostgresServer:
    """One cluster on a Unix socket inside a temporary folder: no port is taken, nobody else reaches it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clientscope-pg-"))
        self.data = self.folder / "data"
        self.as_owner = _as_owner(self.folder)

    def start(self) -> None:
        """Make and start the cluster.  Raises when PostgreSQL is missing or does not come up."""
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        self.go_on()

    def go_on(self) -> None:
        """Start the cluster, the first time or after :meth:`halt`."""
        options = f"-c listen_addresses='' -k {self.folder} {UNSAFE_BUT_FAST}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-o", options, "-w", "-t", "60", "start")

    def halt(self) -> None:
        """Stop the cluster and end its connections; its data stay, which after a crash they would not: see above."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")

    def stop(self) -> None:
        """Stop the cluster and remove its folder."""
        self.halt()
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> str:
        """The address of one database of the cluster."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create_database(self, name: str) -> str:
        """Make an empty database and give its address."""
        self._run("createdb", "-h", str(self.folder), "-U", "postgres", name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._run("dropdb", "-h", str(self.folder), "-U", "postgres", "--force", name)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.as_owner, str(programs() / program), *arguments]
        # Not captured through pipes: the server would inherit and hold them open for ever.
        with (self.folder / "output").open("a+") as output:
            done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", check=False)
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed:\n{output.read()[-3000:]}")


def programs() -> Path:
    """The folder with the newest PostgreSQL's programs; an error, not a skip, when there is none."""
    found = sorted(SERVERS.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if not found:
        raise RuntimeError(f"These tests need a PostgreSQL server under {SERVERS}; install the package postgresql.")
    return found[-1].parent


def _as_owner(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: give the folder to its own user and run as that."""
    if os.geteuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]
