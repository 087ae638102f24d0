"""A look at a source without loading it."""

import tempfile
from contextlib import closing
from pathlib import Path

from data_layer.ingest.database import open_database
from data_layer.ingest.discovery import list_files
from data_layer.ingest.suggesting.write import suggest


def suggest_mapping(place: Path | str) -> str:
    """A first mapping for a folder, a file or (as text) the database of a URL.  ImportFailed where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        spools = Path(folder)
        if isinstance(place, Path):
            return suggest(list_files(place, spools))
        with closing(open_database(place, spools)) as database:
            return suggest(database.tables())
