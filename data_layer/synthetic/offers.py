"""The campaigns and templates of a scope: what is sent when, to how many, and how well it goes."""

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from data_layer.synthetic.scope import NEVER, Scope, as_date, day_number
from data_layer.synthetic.writer import Writer

CHANNELS: Final = ("WhatsApp", "SMS", "E-mail")
PULLS: Final = (0.0, 0.1, 0.2, 0.35, 0.5)  # of those about to buy, how many a campaign moves to answer
_YEARLY: Final = (
    # name, month, day, days, objective
    ("New Year Plan", 1, 8, 9, "Contributions"),
    ("Tax Season Reminder", 3, 2, 12, "Retention"),
    ("Spring Retirement Push", 4, 10, 10, "New enrollments"),
    ("Summer Sale", 6, 18, 12, "New enrollments"),
    ("Back to School Savings", 8, 17, 10, "Contributions"),
    ("Autumn Check-up", 9, 22, 10, "Reactivation"),
    ("Black Friday", 11, 20, 9, "New enrollments"),
    ("Year-end Review", 12, 7, 9, "Retention"),
)
_BODIES: Final = (  # variants A and B of one message after the other
    ("Plan of the year", "Hello {name}, your plan for the year is ready. Reply YES and an advisor calls you."),
    ("Plan of the year", "{name}, how much will you need at 65? Reply with your age and we answer with a number."),
    ("First year free", "No fees in the first year, {name}. Reply START to open your account in five minutes."),
    ("First year free", "{name}, keep the $90 that others pay in fees in the first year. Reply START today."),
    ("Advisor invitation", "Hi {name}, this is your advisor. Do you have ten minutes this week? Reply with a day."),
    ("Advisor invitation", "{name}, clients who review once a year are better prepared. Reply with a day for yours."),
    ("Deadline checklist", "{name}, five things to do before the deadline. Reply LIST and we send them."),
    ("Deadline checklist", "The deadline is close, {name}. Reply LIST for the five steps, two minutes each."),
    ("Savings story", "How Maria saved for college in eight years. Reply HOW for her plan, {name}."),
    ("Savings story", "{name}, $40 a week makes a college fund in eight years. Reply HOW and we show you."),
)


@dataclass(frozen=True)
class Offer:
    """One campaign.  Days inclusive; ``ended`` is ``NEVER`` while open-ended.

    ``share``: of the contacts there are when it starts, at most ``most``.  ``replies``: reply rate of each variant
    among the delivered; ``pull``: of those about to buy.  ``templates``: numbers of one or two templates.
    ``even``: both variants do equally well.
    """

    number: int
    name: str
    channel: int
    objective: str
    started: int
    ended: int
    share: float
    templates: tuple[int, ...]
    replies: tuple[float, ...]
    reads: tuple[float, ...]
    price: float
    pull: float
    even: bool = False
    most: int = NEVER

    @property
    def id(self) -> str:
        """``CP001`` is number 0."""
        return f"CP{self.number + 1:03d}"


@dataclass(frozen=True)
class Programme:
    """All campaigns by start; the places of the three that stories are told about."""

    offers: tuple[Offer, ...]
    winner: int
    even: int
    small: int

    @property
    def running(self) -> tuple[Offer, ...]:
        """Those not over: the last three."""
        return self.offers[-3:]


def template_id(number: int) -> str:
    """``TP001`` is number 0."""
    return f"TP{number + 1:03d}"


class _Slot(NamedTuple):
    """A campaign's place in time.  ``kind``: past, small or running."""

    name: str
    started: int
    ended: int
    objective: str
    kind: str


def _calendar(scope: Scope) -> list[_Slot]:
    found = []
    for year in range(as_date(scope.first).year, as_date(scope.last).year + 1):
        for name, month, day, length, objective in _YEARLY:
            start = day_number(date(year, month, day))
            if scope.first + 3 <= start and start + length <= scope.last - 14:
                found.append(_Slot(f"{name} {year}", start, start + length, objective, "past"))
    return found


def _slots(scope: Scope) -> list[_Slot]:
    """By start; the running ones last."""
    last = scope.last
    test = _Slot("Premium Pilot", last - 75, last - 69, "Upsell", "small")
    over = sorted([*_calendar(scope), test], key=lambda slot: slot.started)
    return [
        *over,
        _Slot("Mobile App Invitation", last - 12, last + 9, "Activation", "running"),
        _Slot("Portfolio Review Week", last - 8, NEVER, "Retention", "running"),
        _Slot("Referral Bonus", last - 5, last + 16, "New enrollments", "running"),
    ]


def _offer(rng: np.random.Generator, number: int, slot: _Slot, pull: float, *, wins: bool, even: bool) -> Offer:
    base, read = float(rng.uniform(0.036, 0.062)), float(rng.uniform(0.62, 0.74))
    two = wins or even or bool(rng.random() < 0.35)
    lift = 2.3 if wins else 1.0 if even else float(rng.uniform(0.95, 1.12))
    first = int(rng.integers(0, len(_BODIES) // 2)) * 2
    channel = int(rng.choice(3, p=[0.5, 0.2, 0.3]))
    return Offer(
        number=number,
        name=slot.name,
        channel=0 if wins or slot.kind == "running" else channel,
        objective=slot.objective,
        started=slot.started,
        ended=slot.ended,
        share=0.92 if wins or even else float(rng.uniform(0.42, 0.72)),
        templates=(first, first + 1) if two else (first,),
        replies=(base, base * lift) if two else (base,),
        reads=(read, min(read * (1 + 0.1 * (lift - 1)), 0.9)) if two else (read,),
        price=float(rng.uniform(1.4, 4.4)),
        pull=0.85 if wins else pull,
        even=even,
        most=60 if slot.kind == "small" else NEVER,
    )


def programme(scope: Scope) -> Programme:
    """Eight campaigns a year, a small test and three that are running on the last day."""
    rng = scope.rng("programme")
    slots = _slots(scope)
    pulls = scope.rng("pulls").choice(PULLS, len(slots))
    past = [place for place, slot in enumerate(slots) if slot.kind == "past"]
    small = next(place for place, slot in enumerate(slots) if slot.kind == "small")
    winner, even = past[-1], past[-2]
    offers = tuple(
        _offer(rng, place, slot, float(pulls[place]), wins=place == winner, even=place in (even, small))
        for place, slot in enumerate(slots)
    )
    return Programme(offers, winner, even, small)


def write_templates(writer: Writer) -> None:
    """``templates``: consecutive ones are the variants A and B of each other."""
    numbers = range(len(_BODIES))
    writer.write(
        "templates",
        {
            "template_id": pa.array([template_id(number) for number in numbers]),
            "name": pa.array([name for name, _ in _BODIES]),
            "variant": pa.array(["AB"[number % 2] for number in numbers]),
            "body": pa.array([body for _, body in _BODIES]),
        },
    )
