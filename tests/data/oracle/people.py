"""Who is who: clients, staff and products with what they can be split by, and who looks after whom."""

import pandas as pd
import phonenumbers

from tests.data.oracle.contacts import Table
from tests.data.oracle.demo import PLAN

UNKNOWN = "Unknown"
US_STATES = {
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY",
    "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND",
    "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC",
    "PR",
}  # fmt: skip
AGES = [
    (25, "Under 25"),
    (35, "25–34"),
    (45, "35–44"),
    (55, "45–54"),
    (65, "55–64"),
    (75, "65–74"),
    (999, "75 and over"),
]
TENURES = [(1, "Under 1 year"), (2, "1–2 years"), (5, "2–5 years"), (999, "5 years and over")]


def years_between(start: pd.Timestamp, end: pd.Timestamp) -> int:
    """Whole years, as birthdays count them."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def band(start: pd.Timestamp, as_of: pd.Timestamp, bands: list[tuple[int, str]]) -> str:
    if pd.isna(start):
        return UNKNOWN
    return next(label for limit, label in bands if years_between(start, as_of) < limit)


def country(phone: str | None, state: str) -> str:
    """ISO country of the phone's country code; the US for an address there without a usable number."""
    fallback = "US" if state in US_STATES else UNKNOWN
    if phone is None:
        return fallback
    try:
        number = phonenumbers.parse(phone, "US" if state in US_STATES else None)
    except phonenumbers.NumberParseException:
        return fallback
    if number.country_code == 1:
        return phonenumbers.region_code_for_number(number) or "US"
    return phonenumbers.region_code_for_country_code(number.country_code)


def profiles(table: Table) -> pd.DataFrame:
    """Clients of the three systems, one row per id; the financial system is believed first."""
    customers = table("customers").set_index("customer_id")
    clients, contacts = table("clients").set_index("client_id"), table("contacts").set_index("contact_id")
    ids = sorted({*customers.index, *clients.index, *contacts.index})
    frame = pd.DataFrame(index=pd.Index(ids, name="customer", dtype=object))
    found = [customers.reindex(ids), clients.reindex(ids), contacts.reindex(ids)]
    frame["segment"], frame["state"], frame["city"] = (
        found[0][name].fillna(UNKNOWN) for name in ("customer_segment", "address_state", "address_city")
    )
    phone = found[0]["phone"].fillna(found[1]["phone"]).fillna(found[2]["phone"])
    phones = [None if pd.isna(value) else value for value in phone]
    frame["country"] = [country(number, state) for number, state in zip(phones, frame["state"], strict=True)]
    frame["birth_date"], frame["enrolled"] = found[0]["birth_date"], found[0]["enrollment_date"]
    frame["known_since"] = pd.concat(
        [found[0]["enrollment_date"], found[1]["created_at_day"], found[2]["created_at_day"]], axis=1
    ).min(axis=1)
    label = found[2]["label"].fillna("No label")
    frame["attribute.label"] = label.where(frame.index.isin(contacts.index), UNKNOWN)
    told = table("customer_attributes")
    told = told[told["name"] == PLAN].set_index("customer_id")["value"].reindex(frame.index).fillna(UNKNOWN)
    frame[f"attribute.{PLAN}"] = told.where(told.str.lower() != "unknown", UNKNOWN)
    frame["source_channel"], frame["contact_owner"] = found[2]["source_channel"], found[2]["owner_id"]
    return frame


def staff_teams(table: Table) -> dict[str, str]:
    """Team by staff id; an advisor without one belongs to the office."""
    teams: dict[str, str] = {}
    for name, key, column in (("advisors", "advisor_id", "office_location"), ("agents", "agent_id", "team")):
        rows = table(name).dropna(subset=[column])
        teams |= dict(zip(rows[key], rows[column], strict=True))
    rows = table("staff").dropna(subset=["team"])
    return teams | dict(zip(rows["staff_id"], rows["team"], strict=True))


def clients(
    table: Table, contacts: pd.DataFrame, held: pd.DataFrame, active: set[str], as_of: pd.Timestamp, active_days: int
) -> pd.DataFrame:
    """Clients by id: first seen, bands and status as of the last day, and the owner.

    The owner is the advisor of the newest open enrolment, else the contact's owner, else who dealt with them last.
    """
    frame = profiles(table)
    taken = held.sort_values(["day", "id"])
    first = pd.concat(
        [frame["known_since"], *(rows.groupby("customer")["day"].min() for rows in (taken, contacts))], axis=1
    )
    frame["first_seen"] = first.reindex(frame.index).min(axis=1)
    frame["first_enrolled"] = pd.concat([frame["enrolled"], taken.groupby("customer")["day"].min()], axis=1).min(axis=1)
    through = taken.drop_duplicates("customer").set_index("customer")["taken_through"].reindex(frame.index)
    frame["acquisition_channel"] = frame["source_channel"].fillna(through).fillna(UNKNOWN)
    frame["age_band"] = [band(day, as_of, AGES) for day in frame["birth_date"]]
    frame["tenure_band"] = [band(day, as_of, TENURES) for day in frame["first_seen"]]
    is_new = frame["first_seen"] > as_of - pd.Timedelta(days=active_days)
    frame["status"] = [
        "Active" if client in active else UNKNOWN if pd.isna(seen) else "Too early" if new else "Inactive"
        for client, seen, new in zip(frame.index, frame["first_seen"], is_new, strict=True)
    ]
    is_open = taken[
        taken["staff"].notna() & (taken["closed"].isna() | (taken["closed"] > as_of)) & (taken["day"] <= as_of)
    ]
    ordered = contacts[contacts["staff"].notna()].sort_values(["day", "at", "source_order", "id"])
    advisor, last = (rows.groupby("customer")["staff"].last().reindex(frame.index) for rows in (is_open, ordered))
    frame["owner"] = advisor.fillna(frame["contact_owner"]).fillna(last).fillna(UNKNOWN)
    return frame
