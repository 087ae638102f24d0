"""Advisors, support agents and other staff, in teams; and the types of interaction."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa

from data_layer.synthetic.columns import Column, idents, pick, tenths, whole
from data_layer.synthetic.names import Names, full_names
from data_layer.synthetic.scope import Int, Scope
from data_layer.synthetic.writer import Writer

ADVISOR_TEAMS: Final = ("Advisory East", "Advisory South", "Advisory West")
OFFICES: Final = ("New York", "Atlanta", "San Francisco")
SUPPORT_TEAMS: Final = ("Support North", "Support South", "Support West")
SALES_TEAMS: Final = ("Sales Central", "Sales East", "Sales West")
INTERACTION_TYPES: Final = (
    # name, category, share, how often it succeeds, how often a follow-up is promised
    ("Introductory call", "Call", 0.11, 0.52, 0.75),
    ("Service call", "Call", 0.16, 0.70, 0.50),
    ("E-mail enquiry", "E-mail", 0.19, 0.62, 0.45),
    ("E-mail campaign reply", "E-mail", 0.06, 0.48, 0.50),
    ("Video meeting", "Meeting", 0.12, 0.76, 0.70),
    ("Office meeting", "Meeting", 0.08, 0.82, 0.75),
    ("On-site visit", "Visit", 0.05, 0.86, 0.80),
    ("Portfolio review", "Portfolio review", 0.12, 0.88, 0.72),
    ("Complaint", "Complaint", 0.06, 0.34, 0.92),
    ("Onboarding session", "Meeting", 0.05, 0.84, 0.85),
)


@dataclass(frozen=True)
class Crew:
    """``*_team``: index into the teams' names.  Others: salespeople first, then case managers, then managers."""

    advisor_names: tuple[str, ...]
    agent_names: tuple[str, ...]
    other_names: tuple[str, ...]
    sellers: int
    cases: int

    @property
    def advisors(self) -> int:
        """How many advisors; ``A001`` is number 0."""
        return len(self.advisor_names)

    @property
    def agents(self) -> int:
        """How many support agents; ``S001`` is number 0."""
        return len(self.agent_names)

    @cached_property
    def advisor_ids(self) -> Column:
        return idents("A", np.arange(1, self.advisors + 1), 3 if self.advisors < 1_000 else 5)

    @cached_property
    def agent_ids(self) -> Column:
        return idents("S", np.arange(1, self.agents + 1), 3 if self.agents < 1_000 else 5)

    @cached_property
    def staff_ids(self) -> Column:
        """Advisors, then others."""
        others = len(self.other_names)
        return pa.concat_arrays([self.advisor_ids, idents("T", np.arange(1, others + 1), 3 if others < 1_000 else 5)])

    @cached_property
    def agent_team(self) -> Int:
        """Shape (agents,): index into ``SUPPORT_TEAMS``."""
        return np.arange(self.agents) % len(SUPPORT_TEAMS)

    @cached_property
    def seller_team(self) -> Int:
        """Shape (sellers,): index into ``SALES_TEAMS``."""
        return np.arange(self.sellers) % len(SALES_TEAMS)

    @cached_property
    def case_team(self) -> Int:
        """Shape (cases,): index into ``SUPPORT_TEAMS``."""
        return np.arange(self.cases) % len(SUPPORT_TEAMS)

    def seller_number(self, seller: Int) -> Int:
        """A salesperson's place in ``staff_ids``."""
        return self.advisors + seller

    def case_number(self, case: Int) -> Int:
        """A case manager's place in ``staff_ids``."""
        return self.advisors + self.sellers + case


def crew(scope: Scope, pool: Names) -> Crew:
    """About 60 people at 5,000 customers; twice the customers need half as many again."""
    factor = float((scope.customers / 5_000) ** 0.6)

    def some(at_5000: int, least: int) -> int:
        return max(least, round(at_5000 * factor))

    advisors, agents, sellers, cases, managers = some(24, 6), some(18, 6), some(9, 3), some(6, 3), some(3, 1)
    total = advisors + agents + sellers + cases + managers
    people = full_names(pool, total, scope.seed)
    return Crew(
        tuple(people[:advisors]),
        tuple(people[advisors : advisors + agents]),
        tuple(people[advisors + agents :]),
        sellers,
        cases,
    )


def _mail(name: str) -> str:
    return name.lower().replace(" ", ".").replace("'", "") + "@clientscope.example"


def write_crew(writer: Writer, staff: Crew) -> None:
    """``staff``, ``agents`` and ``interaction_types``."""
    managers = len(staff.other_names) - staff.sellers - staff.cases
    roles = ["Sales representative"] * staff.sellers + ["Case manager"] * staff.cases + ["Manager"] * managers
    teams = [SALES_TEAMS[team] for team in staff.seller_team] + [SUPPORT_TEAMS[team] for team in staff.case_team]
    everyone = staff.advisor_names + staff.other_names
    advisor_team = [ADVISOR_TEAMS[number % len(ADVISOR_TEAMS)] for number in range(staff.advisors)]
    writer.write(
        "staff",
        {
            "staff_id": staff.staff_ids,
            "full_name": pa.array(everyone),
            "role": pa.array(["Advisor"] * staff.advisors + roles),
            "email": pa.array([_mail(name) for name in everyone]),
            "team": pa.array(advisor_team + teams + ["Management"] * managers),
        },
    )
    writer.write(
        "agents",
        {
            "agent_id": staff.agent_ids,
            "full_name": pa.array(staff.agent_names),
            "email": pa.array([_mail(name) for name in staff.agent_names]),
            "team": pa.array([SUPPORT_TEAMS[team] for team in staff.agent_team]),
        },
    )
    writer.write(
        "interaction_types",
        {
            "type_id": idents("IT", np.arange(1, len(INTERACTION_TYPES) + 1), 2),
            "type_name": pa.array([kind[0] for kind in INTERACTION_TYPES]),
            "category": pa.array([kind[1] for kind in INTERACTION_TYPES]),
        },
    )


def write_advisors(writer: Writer, scope: Scope, staff: Crew, clients: Int) -> None:
    """``advisors``; ``clients``: how many customers each advisor looks after."""
    rng = scope.rng("advisors")
    count = staff.advisors
    years = np.clip(rng.gamma(3.0, 4.0, count), 1, 38).round()
    level = np.clip((years / 7).astype(np.int64) + rng.integers(-1, 2, count), 0, 3)
    office = np.arange(count) % len(OFFICES)
    writer.write(
        "advisors",
        {
            "advisor_id": staff.advisor_ids,
            "first_name": pa.array([name.split(" ")[0] for name in staff.advisor_names]),
            "last_name": pa.array([name.split(" ", 1)[1] for name in staff.advisor_names]),
            "office_location": pick(OFFICES, office),
            "certification_level": pick(("Associate", "Certified", "Senior", "Principal"), level),
            "years_experience": whole(years.astype(np.int64)),
            "customer_satisfaction_avg": tenths(np.clip(3.6 + years / 60 + rng.normal(0, 0.3, count), 2.5, 5.0)),
            "clients_count": whole(clients),
        },
    )
