"""rollup_day: the figures of each day, added up once for all pages, and what they are by."""

from typing import Any

from sqlalchemy import Select

from data_layer.semantics.rollups import OF_ALL, dimensions_of, rolled_up, summing_up
from data_layer.warehouse import reading
from data_layer.warehouse.build.context import Build
from data_layer.warehouse.tables import rollup_day

# One with more rows would hardly be read faster than the facts, and take up what a worker may keep.
MOST_ROWS = 200_000


def build_days(build: Build) -> None:
    """Each family of metrics by each of its dimensions, in the order in which they are read."""
    figures = ", ".join(f"{column.name} {column.type}" for column in list(rollup_day.columns)[2:])
    build.run(f"CREATE OR REPLACE TEMP TABLE t_day (rollup_key BIGINT, member VARCHAR, name VARCHAR, {figures})")
    key = 1
    for metrics in rolled_up():
        by = (OF_ALL, *dimensions_of(metrics[0].fact))
        listed = ", ".join(f"({key + place}, '{metrics[0].name}', '{name}')" for place, name in enumerate(by))
        build.run(f"INSERT INTO main.dim_rollup VALUES {listed}")
        build.run(f"INSERT INTO t_day BY NAME {_in_words(summing_up(metrics, key))}")
        key += len(by)
    _drop_large(build)
    build.fill(
        "dim_rollup_member",
        f"""
        SELECT row_number() OVER (PARTITION BY dimension ORDER BY member) AS member_key, dimension, member AS value,
            max(name) AS name
        FROM t_day JOIN main.dim_rollup USING (rollup_key) WHERE dimension <> '{OF_ALL}' GROUP BY dimension, member
        """,
    )
    build.fill(
        "rollup_day",
        """
        SELECT t.* EXCLUDE (member, name), coalesce(m.member_key, 0) AS member_key
        FROM t_day t JOIN main.dim_rollup r USING (rollup_key)
            LEFT JOIN main.dim_rollup_member m ON m.dimension = r.dimension AND m.value = t.member
        ORDER BY rollup_key, member_key, day
        """,
    )
    build.run("DROP TABLE t_day")


def _drop_large(build: Build) -> None:
    large = f"SELECT rollup_key FROM t_day GROUP BY 1 HAVING count(*) > {MOST_ROWS}"
    build.run(f"DELETE FROM main.dim_rollup WHERE rollup_key IN ({large})")


def _in_words(chosen: Select[Any]) -> str:
    return str(chosen.compile(dialect=reading.ReadingDialect(), compile_kwargs={"literal_binds": True}))
