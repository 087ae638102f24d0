"""Demo data of a wanted size, made once and kept beside the project's build products."""

import math
import os
import subprocess
import sys
from pathlib import Path

from data_layer.ingest.status import describe
from data_layer.warehouse.engine import is_of_this_release
from data_layer.warehouse.generations import NoGeneration

KEPT = Path(__file__).parent.parent / "build" / "benchmarks"
# What `dashapp demo` makes of one customer in three years.
FACTS_OF_A_CUSTOMER = 300
DASHAPP = [str(Path(sys.executable).with_name("dashapp"))]


def customers_for(facts: int) -> int:
    """How many customers give about so many rows."""
    return max(20, math.ceil(facts / FACTS_OF_A_CUSTOMER))


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment, with a trial run in that instance folder."""
    return {**os.environ, "DASHAPP_HOME": str(home), "DEMO": "1", **more}


def home_with(facts: int) -> Path:
    """An instance folder with about so many rows loaded; made at the first call, which takes a while."""
    home = KEPT / f"{facts}-facts"
    try:
        describe(home)
    except NoGeneration:
        print(f"Making about {facts:,} rows in {home} …", flush=True)
        command = [*DASHAPP, "demo", "--customers", str(customers_for(facts))]
        subprocess.run(command, env=environment(home), check=True, stdout=subprocess.DEVNULL)
    if not is_of_this_release(home):
        print(f"Bringing the data in {home} up to this release …", flush=True)
        subprocess.run([*DASHAPP, "rebuild"], env=environment(home), check=True, stdout=subprocess.DEVNULL)
    return home


def rows_in(home: Path) -> int:
    """How many source rows are loaded."""
    return sum(source.rows for source in describe(home).sources)
