"""The stages that opportunities passed, on a few hand-made rows."""

from datetime import date as D
from pathlib import Path

from tests.data.loading import load, query


def test_a_way_of_ten_stages_skipped_taken_back_lost_and_reopened(tmp_path: Path) -> None:
    stages = ["Lead", "Called", "Met", "Demo", "Trial", "Offer", "Terms", "Signed", "Closed Won", "Closed Lost"]
    deals = {
        "1": [(stage, f"2024-01-{day:02d}") for day, stage in enumerate(stages[:9], 1)],
        "2": [("Lead", "2024-01-01"), ("Demo", "2024-01-05"), ("Called", "2024-01-08"), ("Closed Lost", "2024-01-20")],
        "3": [
            ("Lead", "2024-01-01"),
            ("Closed Lost", "2024-01-03"),
            ("Lead", "2024-01-09"),
            ("Closed Won", "2024-04-20"),
        ],
        "4": [("Closed Lost", "2024-05-01")],
        "5": [(stage, f"2024-02-{day:02d}") for day, stage in enumerate(stages[:9], 1)],  # as is usual
    }
    load(
        tmp_path,
        {
            "contacts": [{"contact_id": "A"}],
            "opportunities": [{"opportunity_id": deal, "customer_id": "A", "value": deal} for deal in deals],
            "stage_changes": [
                {"change_id": f"{deal}-{place}", "opportunity_id": deal, "to_stage": stage, "changed_at": day}
                for deal, stays in deals.items()
                for place, (stage, day) in enumerate(stays)
            ],
        },
        conversion_days=30,
    )
    rows = query(
        tmp_path,
        "SELECT opportunity_id, s.name, began_date, entered_date, next_date, lost_date, is_skipped, is_due, is_in_time,"
        " is_won_in_time"
        " FROM rollup_stage_passage JOIN dim_opportunity USING (opportunity_key) JOIN dim_stage s USING (stage_key)"
        " ORDER BY opportunity_id, s.position",
    )
    found = {deal: [row[1:] for row in rows if row[0] == deal] for deal in deals}
    begun = D(2024, 1, 1)
    assert [row[0] for row in found["1"]] == stages[:9]
    assert [row[2].day for row in found["1"]] == list(range(1, 10))
    assert all(row[7] for row in found["1"][:-1])
    assert found["1"][0][8] is True
    demo, lost = D(2024, 1, 5), D(2024, 1, 20)
    assert found["2"] == [
        ("Lead", begun, begun, demo, None, False, True, True, False),
        ("Called", begun, demo, demo, None, False, True, True, False),
        ("Met", begun, demo, demo, None, True, True, True, False),
        ("Demo", begun, demo, None, lost, False, True, False, False),
    ]
    won = D(2024, 4, 20)
    assert [(row[0], row[2], row[4], row[6], row[7]) for row in found["3"]] == [
        ("Lead", begun, None, True, False),
        *((stage, won, None, False, True) for stage in stages[1:8]),
        ("Closed Won", won, None, False, False),
    ]
    assert found["4"] == [("Lead", D(2024, 5, 1), D(2024, 5, 1), None, D(2024, 5, 1), True, False, False, False)]
    again = query(
        tmp_path,
        "SELECT s.name, closed_again_date, days_since_begun, waiting_since FROM fact_stage_change"
        " JOIN dim_opportunity o USING (opportunity_key) JOIN dim_stage s USING (stage_key)"
        " WHERE opportunity_id = '3' ORDER BY entered_date",
    )
    assert again == [
        ("Lead", None, 0, begun),
        ("Closed Lost", won, 2, None),
        ("Lead", None, 8, D(2024, 1, 9)),
        ("Closed Won", None, 110, None),
    ]
    assert query(tmp_path, "SELECT conversion_days FROM generation") == [(30,)]
