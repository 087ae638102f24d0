"""Generations of the warehouse: one DuckDB file each, never changed once published, and a pointer to the current one.

``HOME/warehouse/generation-<UTC time>-<n>.duckdb`` holds the staged sources (schema ``source``) and the star (schema
``main``).  ``HOME/warehouse/current`` holds the current file's name and is replaced in one step, so that a reader sees
one whole generation and an open reader keeps the file it opened.
"""

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KEPT = 3
POINTER = "current"
SPILL = ".spill-"  # what begins so is scratch space of an import
_NAME = re.compile(r"^generation-(\d{8}T\d{6}Z-\d+)\.duckdb$")


class NoGeneration(LookupError):
    """There is no generation to read or to return to."""


@dataclass(frozen=True)
class GenerationFile:
    """One published file.  ``generation_id`` is what ``rollback --to`` takes."""

    generation_id: str
    path: Path
    is_current: bool


def folder_of(home: Path) -> Path:
    """The folder of the generations under an instance folder."""
    return home / "warehouse"


def private_folder(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for its owner alone: people's data go into it."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def current_file(home: Path) -> Path | None:
    """The current generation's file, or None where nothing was ever loaded."""
    folder = folder_of(home)
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    path = folder / name
    return path if _NAME.match(name) and path.exists() else None


def published(home: Path) -> list[GenerationFile]:
    """The generations that were published and still exist, oldest first."""
    current = current_file(home)
    return [GenerationFile(id_of(path), path, path == current) for path in _files(home)]


def new_file(home: Path) -> Path:
    """A name that no generation has, for one that is to be built; the half-made file is hidden until published."""
    folder = private_folder(folder_of(home))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    taken = {path.name for path in folder.iterdir()}
    # Nor the name of a load that failed: its report and its rejects are kept.
    taken |= {f"generation-{path.name}.duckdb" for path in (home / "loads").glob("*")}
    number = 1
    while f"generation-{stamp}-{number}.duckdb" in taken:
        number += 1
    return folder / f"generation-{stamp}-{number}.duckdb"


def building_file(final: Path) -> Path:
    """Where a generation is built before it gets its final name."""
    return final.with_name(f".building-{final.name}")


def publish_file(home: Path, built: Path, final: Path) -> None:
    """Give a finished file its name and switch the pointer to it: the last step of a load."""
    _sync(built)
    os.replace(built, final)
    point_to(home, final)
    prune(home)


def point_to(home: Path, path: Path) -> None:
    """Switch the pointer in one step that survives a power cut."""
    folder = folder_of(home)
    temporary = folder / f".{POINTER}.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(path.name + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / POINTER)
    _sync(folder)


def rollback_target(home: Path, to: str | None = None) -> GenerationFile:
    """The generation named ``to``, else the one before the current, or the newest where the current one's file is gone.

    NoGeneration with what there is to choose from.
    """
    have = published(home)
    if to is not None:
        for candidate in have:
            if candidate.generation_id == to:
                return candidate
        known = ", ".join(one.generation_id for one in have) or "none"
        raise NoGeneration(f"There is no generation {to}. Kept are: {known}.")
    position = next((i for i, one in enumerate(have) if one.is_current), len(have))
    if position == 0:
        raise NoGeneration("There is no earlier generation to return to.")
    return have[position - 1]


def prune(home: Path) -> None:
    """Delete all but the newest generations; the current one always stays."""
    current = current_file(home)
    files = _files(home)
    for path in files[:-KEPT]:
        if path != current:
            path.unlink(missing_ok=True)


def clear_half_made(home: Path) -> None:
    """Delete what an import that was killed left behind.  Only the holder of the import lock may call this."""
    folder = folder_of(home)
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_file() and path.name.startswith((".building-", ".scratch-", f".{POINTER}.tmp")):
            path.unlink(missing_ok=True)
        elif path.is_dir() and path.name.startswith(SPILL):
            shutil.rmtree(path, ignore_errors=True)


def delete_unshown(home: Path, generation_id: str) -> None:
    """Delete the data of a load that was killed before they were shown.  Only the holder of the import lock may call this."""
    path = folder_of(home) / f"generation-{generation_id}.duckdb"
    if path != current_file(home):
        path.unlink(missing_ok=True)


def _files(home: Path) -> list[Path]:
    folder = folder_of(home)
    if not folder.exists():
        return []
    return sorted((path for path in folder.iterdir() if _NAME.match(path.name)), key=_order)


def _order(path: Path) -> tuple[str, int]:
    stamp, _, number = id_of(path).rpartition("-")
    return stamp, int(number)


def id_of(path: Path) -> str:
    """The generation's id from its file name.  NoGeneration for any other file."""
    found = _NAME.match(path.name)
    if not found:
        raise NoGeneration(f"{path.name} is not the file of a generation.")
    return found.group(1)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
