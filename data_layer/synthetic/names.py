"""Pools of first names, last names and companies, from Faker, seeded."""

import random
from dataclasses import dataclass

from faker import Faker


@dataclass(frozen=True)
class Names:
    """Pools to sample from; each name is there once."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    companies: tuple[str, ...]


def names(seed: int) -> Names:
    """A few hundred to a thousand of each."""
    fake = Faker("en_US")
    fake.seed_instance(seed)
    first = dict.fromkeys(fake.first_name() for _ in range(1_500))
    last = dict.fromkeys(fake.last_name() for _ in range(2_500))
    companies = dict.fromkeys(fake.company().replace(",", "") for _ in range(300))
    return Names(tuple(first), tuple(last), tuple(companies))


def full_names(pool: Names, count: int, seed: int) -> list[str]:
    """``count`` names, no two alike while the pools allow it."""
    dice = random.Random(seed)
    chosen: dict[str, None] = {}
    while len(chosen) < count:
        chosen[f"{dice.choice(pool.first)} {dice.choice(pool.last)}"] = None
    return list(chosen)
