"""What stands behind a time is understood or rejected, never overlooked: it may move the time by hours."""

from pathlib import Path

import pytest

from data_layer.ingest import errors
from data_layer.ingest.mapping.parse import read_mapping
from tests.data.loading import load, query

ZONE = "America/New_York"


def opened(home: Path, text: str) -> str | None:
    """What becomes of a time, in UTC; None where it is rejected.  Beside it, one that is plain."""
    rows = [{"conversation_id": number, "opened_at": when} for number, when in ((1, text), (2, "2024-06-02 10:00:00"))]
    load(home, {"conversations": rows}, time_zone=ZONE, max_rejects=50.0)
    found = query(home, "SELECT opened_at::VARCHAR FROM fact_interaction WHERE interaction_id = '1'")
    return str(found[0][0]) if found else None


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-02 10:00:00 CET",
        "2024-06-02 10:00:00 PST",
        "2024-06-02 10:00:00 GMT+2",
        "2024-06-02 10:00:00 Europe/Paris",
        "2024-06-02T10:00:00+02:00[Europe/Berlin]",
        "2024-06-02 10:00:00 PM EST",
        "2024-06-02 10:00:00 rubbish",
        "2024-06-02 10:00:00 p. m.",
        "2024-06-02 10.30.00.000000 PM US/EASTERN",
    ],
)
def test_what_nobody_knows_behind_a_time_costs_the_row(tmp_path: Path, text: str) -> None:
    assert opened(tmp_path, text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-02 10:00:00", "2024-06-02 14:00:00"),
        ("2024-06-02 10:00:00 UTC", "2024-06-02 10:00:00"),
        ("2024-06-02 10:00:00 GMT", "2024-06-02 10:00:00"),
        ("2024-06-02 10:00 GMT", "2024-06-02 10:00:00"),
        ("2024-06-02 10:00:00 +0200", "2024-06-02 08:00:00"),
        ("2024-06-02 10:00:00 PM", "2024-06-03 02:00:00"),
        ("2024-06-02 10:00:00.25", "2024-06-02 14:00:00.25"),
    ],
)
def test_what_is_known_behind_a_time_counts(tmp_path: Path, text: str, moment: str) -> None:
    assert opened(tmp_path, text) == moment


@pytest.mark.parametrize("text", ["1:02:30 foo", "5:30:00 PM", "1:02:30 2"])
def test_what_stands_behind_a_duration_costs_the_row(tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[[table]]\nto = "service_interactions"\nfrom = "service_interactions.csv"\n[table.columns]\n'
        'interaction_id = "interaction_id"\ndate = "date"\n'
        'duration_minutes = { from = "duration_minutes", unit = "clock" }\n'
    )
    row = {"interaction_id": "1", "date": "2024-01-05", "duration_minutes": text}
    with pytest.raises(errors.TooManyRejects):
        load(tmp_path, {"service_interactions": [row]}, mapping=read_mapping(mapping))
