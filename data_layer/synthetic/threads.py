"""Conversations: when they begin, who answers, how fast, how they end."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.crew import Crew
from data_layer.synthetic.directory import Contacts
from data_layer.synthetic.people import People
from data_layer.synthetic.phrases import TOPIC_SHARES
from data_layer.synthetic.scope import DAY, NEVER, Bool, Chunk, Int, Real, Scope, weekday
from data_layer.synthetic.service import agents
from data_layer.synthetic.shapes import (
    CHAT_HOURS,
    CHAT_WEEK,
    EVENING_HOURS,
    DayShape,
    HourShape,
    choose,
    choose_by_row,
    happenings,
    presence,
    seasons,
)
from data_layer.synthetic.stories import Plan

CHANNELS: Final = ("WhatsApp", "Web chat", "E-mail", "SMS", "Messenger")
_SHARES: Final = np.array([[0.40, 0.24, 0.16, 0.10, 0.10], [0.52, 0.19, 0.12, 0.07, 0.10]])  # first half, second half
_MINUTES: Final = np.array([9.0, 4.0, 95.0, 14.0, 12.0])  # median until the first answer
ROUNDS: Final = 4
# Places of a conversation's messages in its timeline.
FIRST, BOT, EXTRA, ANSWER, ROUND, THANKS, AGAIN, LAST = 0, 1, 2, 3, 4, 4 + 2 * ROUNDS, 5 + 2 * ROUNDS, 6 + 2 * ROUNDS
PLACES: Final = LAST + 1


@dataclass(frozen=True)
class Threads:
    """One element per conversation, by opening time; moments beyond the scope's end have not happened.

    ``times``: shape (threads, PLACES), ``NEVER`` where there is no such message.
    """

    contact: Int
    channel: Int
    topic: Int
    agent: Int
    busy: Bool
    opened: Int
    times: Int
    resolved: Int
    reopened: Int
    assigned: Bool
    mood: Real

    @property
    def size(self) -> int:
        """How many."""
        return len(self.contact)


def _openings(rng: np.random.Generator, scope: Scope, people: People, who: Contacts) -> tuple[Int, Int]:
    """Which contact writes on which day."""
    lead = who.person < 0
    since = np.maximum(who.created // DAY, scope.first)
    until = np.minimum(who.until, np.where(lead, since + 75, scope.last))
    until = np.minimum(until, scope.last)
    loyalty = np.where(lead, 0.69, people.loyalty[np.maximum(who.person, 0)])
    rate = np.where(lead, 1.2, 0.265 * np.exp(0.9 * (0.69 - loyalty)))
    growth = np.where(lead[:, None], 1.0, seasons(scope, 0.16)[None, :])
    contact, month = happenings(rng, rate[:, None] * growth * presence(scope, since, until))
    low, high = np.maximum(scope.opens[month], since[contact]), np.minimum(scope.ends[month], until[contact])
    return contact, DayShape(scope, CHAT_WEEK, seasonal=False).draw(rng, low, high)


def _hours(rng: np.random.Generator, day: Int, channel: Int) -> Int:
    """Seconds of the day: WhatsApp peaks on weekday evenings, the rest during the day."""
    evening = HourShape(EVENING_HOURS).draw(rng, len(day))
    other = HourShape(CHAT_HOURS).draw(rng, len(day))
    return np.where((channel == 0) & (weekday(day) < 5), evening, other)


def _answers(rng: np.random.Generator, opened: Int, channel: Int, agent: Int, busy: Bool) -> Int:
    """The moment of the first human answer: nobody answers before 8:00 or after 22:00; evenings are thin."""
    hour = opened % DAY // 3_600
    slow = np.where(busy, 3.8, 1.0) * np.where((hour >= 18) & (hour < 22), 1.45, 1.0)
    slow = slow * (0.75 + 0.05 * (agent * 5 % 11))
    delay = _MINUTES[channel] * 60 * slow * np.exp(rng.normal(0, 0.85, len(opened)))
    closed = (hour < 8) | (hour >= 22)
    morning = (opened // DAY + (hour >= 22)) * DAY + 8 * 3_600
    start = np.where(closed, morning, opened)
    answered = start + np.maximum(delay * np.where(closed, 0.8, 1.0), 25).astype(np.int64)
    return np.where(rng.random(len(opened)) < 0.014, NEVER, answered)


def _timeline(rng: np.random.Generator, opened: Int, answered: Int, channel: Int, busy: Bool) -> Int:
    """Shape (threads, PLACES): when each message is written."""
    size = len(opened)
    mail = channel == 2
    times = np.full((size, PLACES), NEVER, np.int64)
    times[:, FIRST] = opened
    times[:, BOT] = np.where((rng.random(size) < 0.34) & ~mail, opened + rng.integers(2, 9, size), NEVER)
    extra = opened + rng.integers(40, 420, size)
    times[:, EXTRA] = np.where((rng.random(size) < 0.24) & (extra < answered), extra, NEVER)
    times[:, ANSWER] = answered
    rounds = np.minimum(rng.geometric(0.46, size) - 1, ROUNDS)
    clock = answered
    pace = np.where(mail, 14.0, 1.0)
    for number in range(ROUNDS):
        asks = number < rounds
        for place, median in ((ROUND + 2 * number, 130.0), (ROUND + 2 * number + 1, 190.0)):
            slow = np.where(busy & (place % 2 == 1), 2.2, 1.0)
            gap = 15 + (median * pace * slow * np.exp(rng.normal(0, 0.8, size))).astype(np.int64)
            clock = np.where(asks, clock + gap, clock)
            times[:, place] = np.where(asks, clock, NEVER)
    return times


def _ending(rng: np.random.Generator, times: Int, opened: Int) -> tuple[Int, Int]:
    """Final resolution and reopening.  Adds thanks, and what is written when a thread is reopened."""
    size = len(opened)
    said = times[:, :THANKS]
    last = np.max(np.where(said < NEVER, said, 0), axis=1)
    answered = times[:, ANSWER] < NEVER
    waits = rng.random(size) < 0.24
    pause = np.where(waits, rng.exponential(0.9 * DAY, size), rng.exponential(420.0, size) + 30).astype(np.int64)
    resolved = np.where(answered, last + pause, opened + 3 * DAY)
    thanks = answered & (rng.random(size) < 0.34)
    times[:, THANKS] = np.where(thanks, last + np.minimum(rng.integers(20, 400, size), pause), NEVER)
    again = answered & (rng.random(size) < 0.045)
    reopened = np.where(again, resolved + (rng.uniform(0.1, 5.0, size) * DAY).astype(np.int64), NEVER)
    times[:, AGAIN] = reopened
    reply = reopened + 120 + rng.exponential(5_400, size).astype(np.int64)
    times[:, LAST] = np.where(again, reply, NEVER)
    final = np.where(again, reply + 300 + rng.exponential(0.4 * DAY, size).astype(np.int64), resolved)
    return np.stack([resolved, np.where(rng.random(size) < 0.004, NEVER, final)]), reopened


def threads(scope: Scope, chunk: Chunk, plan: Plan, people: People, who: Contacts, staff: Crew) -> Threads:
    """The conversations of a chunk's contacts."""
    rng = scope.rng("threads", chunk.index)
    contact, day = _openings(rng, scope, people, who)
    size = len(contact)
    middle = (scope.first + scope.last) // 2
    channel = choose_by_row(rng, _SHARES, (day > middle).astype(np.int64))
    opened = np.maximum(day * DAY + _hours(rng, day, channel), who.created[contact])
    order = np.argsort(opened, kind="stable")
    contact, channel, opened = contact[order], channel[order], opened[order]
    agent, busy = agents(rng, plan, staff, opened)
    answered = _answers(rng, opened, channel, agent, busy)
    times = _timeline(rng, opened, answered, channel, busy)
    (first_done, resolved), reopened = _ending(rng, times, opened)
    # Reopened but not yet solved again: the resolution known so far is the first.
    resolved = np.where((reopened < NEVER) & (resolved > scope.now) & (first_done <= scope.now), first_done, resolved)
    waited = np.log(np.maximum(np.where(answered < NEVER, answered - opened, DAY), 60) / 600.0)
    person = np.maximum(who.person[contact], 0)
    loyalty = np.where(who.person[contact] < 0, 0.69, people.loyalty[person])
    mood = 4.25 - 0.16 * waited - 0.75 * busy - 0.8 * (reopened < NEVER) + 1.1 * (loyalty - 0.69)
    return Threads(
        contact=contact,
        channel=channel,
        topic=choose(rng, TOPIC_SHARES, size),
        agent=agent,
        busy=busy,
        opened=opened,
        times=times,
        resolved=resolved,
        reopened=reopened,
        assigned=(answered <= scope.now) | ((opened > scope.now - DAY) & (rng.random(size) < 0.45)),
        mood=mood + rng.normal(0, 0.9, size),
    )
