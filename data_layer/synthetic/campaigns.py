"""``campaign_recipients`` and ``campaigns``: what became of each message."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from data_layer.synthetic.columns import cents, idents, moments, pick, take, whole
from data_layer.synthetic.directory import Contacts
from data_layer.synthetic.offers import CHANNELS, Offer, Programme, template_id
from data_layer.synthetic.purchases import Purchases
from data_layer.synthetic.scope import DAY, NEVER, Bool, Chunk, Int, Real, Scope, weekday
from data_layer.synthetic.shapes import ANY_WEEK, SEND_HOURS, DayShape, HourShape
from data_layer.synthetic.writer import Writer

FAILURES: Final = ("Invalid number", "Not on channel", "Blocked", "Time-out", "Opted out")
OPTED_OUT: Final = 4
EXAMPLES: Final = 20
REPLIES_OVER: Final = 3
BUYS_WITHIN: Final = 12  # days after the sending, so that a reply comes before
_BY_HOUR: Final = np.array(  # readiness to read and reply by local hour, 8 to 20 at its most
    [
        0.5,
        0.4,
        0.4,
        0.4,
        0.4,
        0.5,
        0.6,
        0.8,
        0.9,
        0.85,
        0.9,
        0.95,
        1.0,
        0.9,
        0.85,
        0.9,
        1.0,
        1.2,
        1.4,
        1.35,
        1.2,
        1,
        0.8,
        0.6,
    ]
)
_BY_DAY: Final = np.array([0.95, 1.12, 1.15, 1.08, 0.92, 0.85, 0.8])


@dataclass
class Tally:
    """What the chunks add up to."""

    audience: Counter[int] = field(default_factory=Counter)
    high_intent: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Sent:
    """One element per recipient; moments ``NEVER`` where it did not happen."""

    offer: Int
    template: Int
    contact: Int
    sent: Int
    delivered: Int
    read: Int
    replied: Int
    failed: Int
    failure: Int
    converted: Int
    revenue: Int


def _audience(rng: np.random.Generator, scope: Scope, chunk: Chunk, who: Contacts, offer: Offer) -> Int:
    known = who.created < offer.started * DAY
    there = np.flatnonzero(known & (who.until > offer.started))
    # Who answers often is asked more often.
    share = np.where(who.eager[there] > 10, max(offer.share, 0.85), offer.share)
    there = there[rng.random(len(there)) < share]
    if offer.most < NEVER:
        # The first chunk carries the whole of a small test: it stays small at any size.
        there = there[: offer.most] if chunk.index == 0 else there[:0]
    return rng.permutation(there)


def _draws(rng: np.random.Generator, size: int, even: bool) -> Real:
    """Shape (5, size) of chances.  ``even``: neighbours, who get different variants, mostly share theirs."""
    draws = rng.random((5, size))
    if even:
        half = np.flatnonzero((np.arange(size) % 2 == 1) & (rng.random(size) < 0.7))
        draws[:, half] = draws[:, half - 1]
    return draws


def _sending(rng: np.random.Generator, scope: Scope, size: int, offer: Offer) -> Int:
    until = min(offer.ended, scope.last)
    day = DayShape(scope, ANY_WEEK, seasonal=False).draw(rng, np.full(size, offer.started), np.full(size, until))
    if offer.even:
        day[1::2] = day[: size - size % 2 : 2]
    second = HourShape(SEND_HOURS).draw(rng, size)
    if offer.even:
        second[1::2] = second[: size - size % 2 : 2]
    return day * DAY + second


def _failing(draw: Real) -> tuple[Bool, Bool, Int]:
    """Failed, skipped before it was sent, and the reason (index into ``FAILURES``)."""
    skipped = draw < 0.012
    failed = (draw >= 0.012) & (draw < 0.058)
    reason = np.minimum(((draw - 0.012) / 0.046 * 4).astype(np.int64), 3)
    return failed, skipped, np.where(skipped, OPTED_OUT, reason)


def _one(rng: np.random.Generator, scope: Scope, chunk: Chunk, who: Contacts, bought: Purchases, offer: Offer) -> _Sent:
    contact = _audience(rng, scope, chunk, who, offer)
    size = len(contact)
    sent = _sending(rng, scope, size, offer)
    draws = _draws(rng, size, offer.even)
    failed, skipped, reason = _failing(draws[0])
    arm = np.arange(size) % len(offer.templates)
    ready = _BY_HOUR[sent % DAY // 3_600] * _BY_DAY[weekday(sent // DAY)]
    delivered = np.where(failed | skipped, NEVER, sent + 1 + rng.exponential(14, size).astype(np.int64))
    reply_chance = np.minimum(np.array(offer.replies)[arm] * ready * who.eager[contact], 0.8)
    # Who is about to buy answers a campaign that speaks to them.
    buys = bought.soon(contact, sent // DAY, BUYS_WITHIN)
    reply_chance = np.where(buys, np.maximum(reply_chance, offer.pull), reply_chance)
    replies = (delivered < NEVER) & (draws[2] < reply_chance)
    reads = (delivered < NEVER) & ((draws[1] < np.array(offer.reads)[arm] * ready**0.5) | replies)
    read = np.where(reads, delivered + 5 + rng.exponential(5_200, size).astype(np.int64), NEVER)
    pause = np.where(draws[3] < 0.03, rng.uniform(3.1, 6, size) * DAY, rng.exponential(3.2 * 3_600, size) + 20)
    replied = np.where(replies, read + pause.astype(np.int64), NEVER)
    # Some phones do not report that a message was read; the reply proves it.
    read = np.where(replies & (draws[4] < 0.03), NEVER, read)
    converts = replies & (rng.random(size) < 0.16)
    converted = np.where(converts, replied + (rng.uniform(0.05, 11, size) * DAY).astype(np.int64), NEVER)
    converted = np.where(converted <= scope.now, converted, NEVER)
    return _Sent(
        offer=np.full(size, offer.number),
        template=np.array(offer.templates)[arm],
        contact=contact,
        sent=np.where(skipped, NEVER, sent),
        delivered=delivered,
        read=read,
        replied=replied,
        failed=np.where(failed, sent + 20, NEVER),
        failure=np.where(failed | skipped, reason, -1),
        converted=converted,
        revenue=np.where(converted < NEVER, rng.lognormal(4.7, 0.6, size) * 100, 0).astype(np.int64),
    )


def _count(scope: Scope, who: Contacts, what: _Sent, tally: Tally) -> None:
    replies = np.bincount(what.contact[what.replied <= scope.now], minlength=who.size)
    many = np.flatnonzero(replies > REPLIES_OVER)
    tally.high_intent += len(many)
    tally.examples.extend(take(who.ids, many[: EXAMPLES - len(tally.examples)]).to_pylist())
    for number, count in zip(*np.unique(what.offer, return_counts=True), strict=True):
        tally.audience[int(number)] += int(count)


def write_recipients(
    writer: Writer,
    scope: Scope,
    chunk: Chunk,
    who: Contacts,
    bought: Purchases,
    plan: Programme,
    tally: Tally,
    first: int,
) -> None:
    """``campaign_recipients``, by campaign; adds to ``tally``; ids start after ``first``."""
    rng = scope.rng("recipients", chunk.index)
    parts = [_one(rng, scope, chunk, who, bought, offer) for offer in plan.offers]
    what = _Sent(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Sent.__dataclass_fields__))
    _count(scope, who, what, tally)
    size = len(what.offer)
    columns: dict[str, Any] = {
        "recipient_id": idents("R", np.arange(first + 1, first + size + 1), 10),
        "campaign_id": pick([offer.id for offer in plan.offers], what.offer),
        "template_id": pick([template_id(number) for number in range(int(what.template.max()) + 1)], what.template),
        "contact_id": take(who.ids, what.contact),
        "sent_at": moments(what.sent, scope.now),
        "delivered_at": moments(what.delivered, scope.now),
        "read_at": moments(what.read, scope.now),
        "replied_at": moments(what.replied, scope.now),
        "failed_at": moments(what.failed, scope.now),
        "failure_reason": pick(FAILURES, np.maximum(what.failure, 0), what.failure >= 0),
        "converted_at": moments(what.converted, scope.now),
        "revenue": cents(what.revenue, what.converted < NEVER),
    }
    writer.write("campaign_recipients", columns)


def write_campaigns(writer: Writer, scope: Scope, plan: Programme, tally: Tally) -> None:
    """``campaigns``; the end of one that is running is the day planned, or empty."""
    rng = scope.rng("campaigns")
    offers = plan.offers
    audience = np.array([tally.audience[offer.number] for offer in offers], np.int64)
    price = np.array([offer.price for offer in offers])
    started = np.array([offer.started for offer in offers]) * DAY + 8 * 3_600
    ended = np.array([offer.ended for offer in offers])
    ended = np.where(ended < NEVER, np.minimum(ended, scope.last + 1_000) * DAY + 21 * 3_600, NEVER)
    writer.write(
        "campaigns",
        {
            "campaign_id": pa.array([offer.id for offer in offers]),
            "name": pa.array([offer.name for offer in offers]),
            "channel": pick(CHANNELS, np.array([offer.channel for offer in offers])),
            "objective": pa.array([offer.objective for offer in offers]),
            "started_at": moments(started, NEVER - 1),
            "ended_at": moments(ended, NEVER - 1),
            "cost": cents((48_000 + audience * price * 100 * rng.uniform(0.9, 1.1, len(offers))).astype(np.int64)),
            "audience": whole(audience),
        },
    )
