"""One load of the demo data for all tests of metrics: on DuckDB, the same on PostgreSQL, and the oracle."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from data_layer.ingest.options import ImportOptions
from data_layer.ingest.run import run_import
from data_layer.warehouse.engine import Generation, Warehouse
from tests.data.oracle.demo import AS_OF, ZONE, write_demo
from tests.data.oracle.world import World
from tests.postgres import PostgresServer


@dataclass(frozen=True)
class Demo:
    """The source files, and what was made of them on each engine."""

    folder: Path
    home: Path
    engines: dict[str, Generation]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Demo]:
    """The demo data, loaded for real, once."""
    folder, home = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("home")
    url = postgres_server.create_database("metrics")
    options = ImportOptions(time_zone=ZONE, is_demo=True, threads=2, warehouse_url=url)
    run_import(write_demo(folder), home, options)
    engines = {"duckdb": Warehouse(home).current(), "postgresql": Warehouse(home, url).current()}
    yield Demo(folder, home, engines)
    for data in engines.values():
        data.engine.dispose()


@pytest.fixture(scope="session")
def world(demo: Demo) -> World:
    """The oracle over the same files."""
    return World(demo.folder, ZONE, pd.Timestamp(AS_OF))


@pytest.fixture(scope="session", params=["duckdb", "postgresql"])
def data(request: pytest.FixtureRequest, demo: Demo) -> Generation:
    """The demo data on each engine."""
    return demo.engines[request.param]
