"""The file of a backup: a plain tar whose last member, the manifest, has a checksum of each of the others.

What was cut off lacks its manifest; what is damaged fails its checksum.  Only members of known names are ever read.
A backup that is being written has a name of its own beside the one it gets, and is locked by the process that writes it:
one that nobody holds was left by a process that was killed, and the next backup in that folder deletes it.
"""

import fcntl
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from data_layer.warehouse.generations import private_folder

FORMAT = 1
DRAFT = ".clientscope-backup-"
MANIFEST, APPLICATION, KEY, WAREHOUSE, LOADS = "manifest.json", "application.jsonl", "secret_key", "warehouse", "loads"
_ID = r"\d{8}T\d{6}Z-\d+"
_MEMBER = re.compile(
    rf"{APPLICATION}|{KEY}|{WAREHOUSE}/generation-{_ID}\.duckdb|{LOADS}/{_ID}/(report\.json|rejects\.csv)"
)


class BadBackup(Exception):
    """The file is no backup, or none that can be trusted or understood."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    ``made_at``: UTC, ISO.  ``version``: of the application database's tables.  ``generation``: the id of the data, None
    where there were none on that machine.  ``rows``: of the application database, by table.  ``given``: the last number
    that a table has given away, where a number must never be given twice.  ``checksums``: SHA-256 by member.
    """

    made_at: str
    version: str
    generation: str | None
    rows: dict[str, int]
    given: dict[str, int]
    checksums: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def new_private_file(path: Path) -> IO[bytes]:
    """A new file that its owner alone can read: people's data go into it.  FileExistsError where there is one."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class Writer:
    """Adds members to a backup, and the manifest at the end."""

    def __init__(self, file: Path) -> None:
        _delete_dead_drafts(file.parent)
        # Under its name only when it is whole.
        self._file, (self._draft, self._handle) = file, _new_draft(file.parent)
        self._tar = tarfile.open(fileobj=self._handle, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._checksums: dict[str, str] = {}

    def add_file(self, name: str, path: Path) -> None:
        """Copy a file into the backup.  FileNotFoundError where it is gone."""
        with path.open("rb") as source:
            self.add(name, source, os.fstat(source.fileno()).st_size)

    def add(self, name: str, source: IO[bytes], size: int) -> None:
        """Copy so many bytes into the backup."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        reader = _Hashing(source)
        self._tar.addfile(member, reader)
        self._checksums[name] = reader.digest.hexdigest()

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest, with the checksums, and give the file its name."""
        whole = Manifest(**{**asdict(manifest), "checksums": self._checksums})
        text = json.dumps(asdict(whole), indent=2).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(text), 0o600
        self._tar.addfile(member, io.BytesIO(text))
        self._tar.close()
        self._handle.flush()
        os.fsync(self._handle.fileno())
        os.link(self._draft, self._file)  # fails where there is such a file by now
        self._draft.unlink()
        self._handle.close()  # with it goes the lock
        return whole

    def close(self) -> None:
        """End, whatever happened; what is not finished goes."""
        self._handle.close()
        self._draft.unlink(missing_ok=True)


def _new_draft(folder: Path) -> tuple[Path, IO[bytes]]:
    while True:
        draft = folder / f"{DRAFT}{secrets.token_hex(8)}"
        handle = new_private_file(draft)
        with suppress(OSError):  # where files cannot be locked, nobody takes it for one that was left
            fcntl.flock(handle, fcntl.LOCK_EX)
        if draft.exists():  # another backup that began just now has not deleted it before it was locked
            return draft, handle
        handle.close()


def _delete_dead_drafts(folder: Path) -> None:
    for draft in folder.glob(f"{DRAFT}*"):
        with suppress(OSError), draft.open("r+b") as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


class _Hashing:
    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self.digest.update(part)
        return part


@contextmanager
def reading(file: Path) -> Iterator[tuple[tarfile.TarFile, Manifest]]:
    """A backup and its manifest.  BadBackup for any other file."""
    try:
        tar = tarfile.open(file, "r:")  # noqa: SIM115
    except (tarfile.TarError, OSError) as error:
        raise BadBackup(f"{file} is no backup: {reason_of(error)}.") from error
    with tar:
        yield tar, _manifest(tar, file)


def _manifest(tar: tarfile.TarFile, file: Path) -> Manifest:
    try:
        member = tar.extractfile(MANIFEST)
        found: Any = json.loads(member.read()) if member else {}
        if isinstance(found, dict) and found.get("format") != FORMAT:
            raise BadBackup(f"{file} was made by another release of Clientscope. Restore it with that release.")
        manifest = Manifest(**found)
    except (KeyError, TypeError, ValueError, tarfile.TarError, OSError) as error:
        raise BadBackup(f"{file} is no whole backup: it has no list of what is in it. Was it cut off?") from error
    if not _is_sound(manifest):
        raise BadBackup(f"{file} is no backup of Clientscope, or its list of what is in it is damaged.")
    return manifest


def _is_sound(found: Manifest) -> bool:
    """Whether it says what a manifest says, and lists the parts that every backup has and the data that it names."""
    if not all(isinstance(one, str) for one in (found.made_at, found.version)):
        return False
    if not (_maps_to(int, found.rows) and _maps_to(int, found.given) and _maps_to(str, found.checksums)):
        return False
    needed = {APPLICATION} | ({data_member(found.generation)} if found.generation is not None else set())
    return needed <= found.checksums.keys() and all(_MEMBER.fullmatch(name) for name in found.checksums)


def _maps_to(kind: type, found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(value, kind) for value in found.values())


def data_member(generation: str) -> str:
    """What the data of a generation are called in a backup."""
    return f"{WAREHOUSE}/generation-{generation}.duckdb"


def unpack(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    """Write every member that the manifest lists below a folder.  BadBackup where one is missing or was changed."""
    for name, checksum in manifest.checksums.items():
        path = folder / name
        private_folder(path.parent)
        try:
            source = tar.extractfile(name)
        except (KeyError, tarfile.TarError) as error:
            raise BadBackup(f"The backup lacks {name}.") from error
        if source is None:
            raise BadBackup(f"The backup lacks {name}.")
        with new_private_file(path) as target:
            try:
                shutil.copyfileobj(source, target, 1 << 20)
            except (tarfile.TarError, EOFError) as error:
                raise BadBackup(f"The backup ends within {name}.") from error
            target.flush()
            os.fsync(target.fileno())  # a full disk is to be noticed before anything is changed
        with path.open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != checksum:
                raise BadBackup(f"{name} in the backup is not what was saved: the file is damaged.")


def reason_of(error: Exception) -> str:
    """What went wrong, for a sentence."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
