"""What the page of one client shows, against the source files: the stream, the profile, the tasks, the health."""

from datetime import date, timedelta

import pandas as pd
import pytest

from data_layer.access import Role, Viewer
from data_layer.analyses.answer import Ask
from data_layer.analyses.health import HealthParts
from data_layer.analyses.health_power import auc, evaluate
from data_layer.analyses.latest import LatestRecords
from data_layer.analyses.profile import Profile
from data_layer.analyses.tasks import OpenFollowups
from data_layer.analyses.timeline import STRETCH, Timeline
from data_layer.semantics.selection import Selection
from data_layer.warehouse.engine import Generation
from tests.data.oracle.measures import enrolled_clients_on
from tests.data.oracle.world import World

ADMIN = Viewer("admin", Role.ADMIN)
EXECUTIVE, MARKETER = Viewer("boss", Role.EXECUTIVE), Viewer("ads", Role.MARKETER)
HORIZON = 90


@pytest.fixture(scope="module")
def busiest(world: World) -> str:
    """The client with the most conversations and promises in the stream."""
    rows = world.fact("event")
    telling = rows[rows["event_kind"].isin(["Message", "Follow-up", "Stage change"])]
    return str(telling.groupby("customer", observed=True).size().idxmax())


def ask(data: Generation, client: str, search: str = "period=all", viewer: Viewer = ADMIN) -> Ask:
    return Ask(Selection.parse(f"{search}&customer={client}"), viewer, data)


def whole(asked: Ask) -> pd.DataFrame:
    """The stream to its end, stretch by stretch."""
    answer = Timeline()(asked)
    frames = [answer.frame]
    while answer.facts["next"] is not None:
        answer = Timeline().more(asked, answer.facts["next"], None)
        frames.append(answer.frame)
    assert all(len(frame) == STRETCH for frame in frames[:-1])
    return pd.concat(frames, ignore_index=True)


def own(world: World, client: str) -> pd.DataFrame:
    rows = world.fact("event")
    return rows[(rows["customer"] == client) & (rows["day"] <= world.as_of)]


def by_kind_and_day(rows: pd.DataFrame, kind: str) -> dict[tuple[str, date], int]:
    days = pd.to_datetime(rows["day"]).dt.date
    return {
        key: int(count) for key, count in pd.Series(1, rows.index).groupby([rows[kind].astype(str), days]).sum().items()
    }


def test_the_stream_holds_every_event_once_newest_first(world: World, data: Generation, busiest: str) -> None:
    frame = whole(ask(data, busiest))
    assert len(frame) > 2 * STRETCH
    assert frame["key"].is_unique
    assert list(frame["day"]) == sorted(frame["day"], reverse=True)
    assert by_kind_and_day(frame, "kind") == by_kind_and_day(own(world, busiest), "event_kind")


def test_within_a_day_the_stream_is_in_order_of_time(data: Generation, busiest: str) -> None:
    for _, day in whole(ask(data, busiest)).groupby("day"):
        times = [time or "" for time in day["time"]]
        assert times == sorted(times, reverse=True)


def test_the_counts_beside_the_stream_are_those_of_its_events(world: World, data: Generation, busiest: str) -> None:
    rows = own(world, busiest)
    facts = Timeline()(ask(data, busiest, "period=all&event_kind=Message&event_kind=Follow-up")).facts
    assert facts["kinds"] == rows["event_kind"].astype(str).value_counts().to_dict()
    assert facts["chosen"] == ["Message", "Follow-up"]
    chosen = rows[rows["event_kind"].isin(["Message", "Follow-up"])]
    months = chosen["day"].dt.to_period("M").dt.start_time.dt.date.value_counts()
    assert facts["months"] == months.to_dict()
    assert facts["total"] == len(chosen)
    assert list(facts["months"]) == sorted(facts["months"], reverse=True)


def test_a_month_is_where_the_stream_begins(world: World, data: Generation, busiest: str) -> None:
    until = date(2025, 9, 1)
    frame = Timeline().more(ask(data, busiest), None, until).frame
    before = own(world, busiest)
    before = before[before["day"] < pd.Timestamp(until)]
    assert frame["day"].iloc[0] == before["day"].max().date()


def test_from_a_day_in_the_past_the_stream_goes_on_in_both_directions(data: Generation, busiest: str) -> None:
    asked = ask(data, busiest)
    everything = [int(key) for key in whole(asked)["key"]]
    answer = Timeline().more(asked, None, date(2025, 6, 16))
    frames, begun = [answer.frame], [int(key) for key in answer.frame["key"]]
    previous = answer.facts["previous"]
    assert previous == begun[0]
    while previous is not None:
        newer = Timeline().more(asked, None, None, previous)
        assert "kinds" not in newer.facts
        assert "next" not in newer.facts
        frames.insert(0, newer.frame)
        previous = newer.facts["previous"]
    found = [int(key) for key in pd.concat(frames)["key"]]
    assert len(frames) > 2
    assert found == everything[: len(found)]
    assert everything.index(begun[0]) == len(found) - len(begun) > STRETCH


def test_the_newest_stretch_has_nothing_before_it(data: Generation, busiest: str) -> None:
    assert Timeline()(ask(data, busiest)).facts["previous"] is None


def test_staff_see_their_own_work_and_what_is_nobodys(world: World, data: Generation) -> None:
    owner = world.clients["owner"].astype(str)
    staff_id = owner[owner != "Unknown"].value_counts().index[0]
    client = str(owner.index[owner == staff_id][0])
    rows = own(world, client)
    mine = rows[(rows["staff"].astype(str) == staff_id) | ~rows["is_work"].astype(bool)]
    frame = whole(ask(data, client, viewer=Viewer("s", Role.STAFF, staff_id=staff_id)))
    assert by_kind_and_day(frame, "kind") == by_kind_and_day(mine, "event_kind")
    assert frame["staff"].dropna().nunique() <= 1


def test_messages_are_read_by_those_who_may(world: World, data: Generation, busiest: str) -> None:
    talks, wrote = world.table("conversations").set_index("conversation_id"), world.table("messages")
    known = set(wrote.loc[wrote["conversation_id"].map(talks["contact_id"]) == busiest, "text"].dropna())
    asked = "period=all&event_kind=Message"
    assert set(whole(ask(data, busiest, asked, EXECUTIVE))["text"].dropna()) == known != set()
    assert whole(ask(data, busiest, asked, MARKETER))["text"].isna().all()


def test_an_event_opens_its_record(world: World, data: Generation, busiest: str) -> None:
    asked = ask(data, busiest)
    frame = whole(asked)
    notes = world.table("interactions").set_index("interaction_id")["summary"]
    for kind in frame["kind"].unique():
        key = int(frame.loc[frame["kind"] == kind, "key"].iloc[0])
        detail = Timeline().detail(asked, key)
        assert detail, kind
        assert "Client" not in [label for label, _, _ in detail], kind
    first = int(frame.loc[frame["kind"] == "Interaction", "key"].iloc[-1])
    told = {label: value for label, value, _ in Timeline().detail(asked, first) or []}
    if told["Interaction no."] in notes.index:
        assert told.get("Summary") == notes[told["Interaction no."]]


def test_another_clients_event_does_not_open(data: Generation, busiest: str) -> None:
    other = Timeline()(ask(data, "C0000001" if busiest != "C0000001" else "C0000002"))
    assert Timeline().detail(ask(data, busiest), int(other.frame["key"].iloc[0])) is None


def test_a_profile_is_what_the_files_say(world: World, data: Generation) -> None:
    table = world.table("customers").set_index("customer_id")
    client = str(table.index[table["email"].notna() & table["phone"].notna()][0])
    facts = dict(Profile()(ask(data, client)).frame.itertuples(index=False))
    assert (facts["E-mail"], facts["Phone"]) == (table["email"][client], table["phone"][client])
    assert facts["Segment"] == table["customer_segment"][client]
    assert facts["Client no."] == client
    assert facts["Status"] == str(world.clients["status"][client])
    masked = Profile()(ask(data, client, viewer=MARKETER))
    assert {"E-mail", "Phone"} & set(masked.frame["field"]) == set()
    assert masked.facts["withheld"]


def test_without_one_client_there_is_no_profile(data: Generation) -> None:
    assert Profile()(Ask(Selection.parse("period=all"), ADMIN, data)).is_empty


def test_open_followups_overdue_first(world: World, data: Generation) -> None:
    rows = world.fact("followup")
    rows = rows[(rows["standing"] == "Open") & (rows["customer"] != "Unknown")]
    client = str(rows.groupby("customer", observed=True).size().idxmax())
    rows = rows[rows["customer"] == client].sort_values("day")
    answer = OpenFollowups()(ask(data, client))
    assert list(answer.frame["due"]) == [day.date() for day in rows["day"]]
    overdue = int((rows["overdue_from"] <= world.as_of).sum())
    assert (answer.facts["overdue"], answer.facts["upcoming"]) == (overdue, len(rows) - overdue)
    assert [line.endswith(("overdue", "since today")) for line in answer.frame["standing"]] == [
        day <= world.as_of for day in rows["overdue_from"]
    ]


def test_the_newest_records_are_those_of_the_files(world: World, data: Generation, busiest: str) -> None:
    met = world.fact("contact")
    days = sorted(met.loc[met["customer"] == busiest, "day"].dt.date, reverse=True)
    answer = LatestRecords("interactions", ("opened", "interaction_type"), most=5)(ask(data, busiest))
    assert list(answer.frame["Opened"]) == days[:5]
    assert answer.facts["count"] == len(days)


def test_the_points_of_the_components_add_up_to_the_score(world: World, data: Generation) -> None:
    rows = world.fact("health")
    last = rows[rows["day"] == world.as_of].set_index("customer")["score"]
    scored, none = last.dropna(), last[last.isna()]
    for client, score in scored.iloc[::40].items():
        answer = HealthParts()(ask(data, str(client)))
        assert answer.frame["points"].sum() == pytest.approx(score)
        assert answer.facts["score"] == pytest.approx(score)
        assert answer.frame["weight"].sum() == pytest.approx(1)
    answer = HealthParts()(ask(data, str(none.index[0])))
    assert answer.facts["score"] is None
    assert answer.facts["coverage"] < 0.5
    assert answer.frame["points"].isna().all()


# ---- the power of the score


def test_an_area_counts_pairs() -> None:
    scores, left = [10.0, 20.0, 30.0, 30.0, 50.0], [True, True, False, True, False]
    pairs = [
        (a, b)
        for a, gone in zip(scores, left, strict=True)
        if gone
        for b, other in zip(scores, left, strict=True)
        if not other
    ]
    assert auc(scores, left) == pytest.approx(
        sum(1.0 if b > a else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
    )
    assert auc([1.0, 2.0], [True, True]) is None


def leaves(world: World, client: str, day: pd.Timestamp) -> bool:
    """Whether a holder on that day holds nothing any more on one of the days of the horizon."""
    held = world.fact("enrollment")
    held = held[held["customer"] == client]
    spans = list(zip(held["day"], held["closed"], strict=True))
    days = (day + pd.Timedelta(days=step) for step in range(1, HORIZON + 1))
    return any(all(closed <= at or at < begun for begun, closed in spans) for at in days)


def test_the_power_is_that_of_scores_before_and_departures_after(world: World, data: Generation) -> None:
    day = pd.Timestamp(2025, 10, 31)
    found = evaluate(ADMIN, data, HORIZON, day.date(), day.date() + timedelta(days=1))
    rows = world.fact("health")
    scores = rows[rows["day"] == day].set_index("customer")["score"].dropna()
    holders = [
        client for client in enrolled_clients_on(world, day)["customer"].astype(str).unique() if client in scores.index
    ]
    left = [leaves(world, client, day) for client in holders]
    assert (found.overall.left, found.overall.stayed) == (sum(left), len(left) - sum(left))
    assert sum(left) > 0
    assert found.overall.auc == pytest.approx(auc([float(scores[client]) for client in holders], left))
    assert found.overall.low is not None
    assert found.overall.low < found.overall.auc


def test_no_day_is_judged_before_its_horizon_is_over(data: Generation) -> None:
    days = evaluate(ADMIN, data).days
    assert days
    assert max(date.fromisoformat(one.name) for one in days) + timedelta(days=HORIZON) <= data.as_of
