"""The timeline of a client with thousands of events among millions of facts:  python -m benchmarks.timeline

Demo data of the wanted size; in a copy of it the busiest client is given as many events as are asked for.  Then what the
page asks: the first screenful, the next one, a month long ago, one kind, and the detail of one event.
"""

import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
import duckdb

from benchmarks.data import home_with
from benchmarks.figures import milliseconds, table
from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Ask
from data_layer.analyses.timeline import Timeline
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation, Warehouse
from data_layer.warehouse.generations import current_file, folder_of, point_to

VIEWERS = {"executive": Viewer("benchmark", Role.EXECUTIVE)}


@click.command()
@click.option("--facts", type=click.IntRange(10_000), default=10_000_000, show_default=True, help="Rows in all.")
@click.option("--events", type=click.IntRange(100), default=10_000, show_default=True, help="Events of the client.")
@click.option("--home", type=click.Path(path_type=Path), help="An instance folder to copy, instead of making one.")
@click.option("--times", type=click.IntRange(1, 100), default=7, show_default=True, help="Medians of so many.")
def main(facts: int, events: int, home: Path | None, times: int) -> None:
    """Print a line a question: milliseconds on the server."""
    source = home or home_with(facts)
    copy = source.with_name(source.name + "-timeline")
    client, own, count = prepare(source, copy, events)
    data = Warehouse(copy).current()
    month = date(data.as_of.year - 1, data.as_of.month, 1)
    stream = Timeline()

    def ask(kinds: str = "") -> Ask:
        return Ask(Selection.parse(f"period=all&customer={client}{kinds}"), VIEWERS["executive"], data)

    first = stream(ask())
    after, key = first.facts["next"], int(first.frame["key"].iloc[0])
    questions: dict[str, Callable[[], object]] = {
        "first screenful, with counts": lambda: stream(ask()),
        "next screenful": lambda: stream.more(ask(), after, None),
        "a month a year ago": lambda: stream.more(ask(), None, month),
        "messages only": lambda: stream(ask("&event_kind=Message")),
        "detail of one event": lambda: stream.detail(ask(), key),
    }
    lines = [(name, milliseconds(timed(question, times, data))) for name, question in questions.items()]
    table(f"A client with {own:,} of {count:,} events, median of {times}, ms", ("question", "ms"), lines)


def prepare(source: Path, copy: Path, events: int) -> tuple[str, int, int]:
    """The copy, its busiest client's id with that many events, and how many events there are in all."""
    original = current_file(source)
    assert original is not None, f"nothing is loaded in {source}"
    file = folder_of(copy) / original.name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, file)
        with duckdb.connect(str(file)) as con:
            grow(con, events)
        point_to(copy, file)
    with duckdb.connect(str(file), read_only=True) as con:
        found = con.execute(
            "SELECT customer_key, count(*) AS n FROM rollup_event GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1"
        ).fetchone()
        assert found is not None
        client = con.execute("SELECT customer_id FROM dim_customer WHERE customer_key = ?", [found[0]]).fetchone()
        count = con.execute("SELECT count(*) FROM rollup_event").fetchone()
    assert client is not None
    assert count is not None
    return str(client[0]), int(found[1]), int(count[0])


def grow(con: duckdb.DuckDBPyConnection, events: int) -> None:
    """Repeat the busiest client's events, moved back by some days each time, and number all events anew."""
    con.execute(
        f"""
        CREATE TABLE grown AS
        WITH busiest AS (SELECT customer_key, count(*) AS n FROM rollup_event GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1),
        more AS (
            SELECT e.* REPLACE (happened_date - CAST(t.times * 3 AS INTEGER) AS happened_date,
                happened_at - to_days(CAST(t.times * 3 AS INTEGER)) AS happened_at)
            FROM rollup_event e JOIN busiest USING (customer_key), generate_series(0, {events}) AS t(times)
            WHERE t.times * busiest.n < {events}),
        everything AS (SELECT * FROM rollup_event WHERE customer_key <> (SELECT customer_key FROM busiest) UNION ALL FROM more)
        SELECT row_number() OVER () AS event_key, * EXCLUDE (event_key) FROM (
            FROM everything ORDER BY customer_key, happened_date, happened_at NULLS FIRST, kind, source_key)
        """
    )
    con.execute("DROP TABLE rollup_event")
    con.execute("ALTER TABLE grown RENAME TO rollup_event")


def timed(question: Callable[[], object], times: int, data: Generation) -> list[float]:
    """Seconds of each of so many runs, nothing kept of the one before; the first is not counted."""
    question()
    found = []
    for _ in range(times):
        data.memo.clear()
        data.all_days.clear()
        start = time.perf_counter()
        question()
        found.append(time.perf_counter() - start)
    return found


if __name__ == "__main__":
    main()
