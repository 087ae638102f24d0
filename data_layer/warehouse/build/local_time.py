"""``local_time(moment)``: a moment in UTC as the clocks of the site's time zone showed it.

The database's own conversion looks the rules of the zone up for every row; that took half of the time in which large
facts are built.  Between two changes of the clocks the zone is so many minutes away from UTC, and the moments of a load
rarely see more than a few changes: these are asked of the database once, and the macro compares with them.
"""

from datetime import datetime, timedelta

from data_layer.ingest.sources import BY_NAME, Type
from data_layer.ingest.sql import literal, quoted
from data_layer.warehouse.build.context import Build
from data_layer.warehouse.zones import Change, ahead_of_utc

# With more of them the comparisons take more memory than the database's own way; no load of this century has so many.
MOST_CHANGES = 64
# No zone ever changed its clocks twice within so many hours.
STEP_HOURS = 6


def create_macros(build: Build, loaded: set[str]) -> None:
    """``local_time`` for the moments of the loaded source tables, and ``site_zone()``."""
    build.run(f"CREATE OR REPLACE TEMP MACRO local_time(moment) AS {_local(build, loaded)}")
    build.run(f"CREATE OR REPLACE TEMP MACRO site_zone() AS {literal(build.time_zone)}")


def _local(build: Build, loaded: set[str]) -> str:
    if build.time_zone == "UTC":
        return "moment"
    first, last = _span(build, loaded)
    found = changes(build, first, last)
    if len(found) > MOST_CHANGES:
        return _asked(build, "moment")
    return f"moment + {ahead_of_utc('moment', found)}"


def _asked(build: Build, moment: str) -> str:
    return f"timezone({literal(build.time_zone)}, timezone('UTC', {moment}))"


def _span(build: Build, loaded: set[str]) -> tuple[datetime, datetime]:
    """The first and the last moment of the loaded tables; the time of loading where there are none."""
    span = [(build.created_at, build.created_at)]
    for name in sorted(loaded & BY_NAME.keys()):
        moments = [quoted(column.name) for column in BY_NAME[name].columns if column.type is Type.MOMENT]
        if moments:
            least = ", ".join(f"min({name})" for name in moments)
            most = ", ".join(f"max({name})" for name in moments)
            row = build.con.execute(f"SELECT least({least}), greatest({most}) FROM source.{name}").fetchone()
            if row is not None and row[0] is not None:
                span.append((row[0], row[1]))
    return min(first for first, _ in span), max(last for _, last in span)


def changes(build: Build, first: datetime, last: datetime) -> list[Change]:
    """How far the zone is ahead of UTC at the first moment, and every change up to the last."""
    rows = build.con.execute(
        f"""
        SELECT t, ahead FROM (SELECT t, {_ahead(build, "t")} AS ahead FROM (
            SELECT unnest(generate_series(CAST(? AS TIMESTAMP), CAST(? AS TIMESTAMP), INTERVAL {STEP_HOURS} HOUR)) AS t))
        QUALIFY ahead IS DISTINCT FROM lag(ahead) OVER (ORDER BY t) ORDER BY t
        """,
        [first, last + timedelta(hours=STEP_HOURS)],
    ).fetchall()
    moments = _narrowed(build, [t for t, _ in rows[1:]], f"{STEP_HOURS} HOUR", "1 MINUTE")
    moments = _narrowed(build, moments, "1 MINUTE", "1 SECOND")
    return [(first, rows[0][1]), *((moment, ahead) for moment, (_, ahead) in zip(moments, rows[1:], strict=True))]


def _narrowed(build: Build, noticed: list[datetime], within: str, step: str) -> list[datetime]:
    """When the changes happened that were noticed at most so long after, to a step."""
    rows = build.con.execute(
        f"""
        SELECT min(t) FROM (SELECT n, unnest(generate_series(n - INTERVAL {within}, n, INTERVAL {step})) AS t
            FROM (SELECT unnest(CAST(? AS TIMESTAMP[])) AS n))
        WHERE {_ahead(build, "t")} = {_ahead(build, "n")} GROUP BY n ORDER BY n
        """,
        [noticed],
    ).fetchall()
    return [moment for (moment,) in rows]


def _ahead(build: Build, moment: str) -> str:
    return f"CAST(epoch({_asked(build, moment)}) - epoch({moment}) AS INTEGER)"
