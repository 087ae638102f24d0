"""How clients stand in the star: when they came and went, whether they are active, what they are worth; worked out by hand."""

from datetime import date
from pathlib import Path
from typing import Any

from data_layer.warehouse.tables import FOREVER
from tests.data.loading import load, query

D = date


def customer(name: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": name, "first_name": "Ann", "last_name": name, **more}


def enrollment(number: int, who: str, product: str, day: str) -> dict[str, Any]:
    return {"enrollment_id": str(number), "customer_id": who, "product_id": product, "enrollment_date": day}


def given_up(who: str, product: str, day: str) -> dict[str, Any]:
    return {"customer_id": who, "product_id": product, "churn_date": day}


def test_clients_come_enrol_are_lost_and_return(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "customers": [customer("A", enrollment_date="2024-01-05"), customer("B", enrollment_date="2024-01-01")],
            "contacts": [{"contact_id": "C", "created_at": "2024-02-02"}, {"contact_id": "D", "created_at": ""}],
            "enrollments": [
                enrollment(1, "A", "P", "2024-02-01"), enrollment(2, "A", "Q", "2024-02-10"),
                enrollment(3, "A", "R", "2024-04-01"), enrollment(4, "B", "P", "2024-01-01"),
                enrollment(5, "B", "Q", "2024-03-01"), enrollment(6, "C", "P", "2024-02-02"),
            ],
            "retention": [
                given_up("A", "P", "2024-02-20"), given_up("A", "Q", "2024-03-01"),  # one of two; then the last
                given_up("B", "P", "2024-03-01"),  # for another, on the same day
                given_up("C", "P", "2024-02-02"),  # on the day it was taken: never held
            ],
        },
    )  # fmt: skip
    spans = query(
        tmp_path,
        "SELECT customer_id, movement, s.valid_from, s.valid_to FROM rollup_client_span s"
        " JOIN dim_customer USING (customer_key) ORDER BY customer_id, s.valid_from, s.valid_to",
    )
    assert spans == [
        ("A", "New", D(2024, 1, 5), D(2024, 2, 1)),
        ("A", "Enrolled", D(2024, 2, 1), D(2024, 3, 1)),
        ("A", "Lost", D(2024, 3, 1), D(2024, 4, 1)),
        ("A", "Returned", D(2024, 4, 1), FOREVER),
        ("B", "New", D(2024, 1, 1), D(2024, 1, 1)),
        ("B", "Enrolled", D(2024, 1, 1), FOREVER),
        ("C", "New", D(2024, 2, 2), FOREVER),
    ]


def test_every_day_since_the_first_has_one_status(tmp_path: Path) -> None:
    load(
        tmp_path,
        {
            "customers": [
                customer("A", enrollment_date="2024-01-01"), customer("B", enrollment_date="2024-01-01"),
                customer("C", enrollment_date="2024-01-01"),
            ],
            "engagement": [
                {"engagement_id": str(n), "customer_id": who, "date": day}
                for n, (who, day) in enumerate(
                    [("A", "2024-01-04"), ("A", "2024-02-01"), ("B", "2023-12-28"), ("B", "2024-01-20")]
                )
            ],
        },
        active_days=10,
    )  # fmt: skip
    spans = query(
        tmp_path,
        "SELECT customer_id, s.status, s.valid_from, s.valid_to FROM rollup_client_status s"
        " JOIN dim_customer USING (customer_key) ORDER BY customer_id, s.valid_from",
    )
    assert spans == [
        ("A", "Too early", D(2024, 1, 1), D(2024, 1, 4)),
        ("A", "Active", D(2024, 1, 4), D(2024, 1, 14)),
        ("A", "Inactive", D(2024, 1, 14), D(2024, 2, 1)),
        ("A", "Active", D(2024, 2, 1), D(2024, 2, 11)),
        ("A", "Inactive", D(2024, 2, 11), FOREVER),
        ("B", "Active", D(2024, 1, 1), D(2024, 1, 7)),  # what was before the first contact counts no day before it
        ("B", "Too early", D(2024, 1, 7), D(2024, 1, 11)),
        ("B", "Inactive", D(2024, 1, 11), D(2024, 1, 20)),
        ("B", "Active", D(2024, 1, 20), D(2024, 1, 30)),
        ("B", "Inactive", D(2024, 1, 30), FOREVER),
        ("C", "Too early", D(2024, 1, 1), D(2024, 1, 11)),
        ("C", "Inactive", D(2024, 1, 11), FOREVER),
    ]


def test_cohort_first_product_tenure_and_balance_in_steps(tmp_path: Path) -> None:
    people = {"A": "2023-12-30", "B": "2023-06-30", "C": "2024-01-15", "D": ""}
    load(
        tmp_path,
        {
            "customers": [customer(name, enrollment_date=day) for name, day in people.items()],
            "products": [
                {"product_id": "P", "product_category": "Equity"}, {"product_id": "Q", "product_category": "Bonds"},
            ],
            "enrollments": [
                enrollment(1, "A", "P", "2024-02-01"), enrollment(2, "A", "Q", "2024-01-31"),
                enrollment(3, "B", "Q", "2024-06-30"), enrollment(4, "B", "P", "2024-06-30"),
            ],
            "account_balances": [
                {"balance_id": str(n), "customer_id": who, "product_id": product, "date": day, "balance": amount}
                for n, (who, product, day, amount) in enumerate([
                    ("A", "P", "2024-06-30", 900), ("A", "Q", "2024-06-30", 100), ("B", "P", "2024-06-30", -1),
                    ("C", "P", "2024-01-01", 5),  # stale
                ])
            ],
        },
    )  # fmt: skip
    rows = query(
        tmp_path,
        "SELECT cohort, cohort_name, first_category, tenure_step, tenure_halves, balance_band FROM dim_customer"
        " WHERE customer_key > 0 ORDER BY customer_id",
    )
    assert rows == [
        ("2024-01", "Jan 2024", "Bonds", "0.5–1 years", 1, "1–2 k"),
        ("2024-06", "Jun 2024", "Bonds", "1–1.5 years", 2, "Below 0"),
        ("Not enrolled", "Not enrolled", "No product", "0–0.5 years", 0, "No balance"),
        ("Not enrolled", "Not enrolled", "No product", "Unknown", 9999, "No balance"),
    ]
