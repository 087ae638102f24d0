"""Own work: adding a follow-up and settling it; a lead's ranking; from a card to what explains it."""

from tests.browser.visitor import Visitor

OPEN = "#tile-work_list tbody tr"
TASK = "Send the signed form"
HEADS = ("Rank", "Staff member", "Interactions", "Resolved", "Completed", "First response", "On time", "CSAT")
BY_ORIGIN = "/staff?list=work_list~sort~origin"


def rows(visitor: Visitor, tile: str = "work_list") -> list[list[str]]:
    """The texts of a list, row by row."""
    script = """return [...document.querySelectorAll(`#tile-${arguments[0]} tbody tr`)].map((row) =>
        [...row.cells].map((cell) => cell.innerText.trim()))"""
    return list(visitor.run(script, tile))


def tasks(visitor: Visitor) -> list[str]:
    return [row[2] for row in rows(visitor)]


def test_staff_settle_a_follow_up_that_they_added(visitor: Visitor) -> None:
    visitor.log_in("staff", BY_ORIGIN)
    client = rows(visitor)[0][0]
    total = visitor.text("#tile-work_list .list-words").split(" of ")[1]
    assert TASK not in tasks(visitor)
    visitor.click(f"{OPEN} .acts .link")
    field = visitor.until(lambda: visitor.one("#add-followup input"))
    assert client in visitor.text("#add-followup-title")
    field.send_keys(TASK)
    visitor.changing(lambda: visitor.click("#add-followup button[type=submit]"))
    visitor.until(lambda: tasks(visitor)[:1] == [TASK], "what was added is not in the list")
    assert rows(visitor)[0][0] == client
    assert visitor.text("#tile-work_list .list-words").split(" of ")[1] != total
    assert "read-only" in rows(visitor)[1][4]
    assert not visitor.all(f"{OPEN}:nth-child(2) .acts .button")
    visitor.changing(lambda: visitor.click(f"{OPEN}:first-child .acts .button"))
    visitor.until(lambda: TASK not in tasks(visitor), "what is done is still in the list")
    visitor.changing(lambda: visitor.click(".toast-act"))
    visitor.until(lambda: tasks(visitor)[:1] == [TASK], "what was undone is not in the list")
    visitor.changing(lambda: visitor.click(f"{OPEN}:first-child .acts .link"))
    visitor.until(lambda: TASK not in tasks(visitor), "what was cancelled is still in the list")


def test_a_lead_ranks_the_team(visitor: Visitor) -> None:
    visitor.log_in("support", "/staff?period=12m")
    names = [row[1] for row in rows(visitor, "performance")]
    assert len(names) > 1
    volume = [int(row[2].replace(",", "")) for row in rows(visitor, "performance")]
    assert volume == sorted(volume, reverse=True)
    heading = HEADS.index("CSAT")
    visitor.changing(lambda: visitor.click(f"#tile-performance th:nth-child({heading + 1}) .sorter"))
    assert ("list", "performance~sort~-csat_rate") in visitor.query
    ranked = [row for row in rows(visitor, "performance") if row[0] != "—"]
    shares = [float(row[heading].split()[0]) for row in ranked]
    assert shares == sorted(shares, reverse=True)
    assert [row[0] for row in ranked][:1] == ["1"]
    assert sorted(row[1] for row in rows(visitor, "performance")) == sorted(names)
    visitor.changing(lambda: visitor.click("#tile-performance tbody tr:first-child"))
    assert [chip.split(": ")[0] for chip in visitor.chips()] == ["Staff member"]


def test_staff_see_themselves_and_no_colleague(visitor: Visitor) -> None:
    visitor.log_in("staff", "/staff?period=12m")
    assert [row[0] for row in rows(visitor, "performance")][:1] == ["Interactions"]
    heads = "return [...document.querySelectorAll('#tile-performance th')].map((cell) => cell.textContent)"
    assert visitor.run(heads) == ["", "You", "Team median", "Your rank"]


def test_a_card_leads_to_what_explains_it_under_the_same_filters(visitor: Visitor) -> None:
    visitor.log_in("executive", "/?segment=Retail")
    visitor.changing(lambda: visitor.click("#tile-kpi_overdue .tile-lead"))
    assert (visitor.path, visitor.query) == ("/staff", [("segment", "Retail")])
    assert visitor.chips() == ["Segment: Retail"]
    seen = "return document.getElementById('tile-work_list').getBoundingClientRect().top < window.innerHeight / 2"
    visitor.until(lambda: visitor.run(seen), "the work list is not in sight")


def test_a_target_that_is_set_shows_on_an_open_page(visitor: Visitor) -> None:
    visitor.log_in("executive", "/staff?period=12m")
    card = "#tile-kpi_csat .kpi-target"
    assert not visitor.all(card)
    try:
        visitor.changing(lambda: visitor.site.run("target", "set", "csat_rate", "1%"))
        assert "On target" in visitor.until(lambda: visitor.text(card), "the target does not show")
    finally:
        visitor.site.run("target", "remove", "csat_rate")


def test_a_follow_up_is_added_for_a_client_who_is_looked_up(visitor: Visitor) -> None:
    visitor.log_in("staff", BY_ORIGIN)
    client = rows(visitor)[0][0]
    visitor.click("#tile-work_list .list-new")
    box = visitor.until(lambda: visitor.one("#add-followup input"))
    box.send_keys(client)
    option = visitor.until(lambda: visitor.run("return document.querySelector('#followup-clients option')?.value"))
    assert option.startswith(client)
    visitor.run("arguments[0].value = arguments[1]", box, option)
    visitor.all("#add-followup input")[1].send_keys("Look in")
    visitor.changing(lambda: visitor.click("#add-followup button[type=submit]"))
    visitor.until(
        lambda: [one[0] for one in rows(visitor)[:1]] == [client] and tasks(visitor)[:1] == ["Look in"],
        "it is not in the list",
    )
    visitor.changing(lambda: visitor.click(f"{OPEN}:first-child .acts .button"))


SHOWN_FILTERS = """return [...document.querySelectorAll('.filter[data-dimension]')].filter((box) => !box.hidden)
    .map((box) => box.dataset.dimension)"""


def test_what_the_rights_have_chosen_already_is_no_filter(visitor: Visitor) -> None:
    visitor.log_in("staff", "/staff")
    mine = visitor.until(lambda: "staff" not in (shown := visitor.run(SHOWN_FILTERS)) and shown)
    assert "team" not in mine
    assert {"interaction_type", "priority"} <= set(mine)


def test_whoever_sees_all_teams_chooses_among_them(visitor: Visitor) -> None:
    visitor.log_in("executive", "/staff")
    visitor.until(lambda: visitor.run("return !!document.querySelector('.filter[data-dimension=segment]')"))
    assert {"team", "staff"} <= set(visitor.run(SHOWN_FILTERS))
