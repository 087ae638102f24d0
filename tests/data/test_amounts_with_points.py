"""A point before three digits of an amount stands between thousands or before fractions: the other values tell, or nobody."""

from pathlib import Path

import pytest

from data_layer.ingest import errors
from tests.data.loading import Rows, load, query


def values(home: Path, *texts: str, **options: object) -> list[float]:
    deals: Rows = [{"opportunity_id": f"{n}", "created_at": "2024-01-05", "value": t} for n, t in enumerate(texts)]
    load(home, {"opportunities": deals}, **options)
    sql = "SELECT value::DOUBLE FROM dim_opportunity WHERE opportunity_key > 0 ORDER BY opportunity_id"
    return [value for (value,) in query(home, sql)]


def test_where_nothing_tells_the_import_stops_and_says_how_to_declare_it(tmp_path: Path) -> None:
    with pytest.raises(errors.BadFile, match=r"such as 1\.234 can be read as 1234 or as 1\.234.*--decimal"):
        values(tmp_path, "1.234", "12.500", "999")
    assert values(tmp_path, "1.234", "12.500", "999", decimal=",") == [1234.0, 12500.0, 999.0]
    assert values(tmp_path, "1.234", "12.500", "999", decimal=".") == [1.23, 12.5, 999.0]


def test_other_values_tell(tmp_path: Path) -> None:
    assert values(tmp_path, "1.234", "1.234.567") == [1234.0, 1234567.0]
    assert values(tmp_path, "1.234", "1.234,50") == [1234.0, 1234.5]
    assert values(tmp_path, "1.234", "0.500") == [1.23, 0.5]
    assert values(tmp_path, "1.234", "1234.500") == [1.23, 1234.5]
    assert values(tmp_path, "1.234", "7.25") == [1.23, 7.25]
