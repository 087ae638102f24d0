"""The file of a backup: a plain tar whose last member, the manifest, has a checksum of each of the others.

What was cut off lacks its manifest; what is damaged fails its checksum.  Only members of known names are ever read.
"""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

FORMAT = 1
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
        # Under its name only when it is whole.
        self._file, self._draft = file, file.with_name(f".{file.name}.{os.getpid()}.part")
        self._handle = new_private_file(self._draft)
        self._tar = tarfile.open(fileobj=self._handle, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._checksums: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Copy a file into the backup.  FileNotFoundError where it is gone."""
        with path.open("rb") as source:
            member = tarfile.TarInfo(name)
            member.size, member.mode = os.fstat(source.fileno()).st_size, 0o600
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
        self._handle.close()
        os.link(self._draft, self._file)  # fails where there is such a file by now
        self._draft.unlink()
        return whole

    def close(self) -> None:
        """End, whatever happened; what is not finished goes."""
        self._handle.close()
        self._draft.unlink(missing_ok=True)


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
        raise BadBackup(f"{file} is no backup: {_reason(error)}.") from error
    with tar:
        yield tar, _manifest(tar, file)


def _manifest(tar: tarfile.TarFile, file: Path) -> Manifest:
    try:
        member = tar.extractfile(MANIFEST)
        found: dict[str, Any] = json.loads(member.read()) if member else {}
        if found.get("format") != FORMAT:
            raise BadBackup(f"{file} was made by another release of Clientscope. Restore it with that release.")
        manifest = Manifest(**found)
    except (KeyError, TypeError, ValueError, tarfile.TarError, OSError) as error:
        raise BadBackup(f"{file} is no whole backup: it has no list of what is in it. Was it cut off?") from error
    if APPLICATION not in manifest.checksums or any(not _MEMBER.fullmatch(name) for name in manifest.checksums):
        raise BadBackup(f"{file} is no backup of Clientscope.")
    return manifest


def unpack(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    """Write every member that the manifest lists below a folder.  BadBackup where one is missing or was changed."""
    for name, checksum in manifest.checksums.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        with path.open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != checksum:
                raise BadBackup(f"{name} in the backup is not what was saved: the file is damaged.")


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
