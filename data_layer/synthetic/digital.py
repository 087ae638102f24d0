"""``engagement``: digital sessions."""

from typing import Final

import numpy as np

from data_layer.synthetic.columns import idents, moments, pick, take, tenths, whole
from data_layer.synthetic.people import People
from data_layer.synthetic.scope import DAY, Chunk, Int, Real, Scope
from data_layer.synthetic.shapes import (
    ANY_WEEK,
    DIGITAL_HOURS,
    DayShape,
    HourShape,
    choose,
    choose_by_row,
    happenings,
    presence,
    seasons,
)
from data_layer.synthetic.writer import Writer

ACTIONS: Final = (
    # action, share, median minutes, mean pages
    ("View balance", 0.34, 2.1, 2.2),
    ("View performance", 0.17, 4.2, 4.0),
    ("Download statement", 0.09, 3.0, 3.0),
    ("Research products", 0.10, 8.5, 8.0),
    ("Transfer money", 0.09, 4.6, 4.5),
    ("Change contribution", 0.05, 5.2, 4.8),
    ("Buy or sell", 0.06, 6.4, 5.5),
    ("Update profile", 0.04, 3.4, 3.2),
    ("Message support", 0.06, 5.8, 3.0),
)
DEVICES: Final = ("Mobile", "Desktop", "Tablet")
_BY_AGE: Final = np.array([[0.78, 0.18, 0.04], [0.63, 0.29, 0.08], [0.42, 0.44, 0.14], [0.26, 0.53, 0.21]])
_FADING_DAYS: Final = 100  # interest fades this long before a customer leaves


def fading(scope: Scope, left: Int) -> Real:
    """Shape (people, months): 1 for who stays, falling to 0.15 in the months before a customer leaves."""
    ahead = (left[:, None] - scope.ends[None, :]) / _FADING_DAYS
    return np.clip(ahead, 0.15, 1.0)


def write_engagement(writer: Writer, scope: Scope, chunk: Chunk, people: People, first: int) -> None:
    """``engagement``, by time; durations in minutes; ids start after ``first``."""
    rng = scope.rng("engagement", chunk.index)
    expected = people.sessions[:, None] * seasons(scope, 0.09)[None, :] * presence(scope, people.joined, people.left)
    who, month = happenings(rng, expected * fading(scope, people.left))
    low = np.maximum(scope.opens[month], people.joined[who])
    high = np.minimum(scope.ends[month], people.left[who])
    moment = DayShape(scope, ANY_WEEK, seasonal=False).draw(rng, low, high) * DAY
    moment += HourShape(DIGITAL_HOURS).draw(rng, len(who))
    order = np.argsort(moment, kind="stable")
    who, moment = who[order], moment[order]
    size = len(who)
    action = choose(rng, tuple(item[1] for item in ACTIONS), size)
    age = np.clip(((scope.last - people.born[who]) / 365.25 - 20) // 17, 0, 3).astype(np.int64)
    bounce = rng.random(size) < 0.07
    device = choose_by_row(rng, _BY_AGE, age)
    minutes = np.array([item[2] for item in ACTIONS])[action] * np.array([0.85, 1.2, 1.05])[device]
    minutes = np.clip(minutes * np.exp(rng.normal(0.0, 0.55, size)), 0.3, 95)
    pages = 1 + rng.poisson(np.array([item[3] for item in ACTIONS])[action])
    writer.write(
        "engagement",
        {
            "engagement_id": idents("G", np.arange(first + 1, first + size + 1), 10),
            "customer_id": take(people.ids, who),
            "date": moments(moment, scope.now),
            "action_type": pick([item[0] for item in ACTIONS], action),
            "device_type": pick(DEVICES, device),
            "session_duration": tenths(np.where(bounce, 0.0, minutes)),
            "pages_viewed": whole(np.where(bounce, 1, pages)),
            "actions_taken": whole(np.where(bounce, 0, rng.binomial(pages, 0.45))),
        },
    )
