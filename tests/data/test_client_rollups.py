"""The two rollups of clients, row for row against the source files: the stream of events and the health at month ends."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from data_layer.warehouse import health
from data_layer.warehouse.build import context, events
from data_layer.warehouse.engine import Generation
from tests.data import small
from tests.data.loading import load, query
from tests.data.oracle.world import World

KEYS = ["customer", "day"]


def frame(data: Generation, sql: str) -> pd.DataFrame:
    with data.connect() as connection:
        return pd.read_sql(text(sql), connection)


@pytest.fixture(scope="module")
def stream(demo: Any) -> pd.DataFrame:
    """The stream with the ids and names behind its keys."""
    return frame(
        demo.engines["duckdb"],
        """
        SELECT e.*, c.customer_id AS customer, s.staff_id, p.product_id, k.campaign_id
        FROM rollup_event e JOIN dim_customer c USING (customer_key) JOIN dim_staff s USING (staff_key)
            JOIN dim_product p USING (product_key) JOIN dim_campaign k USING (campaign_key) ORDER BY event_key
        """,
    )


def counted(rows: pd.DataFrame, columns: list[str]) -> "pd.Series[int]":
    """How often each combination is there; no hour is -1."""
    plain = pd.DataFrame(
        {
            name: pd.to_datetime(rows[name]).dt.strftime("%Y-%m-%d")
            if name in ("day", "happened_date")
            else pd.to_numeric(rows[name]).fillna(-1).astype(int)
            if name in ("hour", "happened_hour")
            else rows[name].astype(str)
            for name in columns
        }
    )
    plain.columns = pd.Index(range(len(columns)))
    return plain.value_counts().sort_index()


def test_every_event_is_in_the_stream_once_with_its_time_and_kind(world: World, stream: pd.DataFrame) -> None:
    ours = counted(stream, ["customer", "kind", "happened_date", "happened_hour", "is_work", "channel"])
    theirs = counted(world.fact("event"), ["customer", "event_kind", "day", "hour", "is_work", "channel"])
    pd.testing.assert_series_equal(ours, theirs)
    assert len(stream) > 10_000


def test_the_key_of_the_stream_is_its_order(stream: pd.DataFrame) -> None:
    """By client and day; of one day those without a time first, then by time, kind and row of the fact."""
    assert list(stream["event_key"]) == list(range(1, len(stream) + 1))
    by = ["customer_key", "happened_date", "happened_at", "kind", "source_key"]
    order = stream.sort_values(by, kind="stable", na_position="first")
    assert list(order["event_key"]) == list(stream["event_key"])


def test_sums_of_the_stream_are_those_of_the_files(world: World, stream: pd.DataFrame) -> None:
    """The files' amounts are in cents."""
    statements, taken = world.table("account_balances"), world.table("enrollments")
    columns = {
        "Money in": (statements, "contributions_mtd"),
        "Money out": (statements, "withdrawals_mtd"),
        "Enrolment": (taken, "initial_investment"),
    }
    sums = stream.groupby("kind")["amount"].sum()
    for kind, (rows, column) in columns.items():
        cents = rows[rows["customer_id"].isin(world.clients.index)][column].sum()
        assert float(sums[kind]) == pytest.approx(cents / 100), kind


def test_both_are_the_same_however_few_clients_are_taken_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = small.customers(*(f"C{number}" for number in range(7)))
    met = {
        "service_interactions": [small.contact(n, f"C{n * 5 % 7}", f"2024-03-{1 + n % 28:02} 10:00") for n in range(60)]
    }
    found = []
    for rows in (context.ROWS_AT_ONCE, 9, 1):
        monkeypatch.setattr(context, "ROWS_AT_ONCE", rows)
        monkeypatch.setattr(events, "ROWS_OF_EVENTS", rows)
        home = tmp_path / str(rows)
        load(home, {"customers": tables, **met})
        found.append(
            [query(home, f"SELECT * FROM main.{name} ORDER BY rowid") for name in ("rollup_event", "rollup_health")]
        )
    assert [len(rows) for rows in found[0]] == [60, 7 * 3]  # January, February and the last day
    assert found[0] == found[1] == found[2]


def test_the_stream_is_the_same_where_words_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few words are kept as a list with numbers, many as text."""
    sources = {
        "customers": small.customers("C1", "C2"),
        "service_interactions": [
            small.contact(n, f"C{1 + n % 2}", f"2024-03-{1 + n % 28:02} 10:00", reason_code=f"Reason {n}")
            for n in range(9)
        ],
    }
    found, types = [], []
    for most in (events.MOST_WORDS, 2):
        monkeypatch.setattr(events, "MOST_WORDS", most)
        home = tmp_path / str(most)
        load(home, sources)
        found.append(query(home, "SELECT * FROM main.rollup_event ORDER BY rowid"))
        types.append(query(home, "SELECT DISTINCT typeof(what)[:4], typeof(kind)[:4] FROM main.rollup_event"))
    assert len(found[0]) == 9
    assert found[0] == found[1]
    assert types == [[("ENUM", "ENUM")], [("VARC", "ENUM")]]


@pytest.fixture(scope="module")
def scores(demo: Any) -> pd.DataFrame:
    return frame(
        demo.engines["duckdb"],
        "SELECT c.customer_id AS customer, h.* FROM rollup_health h JOIN dim_customer c USING (customer_key)",
    )


@pytest.mark.parametrize("part", [*health.NAMES, "score", "coverage"])
def test_each_part_of_the_health_is_what_the_files_say(world: World, scores: pd.DataFrame, part: str) -> None:
    theirs = world.fact("health")
    ours = scores.assign(day=pd.to_datetime(scores["valid_from"]))
    both = ours[[*KEYS, part]].merge(
        theirs.assign(customer=theirs["customer"].astype(str))[[*KEYS, part]], on=KEYS, how="outer", indicator=True
    )
    assert (both["_merge"] == "both").all()
    left, right = both[f"{part}_x"].astype(float), both[f"{part}_y"].astype(float)
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)
    assert left.nunique() > 3


def test_the_health_of_a_day_holds_until_the_next_measurement(scores: pd.DataFrame) -> None:
    ordered = scores.sort_values(["customer", "valid_from"])
    following = ordered.groupby("customer")["valid_from"].shift(-1)
    assert (following.dropna() == ordered.loc[following.dropna().index, "valid_to"]).all()
    last = ordered[following.isna()]
    assert set(last["valid_to"].astype(str)) == {"9999-12-31"}
