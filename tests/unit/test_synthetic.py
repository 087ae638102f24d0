"""The demo data: the same for the same seed, in the columns that import expects, consistent, with its stories in it."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import phonenumbers
import pytest

from data_layer.ingest.sources import ALL_TABLES, Type
from data_layer.synthetic import DemoStory, generate
from data_layer.synthetic.scope import ZONE, Scope, as_date, to_utc
from data_layer.synthetic.writer import columns_of

END = date(2026, 3, 5)
Read = Callable[[str], pd.DataFrame]
DUE = {("interactions", "next_followup"), ("followup_actions", "followup_date"), ("campaigns", "ended_at")}


def reader(folder: Path) -> Read:
    """Reads a table once: ids as text, moments aware in the site's zone, dates and numbers as such."""
    known: dict[str, pd.DataFrame] = {}

    def read(name: str) -> pd.DataFrame:
        if name not in known:
            table = next(table for table in ALL_TABLES if table.name == name)
            texts = {column.name: "string" for column in table.columns if column.type is Type.TEXT}
            frame = pd.read_csv(folder / f"{name}.csv", dtype=texts, low_memory=False)
            for column in table.columns:
                if column.name not in frame:
                    continue
                if column.type is Type.MOMENT and (name, column.name) not in DUE - {("campaigns", "ended_at")}:
                    moment = pd.to_datetime(frame[column.name], utc=True)
                    frame[column.name] = moment.dt.tz_convert(ZONE)
                elif column.type in (Type.DATE, Type.MOMENT):
                    frame[column.name] = pd.to_datetime(frame[column.name])
            known[name] = frame
        return known[name]

    return read


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    generate(folder, customers=200, years=1, seed=7, end=END)
    return folder


@pytest.fixture(scope="module")
def tell(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoStory, Read]:
    """A company large enough for its stories to stand out."""
    folder = tmp_path_factory.mktemp("large")
    story = generate(folder, customers=1_500, years=2, seed=1, end=END)
    return story, reader(folder)


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def local_midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(day, tz=ZONE)


def test_same_seed_writes_the_same_bytes(small: Path, tmp_path: Path) -> None:
    generate(tmp_path, customers=200, years=1, seed=7, end=END)
    assert digests(tmp_path) == digests(small)


def test_another_seed_writes_other_data(small: Path, tmp_path: Path) -> None:
    generate(tmp_path, customers=200, years=1, seed=8, end=END)
    same = {name for name, digest in digests(tmp_path).items() if digests(small)[name] == digest}
    assert same <= {"interaction_types.csv", "products.csv", "templates.csv"}


def test_every_source_table_is_written_in_its_columns(small: Path) -> None:
    assert {file.stem for file in small.glob("*.csv")} == {table.name for table in ALL_TABLES}
    for table in ALL_TABLES:
        header = (small / f"{table.name}.csv").read_text(encoding="utf-8").split("\n", 1)[0]
        assert header.replace('"', "").split(",") == columns_of(table.name)
    assert columns_of("followup_actions")[-2:] == ["priority", "escalated"]
    assert "due_date" not in columns_of("followup_actions")


def test_keys_are_unique_and_filled(small: Path) -> None:
    read = reader(small)
    for table in ALL_TABLES:
        frame = read(table.name)
        assert not frame.duplicated(list(table.key)).any(), table.name
        filled = [column.name for column in table.columns if column.filled]
        assert not frame[filled].isna().any().any(), table.name


@pytest.mark.parametrize(
    ("table", "column", "targets"),
    [
        ("enrollments", "customer_id", [("customers", "customer_id")]),
        ("enrollments", "product_id", [("products", "product_id")]),
        ("enrollments", "advisor_id", [("advisors", "advisor_id")]),
        ("account_balances", "customer_id", [("customers", "customer_id")]),
        ("service_interactions", "agent_id", [("agents", "agent_id")]),
        ("service_interactions", "customer_id", [("customers", "customer_id")]),
        ("engagement", "customer_id", [("customers", "customer_id")]),
        ("retention", "customer_id", [("customers", "customer_id")]),
        ("clients", "client_id", [("customers", "customer_id")]),
        ("advisors", "advisor_id", [("staff", "staff_id")]),
        ("interactions", "client_id", [("clients", "client_id")]),
        ("interactions", "staff_id", [("staff", "staff_id")]),
        ("interactions", "type_id", [("interaction_types", "type_id")]),
        ("followup_actions", "interaction_id", [("interactions", "interaction_id")]),
        ("contacts", "owner_id", [("staff", "staff_id")]),
        ("conversations", "contact_id", [("contacts", "contact_id")]),
        ("conversations", "agent_id", [("agents", "agent_id")]),
        ("messages", "conversation_id", [("conversations", "conversation_id")]),
        ("messages", "agent_id", [("agents", "agent_id")]),
        ("campaign_recipients", "campaign_id", [("campaigns", "campaign_id")]),
        ("campaign_recipients", "template_id", [("templates", "template_id")]),
        ("campaign_recipients", "contact_id", [("contacts", "contact_id")]),
        ("opportunities", "customer_id", [("contacts", "contact_id")]),
        ("opportunities", "owner_id", [("staff", "staff_id")]),
        ("opportunities", "product_id", [("products", "product_id")]),
        ("stage_changes", "opportunity_id", [("opportunities", "opportunity_id")]),
    ],
)
def test_references_lead_somewhere(small: Path, table: str, column: str, targets: list[tuple[str, str]]) -> None:
    read = reader(small)
    known = set().union(*(set(read(name)[key]) for name, key in targets))
    used = set(read(table)[column].dropna())
    assert used
    assert used <= known


def test_contacts_are_customers_or_leads(small: Path) -> None:
    read = reader(small)
    contacts = set(read("contacts")["contact_id"])
    leads = {name for name in contacts if name.startswith("L")}
    assert leads
    assert contacts - leads <= set(read("customers")["customer_id"])


def test_balances_follow_from_the_balance_before_to_the_cent(small: Path) -> None:
    money = ["balance", "contributions_mtd", "withdrawals_mtd", "investment_returns_mtd", "fees_mtd"]
    frame = pd.read_csv(small / "account_balances.csv", dtype=str)
    for column in money:
        frame[column] = [int(Decimal(value) * 100) for value in frame[column]]
    account = ["customer_id", "product_id"]
    frame = frame.sort_values([*account, "date"])
    opened = pd.read_csv(small / "enrollments.csv", dtype=str)[[*account, "enrollment_date"]]
    frame = frame.merge(opened, on=account, how="left", validate="many_to_one")
    before = frame.groupby(account)["balance"].shift()
    inside = frame["enrollment_date"] >= as_date(Scope.of(200, 1, 7, END).first).isoformat()
    before = before.where(before.notna() | ~inside, 0)
    change = frame["contributions_mtd"] - frame["withdrawals_mtd"] + frame["investment_returns_mtd"] - frame["fees_mtd"]
    checked = before.notna()
    assert checked.sum() > 3_000
    assert (frame["balance"] - before - change)[checked].eq(0).all()


def test_balances_stand_at_month_ends_and_at_the_end(small: Path) -> None:
    dates = reader(small)("account_balances")["date"].drop_duplicates()
    assert dates.max() == pd.Timestamp(END)
    assert all(day.is_month_end or day == pd.Timestamp(END) for day in dates)


def test_nothing_is_dated_after_the_end_but_what_is_due_or_planned(small: Path) -> None:
    read = reader(small)
    for table in ALL_TABLES:
        for column in table.columns:
            if column.type not in (Type.DATE, Type.MOMENT) or column.name not in read(table.name):
                continue
            if (table.name, column.name) in DUE:
                continue
            values = read(table.name)[column.name].dropna()
            limit = local_midnight(END + timedelta(days=1)) if values.dt.tz else pd.Timestamp(END + timedelta(days=1))
            assert (values < limit).all(), f"{table.name}.{column.name}"


def test_follow_ups_are_due_up_to_thirty_days_ahead(small: Path) -> None:
    read = reader(small)
    actions = read("followup_actions").merge(read("interactions"), on="interaction_id", validate="one_to_one")
    assert len(actions) == read("interactions")["next_followup"].notna().sum()
    ahead = actions[actions["next_followup"] > pd.Timestamp(END)]
    assert (ahead["next_followup"] <= pd.Timestamp(END + timedelta(days=30))).all()
    pending = actions[actions["status"] == "Pending"]
    assert (pending["followup_date"] == pending["next_followup"]).all()
    assert (pending["next_followup"] > pd.Timestamp(END)).any()
    done = actions[actions["status"] == "Completed"]
    assert (done["followup_date"] <= pd.Timestamp(END)).all()
    assert (done["followup_date"] >= done["interaction_date"].dt.tz_localize(None).dt.normalize()).all()


def test_first_response_is_the_first_message_of_a_person(small: Path) -> None:
    read = reader(small)
    messages = read("messages")
    first = messages[messages["sender"] == "agent"].groupby("conversation_id")["sent_at"].min()
    told = read("conversations").set_index("conversation_id")["first_response_at"].dropna()
    pd.testing.assert_series_equal(told.sort_index(), first.sort_index(), check_names=False)
    begun = messages.groupby("conversation_id")["sent_at"].min()
    opened = read("conversations").set_index("conversation_id")["opened_at"]
    pd.testing.assert_series_equal(opened.sort_index(), begun.sort_index(), check_names=False)


def test_statuses_of_enrollments_agree_with_retention(small: Path) -> None:
    read = reader(small)
    both = read("enrollments").merge(read("retention"), on=["customer_id", "product_id"], how="left")
    gone = both["churn_date"].notna() & ~both["recovered_flag"].fillna(False).astype(bool)
    assert gone.any()
    assert (gone == (both["status"] == "Closed")).all()
    assert (both["churn_date"] > both["enrollment_date"])[both["churn_date"].notna()].all()


def test_stages_agree_with_their_changes(small: Path) -> None:
    read = reader(small)
    changes = read("stage_changes").sort_values(["changed_at", "change_id"])
    last = changes.groupby("opportunity_id")["to_stage"].last()
    stage = read("opportunities").set_index("opportunity_id")["stage"]
    assert stage.to_dict() == last.to_dict()
    assert set(stage) == {"Lead", "Qualified", "Won", "Lost"}
    closed = read("opportunities").set_index("opportunity_id")["closed_at"].notna()
    assert (closed == stage.isin(["Won", "Lost"])).all()


def test_telephone_numbers_are_valid_and_from_several_countries(tell: tuple[DemoStory, Read]) -> None:
    phones = tell[1]("contacts")["phone"].dropna()
    numbers = [phonenumbers.parse(phone) for phone in phones[:800]]
    assert all(phonenumbers.is_valid_number(number) for number in numbers)
    assert phones.is_unique
    abroad = np.mean([number.country_code != 1 for number in numbers])
    assert 0.07 < abroad < 0.17


def test_people_are_of_age_and_reachability_varies(tell: tuple[DemoStory, Read]) -> None:
    customers = tell[1]("customers")
    age = (pd.Timestamp(END) - customers["birth_date"]).dt.days / 365.25
    assert age.between(18, 91).all()
    assert 0 < customers["phone"].isna().mean() < 0.1
    assert 0 < customers["email"].isna().mean() < 0.1
    assert customers["address_state"].nunique() > 40


def test_rows_grow_with_customers(small: Path, tmp_path: Path) -> None:
    twice = generate(tmp_path, customers=400, years=1, seed=7, end=END).rows
    once = json.loads((small / "stories.json").read_text(encoding="utf-8"))["rows"]
    for table in ("account_balances", "engagement", "messages", "campaign_recipients", "interactions"):
        assert 1.6 < twice[table] / once[table] < 2.4, table


def test_chunks_continue_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_layer.synthetic.scope.CHUNK", 70)
    calls: list[tuple[str, int, int]] = []
    story = generate(tmp_path, customers=200, years=1, seed=7, end=END, progress=lambda *call: calls.append(call))
    read = reader(tmp_path)
    for table in ALL_TABLES:
        frame = read(table.name)
        assert len(frame) == story.rows[table.name]
        assert not frame.duplicated(list(table.key)).any(), table.name
    assert len(read("customers")) == 200
    assert set(read("messages")["conversation_id"]) <= set(read("conversations")["conversation_id"])
    assert calls[-1][1] == calls[-1][2] == len(calls)


@pytest.mark.parametrize("end", [date(2024, 2, 29), date(2026, 1, 1), date(2025, 11, 2), date(2025, 12, 31)])
def test_any_last_day_will_do(tmp_path: Path, end: date) -> None:
    story = generate(tmp_path, customers=30, years=1, seed=2, end=end)
    read = reader(tmp_path)
    assert story.last_day == end
    assert read("account_balances")["date"].max() == pd.Timestamp(end)
    assert (read("contacts")["created_at"].dt.date == end).sum() >= 2


@pytest.mark.parametrize(("customers", "years", "seed"), [(5, 1, 1), (100, 0, 1), (100, 1, -1)])
def test_requests_that_cannot_be_met_are_refused(tmp_path: Path, customers: int, years: int, seed: int) -> None:
    with pytest.raises(ValueError, match="at least 20 customers"):
        generate(tmp_path / "none", customers=customers, years=years, seed=seed, end=END)
    assert not (tmp_path / "none").exists()


def test_local_time_becomes_utc_by_the_season() -> None:
    winter, summer = (int(pd.Timestamp(day).timestamp()) for day in ("2026-01-15 12:00", "2026-07-15 12:00"))
    shift = to_utc(np.array([winter, summer])) - np.array([winter, summer])
    assert shift.tolist() == [5 * 3_600, 4 * 3_600]


def test_stories_are_recorded_beside_the_files(small: Path) -> None:
    told = json.loads((small / "stories.json").read_text(encoding="utf-8"))
    assert told["last_day"] == END.isoformat()
    assert told["rows"]["customers"] == 200


def arms(read: Read, campaign: str) -> tuple[pd.DataFrame, float]:
    """Delivered and replied by template, and the two-proportion z of the second against the first."""
    rows = read("campaign_recipients")
    counts = rows[rows["campaign_id"] == campaign].groupby("template_id")[["delivered_at", "replied_at"]].count()
    delivered, replied = counts["delivered_at"].to_numpy(), counts["replied_at"].to_numpy()
    pooled = replied.sum() / delivered.sum()
    error = np.sqrt(pooled * (1 - pooled) * (1 / delivered).sum())
    rates = replied / delivered
    return counts, float((rates[1] - rates[0]) / error)


def test_campaign_stories(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    assert arms(read, story.winning_campaign.campaign_id)[1] > 3.5
    assert abs(arms(read, story.even_campaign.campaign_id)[1]) < 1.6
    assert arms(read, story.small_campaign.campaign_id)[0]["delivered_at"].sum() <= 60
    for told in (story.winning_campaign, story.even_campaign, story.small_campaign):
        assert list(arms(read, told.campaign_id)[0].index) == [told.template_a, told.template_b]


def test_who_answered_the_winning_campaign_buys_and_others_do_so_less(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    rows, campaigns = read("campaign_recipients"), read("campaigns").set_index("campaign_id")
    deals = read("opportunities")[lambda deals: deals["stage"] == "Won"]
    bought = pd.DataFrame(
        {
            "contact_id": pd.concat([read("enrollments")["customer_id"], deals["customer_id"]]),
            "day": pd.concat([read("enrollments")["enrollment_date"], deals["closed_at"].dt.tz_localize(None)]),
        }
    )
    replies = rows[rows["replied_at"].notna()].merge(bought, on="contact_id")
    after = replies["day"] - replies["replied_at"].dt.tz_localize(None).dt.normalize()
    buyers = (
        replies[after.between(pd.Timedelta(0), pd.Timedelta(days=14))].groupby("campaign_id")["contact_id"].nunique()
    )
    buyers = buyers.reindex(campaigns.index[campaigns["ended_at"] < local_midnight(END)], fill_value=0)
    cost = campaigns["cost"].reindex(buyers.index) / buyers
    assert buyers.idxmax() == cost.idxmin() == story.winning_campaign.campaign_id
    assert buyers.max() > 3 * buyers.median()


def test_running_campaigns_send_until_the_end(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    campaigns = read("campaigns").set_index("campaign_id")
    over = campaigns["ended_at"] < local_midnight(END + timedelta(days=1))
    assert sorted(campaigns.index[~over]) == sorted(story.running_campaigns)
    last = read("campaign_recipients").groupby("campaign_id")["sent_at"].max()[list(story.running_campaigns)]
    assert (last.dt.date == END).all()
    assert len(story.running_campaigns) >= 2


def test_high_intent_story(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    rows = read("campaign_recipients")
    replies = rows[rows["replied_at"].notna()].groupby("contact_id")["campaign_id"].nunique()
    many = set(replies[replies > story.high_intent.replies_over].index)
    assert len(many) == story.high_intent.contacts >= 10
    assert set(story.high_intent.examples) <= many


def test_overloaded_team_story(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    told = story.overloaded_team
    since = local_midnight(told.since)
    talks = read("conversations").merge(read("agents"), on="agent_id")
    talks["minutes"] = (talks["first_response_at"] - talks["opened_at"]).dt.total_seconds() / 60
    late = talks[talks["opened_at"] >= since].groupby("team")
    peers = list(told.peers)
    assert late["minutes"].median()[told.team] > 2 * late["minutes"].median()[peers].max()
    assert late["satisfaction_score"].mean()[told.team] < late["satisfaction_score"].mean()[peers].min() - 0.4
    promises = (
        read("followup_actions").merge(read("interactions"), on="interaction_id").merge(read("staff"), on="staff_id")
    )
    due = promises[(promises["next_followup"] < pd.Timestamp(END)) & (promises["interaction_date"] >= since)]
    overdue = (due["status"] == "Pending").groupby(due["team"]).mean()
    assert overdue[told.team] > 2 * overdue[peers].max()


def test_losing_product_story(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    rows = read("account_balances")
    rows = rows[(rows["product_id"] == story.losing_product.product_id)]
    late = rows[rows["date"] >= pd.Timestamp(story.losing_product.since)]
    assert late["contributions_mtd"].sum() < 0.8 * late["withdrawals_mtd"].sum()
    assert (late.groupby("date")["investment_returns_mtd"].sum() < 0).all()


def test_state_stories(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    state = read("customers").set_index("customer_id")["address_state"]
    lost = read("retention")
    lost = lost.assign(
        state=lost["customer_id"].map(state), late=lost["churn_date"] >= pd.Timestamp(story.churning_state.since)
    )
    recent = lost[lost["late"]]["state"].value_counts()
    before = lost[~lost["late"]]["state"].value_counts().get(story.churning_state.state, 0) / 640 * 90
    assert recent.idxmax() == story.churning_state.state
    assert recent.max() > 3 * before
    rows = read("account_balances")
    rows = rows.assign(state=rows["customer_id"].map(state))
    totals = rows.pivot_table(index="date", columns="state", values="balance", aggfunc="sum")
    change = totals.loc[pd.Timestamp(END)] - totals.loc[pd.Timestamp("2026-01-31")]
    assert change.idxmax() == story.growing_state.state
    assert change.max() > 0.1 * totals.loc[pd.Timestamp("2026-01-31"), story.growing_state.state]


def test_peak_story(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    rows = read("messages").merge(read("conversations")[["conversation_id", "channel"]], on="conversation_id")
    rows = rows[(rows["sender"] == "customer") & (rows["channel"] == story.peak.channel)]
    rows = rows[rows["sent_at"].dt.day_of_week < 5]
    hour = rows["sent_at"].dt.hour
    share = ((hour >= story.peak.from_hour) & (hour < story.peak.to_hour)).mean()
    assert share == pytest.approx(story.peak.share, abs=0.02)


def test_bottleneck_story(tell: tuple[DemoStory, Read]) -> None:
    story, read = tell
    told = story.bottleneck
    changes = read("stage_changes").merge(read("opportunities")[["opportunity_id", "owner_id"]], on="opportunity_id")
    changes = changes.merge(read("staff")[["staff_id", "team"]], left_on="owner_id", right_on="staff_id")
    entered = changes[(changes["to_stage"] == told.stage) & (changes["changed_at"] >= local_midnight(told.since))]
    left = changes[changes["from_stage"] == told.stage][["opportunity_id", "to_stage", "changed_at"]]
    stays = entered.merge(left, on="opportunity_id", suffixes=("", "_left"))
    days = (stays["changed_at_left"] - stays["changed_at"]).dt.days.groupby(stays["team"]).median()
    won = (stays["to_stage_left"] == "Won").groupby(stays["team"]).mean()
    assert days[told.team] > 1.5 * days[list(told.peers)].max()
    assert won[told.team] < 0.7 * won[list(told.peers)].min()
