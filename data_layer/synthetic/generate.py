"""Writes a folder of demo data: the files ``import`` reads, and ``stories.json`` beside them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from data_layer.synthetic import (
    attributes,
    campaigns,
    crew,
    dealings,
    digital,
    directory,
    holdings,
    messaging,
    money,
    offers,
    products,
    sales,
    service,
    threads,
)
from data_layer.synthetic.names import Names, names
from data_layer.synthetic.people import People, people
from data_layer.synthetic.products import CATALOGUE, LOSING, product_id
from data_layer.synthetic.purchases import purchases
from data_layer.synthetic.scope import ZONE, Chunk, Int, Scope, as_date
from data_layer.synthetic.stories import CampaignStory, DemoStory, HighIntentStory, Plan, plan
from data_layer.synthetic.writer import Writer

Progress = Callable[[str, int, int], None]
Rows = Callable[[int, int], None]
_STEPS: Final = (
    "customers",
    "account_balances",
    "service_interactions",
    "engagement",
    "interactions",
    "messages",
    "campaign_recipients",
    "opportunities",
)


@dataclass
class _Run:
    """What the steps share while one folder is written."""

    writer: Writer
    scope: Scope
    pool: Names
    plan: Plan
    staff: crew.Crew
    prices: products.Market
    programme: offers.Programme
    tally: campaigns.Tally
    clients: Int
    progress: Progress | None
    rows: Rows | None = None
    done: int = 0

    def tick(self, label: str) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(label, self.done, len(_STEPS) * len(list(self.scope.chunks())))
        if self.rows is not None:
            self.rows(self.writer.rows.total(), self.done)


def _begin(writer: Writer, scope: Scope, progress: Progress | None) -> _Run:
    pool = names(scope.seed)
    story = plan(scope, product_id(LOSING), CATALOGUE[LOSING].name)
    staff = crew.crew(scope, pool)
    prices = products.market(scope, story)
    products.write_products(writer, scope, prices)
    crew.write_crew(writer, staff)
    offers.write_templates(writer)
    programme = offers.programme(scope)
    clients = np.zeros(staff.advisors, np.int64)
    return _Run(writer, scope, pool, story, staff, prices, programme, campaigns.Tally(), clients, progress)


def _finance(run: _Run, chunk: Chunk, who: People) -> holdings.Accounts:
    writer, scope, rows = run.writer, run.scope, run.writer.rows
    held = holdings.accounts(scope, chunk, run.plan, who)
    holdings.write_enrollments(writer, scope, chunk, who, held, run.staff, rows["enrollments"])
    holdings.write_retention(writer, scope, chunk, run.plan, who, held)
    money.write_balances(writer, scope, chunk, run.plan, who, held, run.prices, rows["account_balances"])
    run.tick("account_balances")
    service.write_service(writer, scope, chunk, run.plan, who, run.staff, rows["service_interactions"])
    run.tick("service_interactions")
    digital.write_engagement(writer, scope, chunk, who, rows["engagement"])
    run.tick("engagement")
    return held


def _relations(run: _Run, chunk: Chunk, who: People, known: directory.Contacts, held: holdings.Accounts) -> None:
    writer, scope, staff, rows = run.writer, run.scope, run.staff, run.writer.rows
    first = rows["interactions"]
    dealt = dealings.dealings(scope, chunk, run.plan, who, staff)
    dealings.write_dealings(writer, scope, chunk, who, staff, dealt, first)
    dealings.write_followups(writer, scope, chunk, staff, dealt, rows["followup_actions"], first)
    run.tick("interactions")
    first = rows["conversations"]
    talks = threads.threads(scope, chunk, run.plan, who, known, staff)
    messaging.write_conversations(writer, scope, chunk, known, staff, talks, first)
    messaging.write_messages(writer, scope, chunk, staff, talks, rows["messages"], first)
    run.tick("messages")
    offered = sales.deals(scope, chunk, run.plan, who, known, held, staff)
    bought = purchases(known, held, offered, who.size)
    sent = rows["campaign_recipients"]
    campaigns.write_recipients(writer, scope, chunk, known, bought, run.programme, run.tally, sent)
    run.tick("campaign_recipients")
    first = rows["opportunities"]
    sales.write_opportunities(writer, scope, chunk, known, staff, offered, first)
    sales.write_stage_changes(writer, scope, offered, rows["stage_changes"], first)
    run.tick("opportunities")


def _chunk(run: _Run, chunk: Chunk) -> None:
    writer, scope, pool = run.writer, run.scope, run.pool
    who = people(scope, chunk, pool, run.plan, run.staff.advisors)
    known = directory.contacts(scope, chunk, pool, who)
    directory.write_customers(writer, scope, chunk, pool, who)
    directory.write_clients(writer, scope, chunk, pool, who)
    directory.write_contacts(writer, scope, chunk, pool, who, known, run.staff)
    attributes.write_attributes(writer, scope, chunk, who)
    run.clients += np.bincount(who.advisor, minlength=run.staff.advisors)
    run.tick("customers")
    _relations(run, chunk, who, known, _finance(run, chunk, who))


def _campaign(programme: offers.Programme, place: int, verdict: str) -> CampaignStory:
    offer = programme.offers[place]
    a, b = (offers.template_id(number) for number in offer.templates)
    return CampaignStory(offer.id, offer.name, a, b, verdict)


def _story(run: _Run) -> DemoStory:
    scope, programme, story = run.scope, run.programme, run.plan
    return DemoStory(
        seed=scope.seed,
        customers=scope.customers,
        first_day=as_date(scope.first),
        last_day=as_date(scope.last),
        zone=ZONE,
        winning_campaign=_campaign(programme, programme.winner, "B wins"),
        even_campaign=_campaign(programme, programme.even, "no difference"),
        small_campaign=_campaign(programme, programme.small, "too small"),
        running_campaigns=tuple(offer.id for offer in programme.running),
        overloaded_team=story.overloaded,
        losing_product=story.losing,
        churning_state=story.churning,
        growing_state=story.growing,
        peak=story.peak,
        high_intent=HighIntentStory(campaigns.REPLIES_OVER, run.tally.high_intent, tuple(run.tally.examples)),
        bottleneck=story.bottleneck,
        rows=dict(sorted(run.writer.rows.items())),
    )


def generate(
    folder: Path,
    *,
    customers: int = 5_000,
    years: int = 3,
    seed: int = 1,
    end: date,
    progress: Progress | None = None,
    rows: Rows | None = None,
) -> DemoStory:
    """Writes ``<table>.csv`` for every source table, and ``stories.json``, into ``folder``; replaces what is there.

    ``end``: the last day covered.  ``progress``: called with the table written, steps done and steps in all; ``rows``
    with the rows written so far and steps done.
    The same arguments write the same bytes; memory does not grow with ``customers``.  ValueError for fewer than 20
    customers or no year; OSError where the folder cannot be written.
    """
    scope = Scope.of(customers, years, seed, end)
    with Writer(folder) as writer:
        run = _begin(writer, scope, progress)
        run.rows = rows
        for chunk in scope.chunks():
            _chunk(run, chunk)
        crew.write_advisors(writer, scope, run.staff, run.clients)
        campaigns.write_campaigns(writer, scope, run.programme, run.tally)
        story = _story(run)
    text = json.dumps(story.as_json(), indent=2, default=str)
    (folder / "stories.json").write_text(text + "\n", encoding="utf-8")
    return story
