"""Joins that multiply, averages of averages, clients without facts and facts without clients, odd balances, churn."""

import math
from pathlib import Path
from typing import Any

import pytest

from data_layer.access import Role, Viewer
from data_layer.warehouse.engine import Generation
from tests.data.loading import Rows
from tests.data.small import ask, balance, contact, customers, small, split, trend, value

YEAR = ("2024-01-01", "2025-01-01")


def enrollment(number: int, who: str, product: str, day: str, **more: Any) -> dict[str, Any]:
    return {"enrollment_id": f"N{number}", "customer_id": who, "product_id": product, "enrollment_date": day, **more}


def session(number: int, who: str, day: str, **more: Any) -> dict[str, Any]:
    return {"engagement_id": f"G{number}", "customer_id": who, "date": day, **more}


def gone(who: str, product: str, day: str, recovered: bool = False) -> dict[str, Any]:
    return {"customer_id": who, "product_id": product, "churn_date": day, "recovered_flag": str(recovered).lower()}


def last_day(day: str) -> dict[str, Rows]:
    """A contact that makes ``day`` the last one that the data cover."""
    return {"service_interactions": [contact(999, "A", day)]}


def test_facts_of_one_client_do_not_multiply_each_other(tmp_path: Path) -> None:
    """One client with 2 accounts, 3 contacts and 5 sessions: a join of all would count 30 of each."""
    data = small(
        tmp_path,
        {
            "customers": customers("A", "B"),
            "enrollments": [enrollment(n, "A", f"P{n}", "2024-01-01") for n in (1, 2)],
            "account_balances": [balance(n, "A", f"P{n}", "2024-12-01", 100, contributions_mtd=10) for n in (1, 2)],
            "service_interactions": [contact(n, "A", f"2024-12-0{n}", satisfaction_score=n) for n in (1, 3, 5)],
            "engagement": [session(n, "A", "2024-12-02") for n in range(5)],
        },
    )
    names = (
        "aum contributions interactions satisfaction_score sessions active_users total_clients products_per_customer"
    )
    for by, filters in (("", None), ("segment", None), ("", {"product_category": ("Unknown",)})):
        (row,) = ask(data, names, *YEAR, by, filters).frame[names.split()].to_dict("records")
        clients = 1 if filters else 2
        assert row == dict(zip(names.split(), (200, 20, 3, 3, 5, 1, clients, 2), strict=True))
    data.engine.dispose()


def test_an_average_is_of_the_rows_and_a_client_counts_once(tmp_path: Path) -> None:
    scores = [("A", "2024-01-05", 5), ("A", "2024-02-05", 1), ("A", "2024-02-06", 1), ("B", "2024-02-07", 1)]
    rows = [contact(n, who, day, satisfaction_score=score) for n, (who, day, score) in enumerate(scores)]
    data = small(tmp_path, {"customers": customers("A", "B"), "service_interactions": rows})
    assert split(data, "satisfaction_score", *YEAR, "month") == {"2024-01-01": 5, "2024-02-01": 1}
    assert value(data, "satisfaction_score", *YEAR) == (2, 4)  # the mean of the months would be 3
    assert value(data, "csat_rate", *YEAR) == (0.25, 4)
    assert split(data, "clients_handled", *YEAR, "month") == {"2024-01-01": 1, "2024-02-01": 2}
    assert value(data, "clients_handled", *YEAR) == (2, 4)
    data.engine.dispose()


def test_clients_without_facts_stay_and_facts_without_clients_too(tmp_path: Path) -> None:
    data = small(
        tmp_path,
        {
            "customers": [*customers("A", "B"), {"customer_id": "C", "customer_segment": "Gold"}],
            "service_interactions": [contact(1, "A", "2024-12-01"), contact(2, "X", "2024-12-01", agent_id="S"),
                                     contact(3, "", "2024-12-01")],
            "account_balances": [balance(1, "A", "P", "2024-12-01", 10), balance(2, "Y", "P", "2024-12-01", 5)],
            "engagement": [session(1, "X", "2024-12-01"), session(2, "Z", "2024-12-01")],
        },
    )  # fmt: skip
    assert split(data, "total_clients", *YEAR, "segment") == {"Gold": 2}  # C was never seen
    assert split(data, "active_clients", *YEAR, "customer") == {"A": 1}
    assert split(data, "interactions", *YEAR, "segment") == {"Gold": 1, "Unknown": 2}
    assert value(data, "interactions", *YEAR) == (3, 3)
    assert split(data, "aum", *YEAR, "segment") == {"Gold": 10, "Unknown": 5}
    assert value(data, "clients_handled", *YEAR)[0] == 1
    assert value(data, "active_users", *YEAR)[0] == 0  # unknown clients are not known to be one
    assert value(data, "sessions", *YEAR)[0] == 2
    assert data.sources["service_interactions"].orphans == 2
    # That unknown clients got in touch by telephone says nothing about other unknown clients' money.
    assert value(data, "aum", *YEAR, {"channel": ("Phone",)}) == (10, 1)
    agent = Viewer("s", Role.STAFF, staff_id="S")
    assert ask(data, "interactions", *YEAR, viewer=agent).value("interactions") == 1
    assert ask(data, "aum", *YEAR, viewer=agent).value("aum") == 0
    data.engine.dispose()


def test_balances_negative_zero_stale_doubled_and_given_up(tmp_path: Path) -> None:
    rows = [
        balance(1, "A", "debt", "2024-12-01", -150.25),
        balance(2, "A", "empty", "2024-12-01", 0),
        balance(3, "A", "fresh", "2024-11-16", 45),  # 45 days old on the last day of the year
        balance(4, "A", "stale", "2024-11-15", 46),
        balance(5, "A", "twice", "2024-12-01", 1000),
        balance(6, "A", "twice", "2024-12-01", 1),  # the last loaded of one day holds
        balance(7, "A", "moved", "2024-12-10", 7),
        balance(8, "A", "moved", "2024-12-20", 8),
        balance(9, "A", "left", "2024-12-20", 9),  # ten days after it was given up: shown as reported
    ]
    tables = {"account_balances": rows, "retention": [gone("A", "left", "2024-12-10")], **last_day("2024-12-31")}
    data = small(tmp_path, {"customers": customers("A"), **tables})
    assert value(data, "aum", *YEAR) == (-150.25 + 0 + 45 + 1 + 8 + 9, 6)
    assert value(data, "aum", "2024-12-01", "2024-12-31")[0] == -150.25 + 0 + 45 + 46 + 1 + 8 + 9
    assert value(data, "aum", "2024-12-01", "2024-12-20")[0] == -150.25 + 0 + 45 + 46 + 1 + 7
    assert value(data, "aum", "2024-11-01", "2024-12-01")[0] == 45 + 46
    data.engine.dispose()


def test_money_is_exact_to_the_cent(tmp_path: Path) -> None:
    rows = [
        balance(n, "A", f"P{n}", "2024-12-01", 0.1, contributions_mtd=0.1, withdrawals_mtd=None if n % 2 else 0.2)
        for n in range(10)
    ]
    data = small(tmp_path, {"customers": customers("A"), "account_balances": rows})
    assert value(data, "aum", *YEAR) == (1.0, 10)
    assert value(data, "net_flows", *YEAR) == (0.0, 10)
    data.engine.dispose()


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Stays; leaves and comes back with another product; is won back; leaves for good; comes in between."""
    tables = {
        "customers": customers("A", "B", "C", "D", "E"),
        "enrollments": [
            *(enrollment(n, who, "P", "2024-01-10") for n, who in enumerate("ABCD")),
            enrollment(10, "B", "Q", "2024-06-10"),
            enrollment(11, "E", "P", "2024-03-10"),
        ],
        "retention": [gone("B", "P", "2024-03-20"), gone("C", "P", "2024-03-20", True), gone("D", "P", "2024-03-20")],
        **last_day("2024-12-31"),
    }  # fmt: skip
    return small(tmp_path_factory.mktemp("home"), tables)


def test_retention_with_reactivation_and_recovery(churn: Generation) -> None:
    assert value(churn, "retention_rate", "2024-02-01", "2024-05-01") == (0.5, 4)  # A and C of A, B, C, D
    assert value(churn, "retention_rate", "2024-02-01", "2024-07-01") == (0.75, 4)  # B holds again
    assert value(churn, "retention_rate", "2024-05-01", "2024-07-01") == (
        1.0,
        3,
    )  # B, new to these months, is not in it
    assert value(churn, "retention_rate", "2024-04-01", "2025-01-01") == (1.0, 3)
    assert split(churn, "retention_rate", "2024-02-01", "2024-07-01", "customer") == {"A": 1, "B": 1, "C": 1, "D": 0}
    months = split(churn, "retention_rate", "2024-02-01", "2024-05-01", "month")
    assert months == {"2024-02-01": 1, "2024-03-01": 0.5, "2024-04-01": 1}


def test_one_who_left_holds_nothing_from_that_day(churn: Generation) -> None:
    holders = [value(churn, "products_per_customer", "2024-02-01", end)[1] for end in ("2024-03-20", "2024-03-21")]
    assert holders == [5, 3]
    assert value(churn, "products_per_customer", "2024-02-01", "2024-07-01") == (1.0, 4)


def test_activity_lasts_ninety_days_and_no_longer(churn: Generation) -> None:
    assert split(churn, "active_clients", "2024-02-01", "2024-04-09", "customer") == dict.fromkeys("ABCDE", 1)
    assert split(churn, "active_clients", "2024-02-01", "2024-04-10", "customer") == {"E": 1}
    assert value(churn, "total_clients", *YEAR) == (5, 5)


def deal(number: int, stage: str, day: str, **more: Any) -> dict[str, Any]:
    return {"opportunity_id": f"O{number}", "customer_id": "A", "stage": stage, "created_at": day, **more}


def test_deals_whose_value_nobody_knows_are_not_worth_nothing(tmp_path: Path) -> None:
    """None has a value: unknown, in one figure, by stage and over time.  Where there is no deal at all, it is 0."""
    deals = [deal(1, "Lead", "2024-03-05"), deal(2, "Qualified", "2024-05-05")]
    data = small(tmp_path, {"customers": customers("A", "B"), "opportunities": deals, **last_day("2024-12-30")})
    for metric in ("open_opportunity_value", "opportunity_value", "stage_reached_value"):
        assert value(data, metric, *YEAR) == (None, 0), metric
        assert value(data, metric, *YEAR, {"customer": ("B",)}) == (0, 0), metric
        assert all(math.isnan(worth) for worth in split(data, metric, *YEAR, "stage").values()), metric
    course = trend(data, "stage_reached_value", "2024-03-01", "2024-07-01", "month")
    assert [course[f"2024-0{month}-01"] for month in (4, 6)] == [0, 0]
    assert [math.isnan(course[f"2024-0{month}-01"]) for month in (3, 5)] == [True, True]
    assert value(data, "opportunities", *YEAR) == (2, 2)


def test_a_sum_is_of_the_values_that_are_known(tmp_path: Path) -> None:
    deals = [deal(1, "Lead", "2024-03-05"), deal(2, "Lead", "2024-05-05", value=70)]
    data = small(tmp_path, {"customers": customers("A"), "opportunities": deals, **last_day("2024-12-30")})
    assert value(data, "open_opportunity_value", *YEAR) == (70, 1)
    course = trend(data, "open_opportunity_value", "2024-03-01", "2024-07-01", "month")
    assert math.isnan(course["2024-04-01"])
    assert (course["2024-05-01"], course["2024-06-01"]) == (70, 70)


def test_statements_that_leave_an_amount_out(tmp_path: Path) -> None:
    """Balances without contributions know no contributions; one of the two flows is enough for the net."""
    rows = [balance(1, "A", "P1", "2024-03-31", 100), balance(2, "B", "P1", "2024-03-31", 50, withdrawals_mtd=5)]
    data = small(tmp_path, {"customers": customers("A", "B", "C"), "account_balances": rows})
    march = ("2024-03-01", "2024-04-01")
    assert value(data, "contributions", *march) == (None, 2)
    assert value(data, "withdrawals", *march) == (5, 2)
    assert value(data, "net_flows", *march) == (-5, 2)
    assert value(data, "net_flows", *march, {"customer": ("A",)}) == (None, 1)
    assert value(data, "net_flows", *march, {"customer": ("C",)}) == (0, 0)
    assert value(data, "net_flows", "2024-02-01", "2024-03-01")[0] is None
