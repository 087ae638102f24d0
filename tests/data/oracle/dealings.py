"""What clients hold, do and are sent: enrolments, balances, sessions, campaigns, opportunities."""

import numpy as np
import pandas as pd

from tests.data.oracle.contacts import Table

USUAL_STAGES = {stage.lower(): stage for stage in ("Lead", "Qualified", "Won", "Lost")}


def enrollments(table: Table) -> pd.DataFrame:
    """Enrolments; ``closed`` is the day the product was given up and not recovered."""
    rows, gone = table("enrollments"), table("retention")
    gone = gone[~gone["recovered_flag"].map(bool)]
    merged = rows.merge(gone[["customer_id", "product_id", "churn_date"]], on=["customer_id", "product_id"], how="left")
    closed = merged["churn_date"].where(merged["churn_date"] >= merged["enrollment_date"])
    return pd.DataFrame(
        {
            "id": merged["enrollment_id"],
            "customer": merged["customer_id"],
            "product": merged["product_id"],
            "staff": merged["advisor_id"],
            "taken_through": merged["channel"],
            "day": merged["enrollment_date"],
            "closed": closed,
        }
    )


def balances(table: Table) -> pd.DataFrame:
    """Account statements, oldest first; amounts in cents."""
    rows = table("account_balances").sort_values(["date", "row"])
    paid_in, taken_out = rows["contributions_mtd"], rows["withdrawals_mtd"]
    return pd.DataFrame(
        {
            "customer": rows["customer_id"],
            "product": rows["product_id"],
            "account": rows["customer_id"].fillna("") + "|" + rows["product_id"].fillna(""),
            "day": rows["date"],
            "balance": rows["balance"],
            "paid_in": paid_in,
            "taken_out": taken_out,
            "net": paid_in.sub(taken_out, fill_value=0),
            "returns": rows["investment_returns_mtd"],
            "fees": rows["fees_mtd"].fillna(0),
        }
    ).reset_index(drop=True)


def sessions(table: Table) -> pd.DataFrame:
    """Digital sessions; ``events``: pages and actions together, NaN where the source knows neither."""
    rows = table("engagement")
    return pd.DataFrame(
        {
            "customer": rows["customer_id"],
            "device": rows["device_type"],
            "action": rows["action_type"],
            "day": rows["date_day"],
            "hour": rows["date_hour"],
            "minutes": rows["session_duration"],
            "events": rows[["pages_viewed", "actions_taken"]].sum(axis=1, min_count=1),
        }
    )


def campaigns(table: Table) -> pd.DataFrame:
    """Campaigns with the days on which they ran; without a start, since the first sending."""
    rows, sent = table("campaigns"), table("campaign_recipients")
    first = sent.groupby("campaign_id")["sent_at_day"].min()
    return pd.DataFrame(
        {
            "campaign": rows["campaign_id"],
            "channel": rows["channel"],
            "day": rows["started_at_day"].fillna(rows["campaign_id"].map(first)),
            "ended": rows["ended_at_day"],
        }
    )


def recipients(table: Table, reply_hours: int) -> pd.DataFrame:
    """Recipients: a reply proves a read, a read proves a delivery, a delivery proves a sending.

    ``tried``: of one who was never sent anything the day of the failure, else the first day of the campaign.
    """
    rows, templates = table("campaign_recipients"), table("templates").set_index("template_id")
    replied = rows["replied_at_day"].notna()
    is_read = rows["read_at_day"].notna() | replied
    delivered = rows["delivered_at_day"].notna() | is_read
    counted_from = rows["delivered_at"].fillna(rows["sent_at"])
    late = rows["replied_at"] > counted_from + pd.Timedelta(hours=reply_hours)
    proof = [rows[f"{name}_at_day"].notna() for name in ("sent", "delivered", "read", "replied")]
    hours = [rows[f"{name}_at_hour"] for name in ("sent", "delivered", "read", "replied")]
    day = rows["sent_at_day"]
    for name in ("delivered", "read", "replied"):
        day = day.fillna(rows[f"{name}_at_day"])
    begun = campaigns(table).set_index("campaign")["day"]
    tried = day.fillna(rows["failed_at_day"]).fillna(rows["campaign_id"].map(begun))
    failed = ~delivered & (rows["failed_at_day"].notna() | rows["failure_reason"].notna())
    known = rows["campaign_id"].isin(table("campaigns")["campaign_id"])
    sent = rows["sent_at_day"].notna() | delivered
    cost = table("campaigns").set_index("campaign_id")["cost"]
    converted = rows["converted_at_day"].notna()
    revenue = rows["revenue"].where(rows["revenue"].notna() | converted, 0) if rows["revenue"].notna().any() else np.nan
    return pd.DataFrame(
        {
            "customer": rows["contact_id"],
            "campaign": rows["campaign_id"].where(known),
            "template": rows["template_id"].where(rows["template_id"].isin(templates.index)),
            "variant": rows["template_id"].map(templates["variant"]),
            "failure_reason": rows["failure_reason"].where(failed, "No failure"),
            "day": day,
            "tried": tried,
            "hour": np.select(proof, hours, np.nan).astype(float),
            "is_sent": sent,
            "is_delivered": delivered,
            "is_read": is_read,
            "is_replied": replied & ~late,
            "is_failed": failed,
            "reported": converted.astype(float) if converted.any() else np.nan,
            "reported_revenue": revenue,
            "cost": rows["campaign_id"].map(cost / sent.groupby(rows["campaign_id"]).sum()).where(sent),
        }
    )


def stage_entries(table: Table) -> pd.DataFrame:
    """Opportunities entering stages, in order.

    Where no history is given: an open opportunity is where it is since its creation; a closed one was a Lead from its
    creation and entered its stage when it was closed.  A first change that names where it came from proves a stay there
    since the creation.  The usual stages are known in any case of letters.
    """
    given, deals = table("stage_changes"), table("opportunities")
    deals = deals.assign(stage=deals["stage"].map(lambda stage: stage and USUAL_STAGES.get(stage.lower(), stage)))
    about = deals.set_index("opportunity_id")
    entries = [
        (row.opportunity_id, row.to_stage, row.changed_at, row.changed_at_day, row.value, row.row)
        for row in given.itertuples()
        if row.to_stage is not None
    ]
    first = given.sort_values(["changed_at_day", "changed_at", "row"]).drop_duplicates("opportunity_id")
    for row in first.itertuples():
        if row.from_stage is not None and row.opportunity_id in about.index:
            deal = about.loc[row.opportunity_id]
            if deal["created_at_day"] <= row.changed_at_day:
                entries.append(
                    (row.opportunity_id, row.from_stage, deal["created_at"], deal["created_at_day"], np.nan, -2)
                )
    for deal in deals[~deals["opportunity_id"].isin(given["opportunity_id"])].itertuples():
        is_open = pd.isna(deal.closed_at_day)
        if not pd.isna(deal.created_at_day):
            begin = (deal.stage or "Lead") if is_open else "Lead"
            entries.append((deal.opportunity_id, begin, deal.created_at, deal.created_at_day, np.nan, -2))
        if not is_open and deal.stage not in (None, "Lead"):
            entries.append((deal.opportunity_id, deal.stage, deal.closed_at, deal.closed_at_day, np.nan, -1))
    frame = pd.DataFrame(entries, columns=["deal", "stage", "at", "day", "value", "row"])
    frame = frame.astype({"day": "datetime64[us]", "at": "datetime64[us]", "value": float})
    frame = frame.sort_values(["deal", "day", "at", "row"]).reset_index(drop=True)
    begun, begun_day = (frame.groupby("deal")[name].transform(lambda column: column.iloc[0]) for name in ("at", "day"))
    since = (frame["at"] - begun).dt.total_seconds() / 86400
    left, left_day = (frame.groupby("deal")[name].shift(-1) for name in ("at", "day"))
    stay = (left - frame["at"]).dt.total_seconds() / 86400
    return frame.assign(
        customer=frame["deal"].map(about["customer_id"]),
        staff=frame["deal"].map(about["owner_id"]),
        product=frame["deal"].map(about["product_id"]),
        said=frame["value"],
        value=frame["value"].fillna(frame["deal"].map(about["value"])),
        stay=stay.fillna((left_day - frame["day"]).dt.days.astype(float)),
        since_begun=since.fillna((frame["day"] - begun_day).dt.days.astype(float)),
    )


WAY = ("Lead", "Qualified", "Won")


def passages(table: Table, entries: pd.DataFrame, as_of: pd.Timestamp, window_days: int) -> pd.DataFrame:
    """How far each opportunity came: a row per stage of the way that it was in or beyond, dated by its beginning.

    ``went_on``, ``won_on``: days, NaT where that never came.  ``lost_on``: of the furthest stage of one that is lost now.
    """
    deals = table("opportunities").set_index("opportunity_id")
    found = []
    for deal, stays in entries.groupby("deal", sort=False):
        begun, last = stays["day"].iloc[0], stays.iloc[-1]
        known = deals["value"].get(deal, np.nan)
        said = stays["said"].dropna()
        value = said.iloc[-1] if pd.isna(known) and len(said) else known
        days = [begun, *(_first_in(stays, WAY[place:]) for place in range(1, len(WAY)))]
        furthest = max(place for place, day in enumerate(days) if not pd.isna(day))
        for place, day in enumerate(days):
            if pd.isna(day):
                continue
            after = days[place + 1] if place + 1 < len(WAY) else pd.NaT
            lost = last["day"] if last["stage"] == "Lost" and place == furthest else pd.NaT
            found.append((deal, WAY[place], begun, day, after, days[-1], lost, value, stays.index[0]))
    columns = ["deal", "stage", "day", "entered", "went_on", "won_on", "lost_on", "value", "at"]
    frame = pd.DataFrame(found, columns=columns)
    window = pd.Timedelta(days=window_days)
    who = entries.loc[frame["at"], ["customer", "staff", "product"]].reset_index(drop=True)
    return frame.drop(columns="at").assign(
        **who,
        is_due=frame["entered"] + window <= as_of,
        went_on_in_time=frame["went_on"] <= frame["entered"] + window,
        won_in_time=frame["won_on"] <= frame["day"] + window,
    )


def _first_in(stays: pd.DataFrame, stages: tuple[str, ...]) -> pd.Timestamp:
    """The first day in one of the stages; NaT where it never was."""
    days: pd.Series = stays.loc[stays["stage"].isin(stages), "day"]
    return days.min()
