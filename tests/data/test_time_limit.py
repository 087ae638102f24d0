"""A query over its limit is cancelled in the database itself, and the next one is answered."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from data_layer.warehouse.engine import Generation, QueryTooLong

ENDLESS = "SELECT count(*) FROM fact_balance a, fact_balance b, fact_balance c WHERE a.balance * b.balance > c.balance"


def test_a_query_over_its_limit_is_cancelled(data: Generation) -> None:
    hurried = replace(data, timeout=0.3)
    with pytest.raises(QueryTooLong, match=r"longer than 0\.3 s"), hurried.connect() as connection:
        connection.execute(text(ENDLESS)).all()
    with hurried.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
