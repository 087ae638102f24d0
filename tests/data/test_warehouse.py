"""The warehouse as the site opens it: whatever its folder or its address is called, and when data come and go."""

import gc
import threading
import weakref
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from data_layer.warehouse import generations
from data_layer.warehouse.engine import NoData, QueryTooLong, Warehouse, opened
from data_layer.warehouse.functions import columns_of
from tests.data.importing import until
from tests.data.loading import Rows, load, query

CLIENTS: Rows = [{"customer_id": "C1", "enrollment_date": "2024-06-01"}]


def clients_in(home: Path, url: str | None = None) -> int:
    with closing(Warehouse(home, url)) as warehouse, warehouse.current().connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM dim_customer WHERE customer_key > 0")).scalar_one())


@pytest.mark.parametrize("name", ["a%20b", "a#b", "o'brien", "with blanks"])
def test_the_folder_may_have_any_name(tmp_path: Path, name: str, postgres_url: str) -> None:
    home = tmp_path / name
    load(home, {"customers": CLIENTS}, warehouse_url=postgres_url)
    assert clients_in(home) == clients_in(home, postgres_url) == 1


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_of_postgresql_may_begin_as_the_settings_allow(
    tmp_path: Path, postgres_url: str, scheme: str
) -> None:
    url = f"{scheme}://{postgres_url.partition('://')[2]}"
    load(tmp_path, {"customers": CLIENTS}, warehouse_url=url)
    assert clients_in(tmp_path, url) == 1


def test_an_empty_database_has_no_data(tmp_path: Path, postgres_url: str) -> None:
    with closing(Warehouse(tmp_path, postgres_url)) as warehouse, pytest.raises(NoData):
        warehouse.current()


def test_a_pointer_to_a_file_that_is_gone_is_no_data(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CLIENTS})
    file = generations.current_file(tmp_path)
    assert file is not None
    file.unlink()
    with pytest.raises(NoData):
        Warehouse(tmp_path).current()


def test_old_data_as_seen_from_elsewhere_are_let_go(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CLIENTS})
    warehouse = Warehouse(tmp_path)
    old = weakref.ref(warehouse.seen_from("Asia/Tokyo"))
    load(tmp_path, {"customers": CLIENTS})
    warehouse.current()
    gc.collect()
    assert old() is None


def test_the_clocks_of_a_zone_hold_for_what_was_before_anything_began(tmp_path: Path) -> None:
    """Follow-ups say nothing of where the data begin; in London it was winter then, and in June it is not."""
    late = {"followup_id": "F1", "client_id": "C1", "status": "Open", "due_date": "2024-01-10 23:30"}
    load(tmp_path, {"customers": CLIENTS, "followup_actions": [late]}, time_zone="UTC")
    data = Warehouse(tmp_path).current()
    assert str(data.first_day) == "2024-06-01"
    with data.seen_from("Europe/London").connect() as connection:
        day = connection.execute(text("SELECT due_date FROM fact_followup")).scalar_one()
    assert str(day) == "2024-01-10"


def test_where_there_are_only_promises_the_data_begin_with_them(tmp_path: Path) -> None:
    load(tmp_path, {"followup_actions": [{"followup_id": "F1", "status": "Open", "due_date": "2024-01-05"}]})
    assert str(Warehouse(tmp_path).current().first_day) == "2024-01-05"


def test_a_query_that_is_too_long_while_its_rows_are_fetched_says_so(tmp_path: Path) -> None:
    load(tmp_path, {"customers": CLIENTS})
    file = generations.current_file(tmp_path)
    assert file is not None
    endless = text("SELECT i AS a, CAST(hash(i) AS VARCHAR) AS b FROM range(10000000000) t(i)")
    with opened(file, timeout=0.3) as data, pytest.raises(QueryTooLong), data.connect() as connection:
        columns_of(connection.execute(endless))


WAITS = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DROP%'"


def test_who_still_reads_the_old_tables_holds_up_neither_the_new_nor_the_pointer(
    tmp_path: Path, postgres_url: str
) -> None:
    load(tmp_path, {"customers": CLIENTS}, warehouse_url=postgres_url)
    before = generations.current_file(tmp_path)
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    more: Rows = [{"customer_id": "C2", "enrollment_date": "2024-06-02"}]
    importing = threading.Thread(
        target=load, args=(tmp_path, {"customers": more}), kwargs={"warehouse_url": postgres_url}
    )
    with psycopg.connect(address) as reader, psycopg.connect(address, autocommit=True) as server:
        reader.execute("SELECT 1 FROM clientscope.dim_customer")
        importing.start()
        until(lambda: server.execute(f"SELECT 1 {WAITS}").fetchone() is not None)
        assert generations.current_file(tmp_path) != before
        assert clients_in(tmp_path, postgres_url) == 2
    importing.join(60)
    assert query(tmp_path, "SELECT count(*) FROM dim_customer WHERE customer_key > 0") == [(2,)]


def test_an_old_schema_that_cannot_be_removed_is_no_failed_import(tmp_path: Path, postgres_url: str) -> None:
    """The connection is ended while it waits: the new data are shown, here and there."""
    load(tmp_path, {"customers": CLIENTS}, warehouse_url=postgres_url)
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    ended = threading.Event()

    def end_who_waits() -> None:
        with psycopg.connect(address, autocommit=True) as server:
            until(lambda: server.execute(f"SELECT pg_terminate_backend(pid) {WAITS}").fetchone() is not None)
        ended.set()

    with psycopg.connect(address) as reader:
        reader.execute("SELECT 1 FROM clientscope.dim_customer")
        threading.Thread(target=end_who_waits).start()
        report = load(tmp_path, {"customers": CLIENTS}, warehouse_url=postgres_url)
        assert ended.wait(30)
    assert report.status == "published"
    with closing(Warehouse(tmp_path, postgres_url)) as warehouse:
        assert warehouse.current().id == report.generation_id
