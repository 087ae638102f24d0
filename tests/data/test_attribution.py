"""To which campaign a conversion belongs: the last one the client replied to, if that was lately enough."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data_layer.ingest.mapping.rules import Identity, MappingFile
from data_layer.ingest.options import ImportOptions
from data_layer.ingest.run import run_rebuild
from data_layer.semantics.records import records_of
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Warehouse
from tests.data.loading import Rows, load, query
from tests.data.small import BOSS, small, split, value
from tests.postgres import PostgresServer

NEW_YORK = "America/New_York"
MAY = ("2024-05-01", "2024-06-01")
ALWAYS = Selection.parse("period=all")
LATER = {"engagement": [{"engagement_id": "E", "customer_id": "Z", "date": "2024-12-31"}]}  # the data go on until then


def sent(number: str, replied: str | None, *, who: str = "A", campaign: str = "K", **more: Any) -> dict[str, Any]:
    """A recipient, sent to on 1 May and replying ``replied``, within the hour of delivery unless told otherwise."""
    row = {"recipient_id": number, "campaign_id": campaign, "contact_id": who, "sent_at": "2024-05-01"}
    return row | {"delivered_at": replied, "replied_at": replied} | more


def taken(number: str, day: str, *, who: str = "A", product: str = "P", invested: str = "1000") -> dict[str, Any]:
    return {
        "enrollment_id": number, "customer_id": who, "product_id": product, "enrollment_date": day,
        "initial_investment": invested,
    }  # fmt: skip


def deal(number: str, stage: str = "Won", *, who: str | None = "A", value: str = "500", **more: Any) -> dict[str, Any]:
    return {"opportunity_id": number, "customer_id": who, "stage": stage, "value": value, **more}


def moved(number: str, to: str, at: str, *, of: str = "O", **more: Any) -> dict[str, Any]:
    return {"change_id": number, "opportunity_id": of, "to_stage": to, "changed_at": at, **more}


def tables(*recipients: dict[str, Any], **more: Rows) -> dict[str, Rows]:
    return {
        "contacts": [{"contact_id": name} for name in ("A", "B")],
        "campaigns": [{"campaign_id": "K", "name": "First", "cost": "10"}, {"campaign_id": "L", "name": "Second"}],
        "products": [
            {"product_id": "P", "annual_fee_percentage": "1", "management_fee_fixed": "5"},
            {"product_id": "Q", "annual_fee_percentage": "2"}, {"product_id": "F", "management_fee_fixed": "7"},
            {"product_id": "N"},
        ],
        "campaign_recipients": list(recipients), **LATER, **more,
    }  # fmt: skip


def found(
    home: Path, *recipients: dict[str, Any], options: dict[str, Any] | None = None, **more: Rows
) -> dict[str, Any]:
    """Revenue of who converted, by recipient."""
    load(home, tables(*recipients, **more), **({"time_zone": NEW_YORK} | (options or {})))
    rows = query(home, "SELECT recipient_id, is_converted, revenue FROM fact_campaign_recipient ORDER BY 1")
    assert [revenue for _, is_converted, revenue in rows if not is_converted] == [0] * sum(not row[1] for row in rows)
    return {name: revenue for name, is_converted, revenue in rows if is_converted}


def test_the_last_campaign_replied_to_gets_it_and_no_other(tmp_path: Path) -> None:
    replies = [
        sent("first", "2024-05-02 10:00"), sent("last", "2024-05-04 10:00", campaign="L"),
        sent("after", "2024-05-06 10:00"), sent("silent", None), sent("other", "2024-05-04 11:00", who="B"),
    ]  # fmt: skip
    assert found(tmp_path, *replies, enrollments=[taken("1", "2024-05-05")]) == {"last": 15}


@pytest.mark.parametrize(
    ("replied", "won", "counts"),
    [
        ("2024-05-02 10:00", "2024-05-16 10:00", True),  # to the minute 14 days
        ("2024-05-02 10:00", "2024-05-16 10:01", False),
        ("2024-05-02 10:00", "2024-05-02 10:00", True),  # at the same moment
        ("2024-05-02 10:00", "2024-05-02 09:59", False),  # before the reply
        ("2024-05-02 10:00", "2024-05-16", True),  # a day is known only: 14 days later, as days count
        ("2024-05-02 10:00", "2024-05-17", False),
        ("2024-05-02 10:00", "2024-05-02", True),  # some time on the day of the reply
        ("2024-05-02 10:00", "2024-05-01", False),
        ("2024-05-02", "2024-05-02 00:01", True),  # of the reply only the day is known
        ("2024-05-02", "2024-05-16 23:59", True),
        ("2024-05-02", "2024-05-17 00:00", False),
        ("2024-05-03T03:30:00Z", "2024-05-02", True),  # 23:30 of the day before, where the site is
        ("2024-05-03T04:30:00Z", "2024-05-02", False),
    ],
)
def test_the_window_is_exact_where_times_are_known_and_counts_days_elsewhere(
    tmp_path: Path, replied: str, won: str, counts: bool
) -> None:
    history = {"opportunities": [deal("O")], "stage_changes": [moved("1", "Won", won)]}
    assert found(tmp_path, sent("1", replied), **history) == ({"1": 500} if counts else {})


def test_the_window_is_a_setting(tmp_path: Path) -> None:
    bought = {"enrollments": [taken("1", "2024-05-05")]}
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), options={"attribution_days": 2}, **bought) == {}
    run_rebuild(tmp_path, ImportOptions(time_zone=NEW_YORK, attribution_days=3))
    assert query(tmp_path, "SELECT is_converted FROM fact_campaign_recipient") == [(True,)]


def test_of_one_day_replies_come_in_their_order_and_before_what_has_only_the_day(tmp_path: Path) -> None:
    replies = [
        sent("day", "2024-05-02"), sent("morning", "2024-05-02 09:00"), sent("evening", "2024-05-02 20:00"),
    ]  # fmt: skip
    history = {"opportunities": [deal("O")], "stage_changes": [moved("1", "Won", "2024-05-02 12:00")]}
    assert found(tmp_path, *replies, **history) == {"morning": 500}
    bought = {"enrollments": [taken("1", "2024-05-02")]}
    assert found(tmp_path, *replies, **history, **bought) == {"morning": 500, "evening": 15}
    history["stage_changes"] = [moved("1", "Won", "2024-05-02 08:00")]
    assert found(tmp_path, *replies, **history) == {"day": 500, "evening": 15}


def test_a_reply_too_late_to_count_as_one_brings_nothing(tmp_path: Path) -> None:
    late = sent("1", "2024-05-05 10:01", delivered_at="2024-05-02 10:00")  # 72 hours and a minute
    assert found(tmp_path, late, enrollments=[taken("1", "2024-05-06")]) == {}


def test_who_converts_twice_is_one_conversion_with_both_amounts(tmp_path: Path) -> None:
    both = {
        "enrollments": [taken("1", "2024-05-10", product="Q"), taken("2", "2024-05-12", product="F")],
        "opportunities": [deal("O", product_id="P")],
        "stage_changes": [moved("1", "Won", "2024-05-08 15:00")],
    }
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), **both) == {"1": 500 + 20 + 7}
    assert query(tmp_path, "SELECT converted_at, converted_date, converted_by FROM fact_campaign_recipient") == [
        (datetime(2024, 5, 8, 19), date(2024, 5, 8), "Enrolment, Won opportunity")
    ]
    data = Warehouse(tmp_path).current()
    assert value(data, "campaign_conversions", *MAY) == (1, 1)
    assert value(data, "conversion_rate", *MAY) == (1, 1)


@pytest.mark.parametrize(
    ("product", "value", "revenue"),
    [
        ("P", "500", 500),  # the product that was enrolled in: the same sale
        (None, "500", 500),  # a sale of who knows what
        ("Q", "500", 515),  # another product
        ("P", None, 15),  # not said what it is worth: its enrolment says so
    ],
)
def test_a_sale_that_two_systems_know_brings_its_revenue_once(
    tmp_path: Path, product: str | None, value: str | None, revenue: float
) -> None:
    both = {
        "enrollments": [taken("1", "2024-05-10")],
        "opportunities": [deal("O", value=value, product_id=product)],  # type: ignore[arg-type]
        "stage_changes": [moved("1", "Won", "2024-05-09 15:00")],
    }
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), **both) == {"1": revenue}


@pytest.mark.parametrize(
    ("product", "invested", "revenue"),
    [
        ("P", "1000", 15), ("Q", "1000", 20), ("F", "1000", 7),
        ("F", None, 7),  # a fixed fee needs no amount
        ("P", None, None), ("N", "1000", None), ("X", "1000", None), ("P", "0", 5),
    ],
)  # fmt: skip
def test_an_enrolment_brings_its_fees_of_a_year_and_what_is_unknown_stays_so(
    tmp_path: Path, product: str, invested: str | None, revenue: float | None
) -> None:
    bought = [taken("1", "2024-05-05", product=product, invested=invested)]  # type: ignore[arg-type]
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), sent("2", None, who="B"), enrollments=bought) == {
        "1": revenue
    }
    data = Warehouse(tmp_path).current()
    assert value(data, "campaign_conversions", *MAY) == (1, 1)
    # The zeros of who did not convert do not make it nothing, nor the campaign a loss.
    assert value(data, "campaign_revenue", *MAY)[0] == revenue
    assert value(data, "campaign_roi", *MAY)[0] == (None if revenue is None else pytest.approx((revenue - 10) / 10))


@pytest.mark.parametrize(
    ("changes", "revenue"),
    [
        ([("Won", "2024-05-05 10:00", "70")], {"1": 70}),  # worth what was said when it was won
        ([("Won", "2024-05-05 10:00", None), ("Lost", "2024-05-06 10:00", None)], {"1": 500}),  # it was won
        ([("Won", "2024-05-05 10:00", "70"), ("Lead", "2024-05-06 10:00", None), ("Won", "2024-05-07 10:00", "90")],
         {"1": 70}),  # won again: the same opportunity
        ([("Won", "2024-04-05 10:00", None), ("Lead", "2024-05-04 10:00", None), ("Won", "2024-05-07 10:00", None)], {}),
        ([("Won, to sign", "2024-05-05 10:00", "70"), ("Won", "2024-05-06 10:00", "90")], {"1": 70}),  # won in two steps
        ([("Qualified", "2024-05-05 10:00", None), ("Lost", "2024-05-06 10:00", None)], {}),
    ],
)  # fmt: skip
def test_an_opportunity_converts_when_it_is_won_for_the_first_time(
    tmp_path: Path, changes: list[tuple[str, str, str | None]], revenue: dict[str, float]
) -> None:
    history = [moved(str(place), stage, at, value=worth) for place, (stage, at, worth) in enumerate(changes)]
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), opportunities=[deal("O")], stage_changes=history) == revenue


def test_without_a_history_an_opportunity_is_won_when_it_is_closed(tmp_path: Path) -> None:
    deals = [
        deal("1", created_at="2024-04-01", closed_at="2024-05-10", value="1"),
        deal("2", created_at="2024-04-01", closed_at="2024-04-30", value="2"),
        deal("3", "Lost", created_at="2024-04-01", closed_at="2024-05-10", value="4"),
        deal("4", "Qualified", created_at="2024-05-03", value="8"),
    ]
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), opportunities=deals) == {"1": 1}


def test_what_is_nobodys_or_a_strangers_belongs_to_no_campaign(tmp_path: Path) -> None:
    nobodys = {
        "opportunities": [deal("O", who=None), deal("S", who="Y")],
        "stage_changes": [moved(of, "Won", "2024-05-05 10:00", of=of) for of in ("O", "S", "gone")],
        "enrollments": [taken("1", "2024-05-05", who="Y")],
    }
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), sent("2", "2024-05-02 10:00", who="Y"), **nobodys) == {}


def test_an_enrolment_after_leaving_counts_like_any_other(tmp_path: Path) -> None:
    back = {
        "enrollments": [taken("1", "2024-01-05"), taken("2", "2024-05-05", product="Q")],
        "retention": [{"customer_id": "A", "product_id": "P", "churn_date": "2024-03-01"}],
    }
    assert found(tmp_path, sent("1", "2024-05-02 10:00"), **back) == {"1": 20}


def test_one_person_under_two_ids_is_one(tmp_path: Path) -> None:
    same = {"email": "ann@x.org"}
    people = {
        "contacts": [{"contact_id": "A", **same}, {"contact_id": "B"}],
        "customers": [{"customer_id": "C", "enrollment_date": "2024-01-01", **same}],
    }
    bought = {"enrollments": [taken("1", "2024-05-05", who="C")], **people}
    match = {"mapping": MappingFile("crm.toml", (), None, Identity(("email",)))}
    assert found(tmp_path / "apart", sent("1", "2024-05-02 10:00"), **bought) == {}
    assert found(tmp_path / "one", sent("1", "2024-05-02 10:00"), options=match, **bought) == {"1": 15}


def test_what_is_dated_after_the_last_day_of_the_data_does_not_count_yet(tmp_path: Path) -> None:
    ahead = (date.today() + timedelta(days=30)).isoformat()
    dated = {"enrollments": [taken("1", ahead), taken("2", "2024-05-05", who="B")], "engagement": []}
    assert found(tmp_path, sent("1", ahead), sent("2", "2024-05-02", who="B"), **dated) == {"2": 15}


def test_what_the_messaging_system_reports_stands_beside_and_is_not_mixed_in(tmp_path: Path) -> None:
    reported = sent("1", None, delivered_at="2024-05-01", converted_at="2024-05-03 10:00", revenue="9.50")
    recipients = [reported, sent("2", "2024-05-02 10:00", who="B")]
    data = small(tmp_path, tables(*recipients, enrollments=[taken("1", "2024-05-05", who="B")]))
    assert value(data, "campaign_conversions", *MAY) == (1, 1)
    assert split(data, "campaign_revenue", *MAY, "campaign") == {"K": 15}
    assert value(data, "reported_conversions", *MAY) == (1, 1)
    assert value(data, "reported_revenue", *MAY) == (9.5, 1)
    records = records_of("campaign_conversions", ALWAYS, BOSS, data)
    assert [row["converted_by"] for row in records.page(0, 9)] == ["Enrolment"]
    shown = ("replied", "converted", "converted_by", "revenue", "reported_converted", "reported_revenue")
    rows = records_of("sent", ALWAYS, BOSS, data).page(0, 9, sort="replied")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        (datetime(2024, 5, 2, 14), date(2024, 5, 5), "Enrolment", 15, None, 0),
        (None, None, None, 0, datetime(2024, 5, 3, 14), Decimal("9.50")),
    ]


@pytest.mark.parametrize("besides", ["enrollments", "opportunities", "stage_changes"])
def test_conversions_are_unknown_until_enrolments_or_the_pipeline_are_loaded(tmp_path: Path, besides: str) -> None:
    alone = small(tmp_path / "alone", tables(sent("1", "2024-05-02 10:00")))
    loaded = {
        "enrollments": [taken("1", "2024-05-05")],
        "opportunities": [deal("O", created_at="2024-05-01", closed_at="2024-05-05")],
        "stage_changes": [moved("1", "Won", "2024-05-05")],
    }
    with_it = small(tmp_path / "with", tables(sent("1", "2024-05-02 10:00"), **{besides: loaded[besides]}))
    for metric in ("campaign_conversions", "conversion_rate", "campaign_revenue", "campaign_roi"):
        assert value(alone, metric, *MAY)[0] is None
    # A change of an opportunity that no table has is nobody's.
    assert value(with_it, "conversion_rate", *MAY) == (
        float(besides != "stage_changes"),
        1,
    )  # whose change, is not said


def test_both_engines_have_the_same(tmp_path: Path, postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database("attribution")
    bought = {"enrollments": [taken("1", "2024-05-05"), taken("2", "2024-05-06", who="B", product="N")]}
    recipients = [sent("1", "2024-05-02 10:00"), sent("2", "2024-05-02 10:00", who="B"), sent("3", None)]
    data = small(tmp_path, tables(*recipients, **bought), url)
    assert data.engine.dialect.name == "postgresql"
    assert value(data, "campaign_conversions", *MAY) == (2, 2)
    assert value(data, "conversion_rate", *MAY) == (1, 2)
    assert value(data, "campaign_revenue", *MAY) == (15, 1)  # of the other's product no fee is known
    assert value(data, "campaign_roi", *MAY) == (pytest.approx(0.5), 3)
    data.engine.dispose()
