"""Every moment of the star that has a local day beside it follows a reader to another time zone."""

from data_layer.warehouse.tables import metadata
from data_layer.warehouse.zones import CLOCKS, Clock


def test_every_moment_with_a_local_day_has_its_clock() -> None:
    expected = {
        table.name: {
            Clock(name, f"{stem}_date", f"{stem}_hour" if f"{stem}_hour" in table.c else None)
            for name, stem in ((column.name, column.name.removesuffix("_at")) for column in table.c)
            if name.endswith("_at") and f"{stem}_date" in table.c
        }
        for table in metadata.sorted_tables
    }
    declared = {table.name: set(clocks) for table, clocks in CLOCKS.items()}
    declared["fact_campaign_recipient"] = {  # when it was tried is one moment or another
        clock for clock in declared["fact_campaign_recipient"] if clock.day != "tried_date"
    }
    assert declared == {name: clocks for name, clocks in expected.items() if clocks}
