"""The same demo data as the files that people have: as they should be, odd, packed, or named otherwise."""

import csv
import gzip
import shutil
from pathlib import Path

VARIANTS = ("plain", "careful", "gz", "mapped")
# A reject in a small table would be more than the share that an import puts up with.
LARGE_BYTES = 1_000_000


def prepare(folder: Path, variant: str) -> Path | None:
    """Turn a folder of plain CSV files into a variant, in place; the mapping file that it takes."""
    files = sorted(folder.glob("*.csv"))
    if variant == "careful":
        for path in files:
            _spoil(path)
    if variant == "gz":
        for path in files:
            _pack(path)
    return _rename(folder, files) if variant == "mapped" else None


def _spoil(path: Path) -> None:
    """One row with a value too many, in Windows-1252: no row of the file is read without care any more."""
    if path.stat().st_size < LARGE_BYTES:
        return
    with path.open("r+b") as file:
        file.seek(-4096, 2)
        last = file.read().splitlines()[-1]
        file.write(last + b",\xe9\n")


def _pack(path: Path) -> None:
    with path.open("rb") as plain, gzip.open(f"{path}.gz", "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
    path.unlink()


def _rename(folder: Path, files: list[Path]) -> Path:
    """Other names for files and columns, and the mapping file that says which are which."""
    tables = []
    for path in files:
        with path.open("rb") as file:
            head = file.readline()
        names = next(csv.reader([head.decode()]))
        theirs = path.with_name(f"export_{path.name}")
        with path.open("rb") as file, theirs.open("wb") as copy:
            file.seek(len(head))
            copy.write((",".join(f"their_{name}" for name in names) + "\n").encode())
            shutil.copyfileobj(file, copy, 1 << 20)
        path.unlink()
        columns = "\n".join(f'{name} = "their_{name}"' for name in names)
        tables.append(f'[[table]]\nto = "{path.stem}"\nfrom = "{theirs.name}"\n[table.columns]\n{columns}\n')
    mapping = folder.parent / "mapping.toml"
    mapping.write_text("\n".join(tables), encoding="utf-8")
    return mapping
