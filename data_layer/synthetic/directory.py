"""The files that list people: ``customers``, ``clients`` and ``contacts``."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_layer.synthetic.columns import Column, days, idents, moments, pick, take
from data_layer.synthetic.crew import Crew
from data_layer.synthetic.names import Names
from data_layer.synthetic.people import Faces, People, faces
from data_layer.synthetic.places import CITIES, STATE_CODES, STATES
from data_layer.synthetic.scope import DAY, NEVER, Chunk, Int, Real, Scope
from data_layer.synthetic.shapes import ANY_WEEK, SERVICE_HOURS, DayShape, HourShape, choose
from data_layer.synthetic.writer import Writer

LABELS: Final = ("VIP", "Lead", "Prospect", "Churned", "Partner")
SOURCES: Final = ("WhatsApp", "Web", "Referral", "Branch", "Ads", "Partner")
LEADS_ON_LAST_DAY: Final = 2  # so that "yesterday's new leads" has something to say at any size


@dataclass(frozen=True)
class Contacts:
    """Those who can be written to: customers with a phone, then leads.

    ``person``: place among the chunk's customers, −1 for a lead.  ``created`` local second.  ``until``: last day of
    interest.  ``eager``: how much likelier than others to answer a campaign.
    """

    ids: Column
    person: Int
    faces: Faces
    created: Int
    until: Int
    eager: Real

    @property
    def size(self) -> int:
        """How many."""
        return len(self.person)


def _city(rng: np.random.Generator, state: Int) -> Int:
    counts = np.array([len(place.cities) for place in STATES])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    # The first city of a state is the largest.
    return np.asarray(first[state] + (rng.random(len(state)) ** 1.5 * counts[state]).astype(np.int64), np.int64)


def write_customers(writer: Writer, scope: Scope, chunk: Chunk, pool: Names, people: People) -> None:
    """``customers``."""
    rng = scope.rng("customers", chunk.index)
    face = people.faces
    writer.write(
        "customers",
        {
            "customer_id": people.ids,
            "first_name": pick(pool.first, face.first),
            "last_name": pick(pool.last, face.last),
            "birth_date": days(people.born),
            "enrollment_date": days(people.joined),
            "customer_segment": pick(("Retail", "Mass affluent", "Affluent", "Private"), people.segment),
            "employer_id": idents("E", people.employer, 4, people.employer > 0),
            "email": face.email,
            "phone": face.phone,
            "address_city": pick(CITIES, _city(rng, face.state)),
            "address_state": pick(STATE_CODES, face.state),
        },
    )


def _full_name(pool: Names, face: Faces) -> Column:
    return pc.binary_join_element_wise(
        pick(pool.first, face.first).cast("string"), pick(pool.last, face.last).cast("string"), " "
    )


def write_clients(writer: Writer, scope: Scope, chunk: Chunk, pool: Names, people: People) -> None:
    """``clients``: the customers the interaction manager knows."""
    rng = scope.rng("clients", chunk.index)
    known = np.flatnonzero(people.client)
    company = rng.integers(0, len(pool.companies), people.size)
    created = people.joined * DAY + HourShape(SERVICE_HOURS).draw(rng, people.size)
    created = np.where(rng.random(people.size) < 0.02, NEVER, created)
    writer.write(
        "clients",
        {
            "client_id": take(people.ids, known),
            "full_name": take(_full_name(pool, people.faces), known),
            "email": take(people.faces.email, known),
            "phone": take(people.faces.phone, known),
            "company": pick(pool.companies, company[known], (people.employer % 3 == 1)[known]),
            "created_at": moments(created[known], scope.now),
        },
    )


def _leads(scope: Scope, chunk: Chunk, pool: Names) -> tuple[Faces, Int]:
    rng = scope.rng("leads", chunk.index)
    number = scope.customers + np.arange(chunk.lead_start + 1, chunk.lead_start + chunk.leads + 1)
    face = faces(rng, pool, number)
    low = np.full(chunk.leads, scope.first)
    day = DayShape(scope, ANY_WEEK, growth=0.3).draw(rng, low, np.full(chunk.leads, scope.last))
    if chunk.index == 0:
        day[:LEADS_ON_LAST_DAY] = scope.last
        day[LEADS_ON_LAST_DAY : 2 * LEADS_ON_LAST_DAY] = scope.last - 1
    return face, day * DAY + HourShape(SERVICE_HOURS).draw(rng, chunk.leads)


def _join(first: Faces, rows: Int, second: Faces) -> Faces:
    def both(one: Int, two: Int) -> Int:
        return np.concatenate([one[rows], two])

    return Faces(
        both(first.first, second.first),
        both(first.last, second.last),
        both(first.state, second.state),
        both(first.country, second.country),
        pa.concat_arrays([take(first.phone, rows), second.phone]),
        pa.concat_arrays([take(first.email, rows), second.email]),
        np.concatenate([first.reachable[rows], second.reachable]),
    )


def contacts(scope: Scope, chunk: Chunk, pool: Names, people: People) -> Contacts:
    """The contacts of a chunk."""
    rng = scope.rng("contacts", chunk.index)
    rows = np.flatnonzero(people.faces.reachable)
    lead_faces, lead_created = _leads(scope, chunk, pool)
    lead_ids = idents("L", np.arange(chunk.lead_start + 1, chunk.lead_start + chunk.leads + 1), 7)
    size = len(rows) + chunk.leads
    met = people.met[rows] * DAY + HourShape(SERVICE_HOURS).draw(rng, len(rows))
    eager = np.where(rng.random(size) < 0.12, 2.6, 0.8)
    eager[rng.random(size) < 0.014] = 14.0
    return Contacts(
        ids=pa.concat_arrays([take(people.ids, rows), lead_ids]),
        person=np.concatenate([rows, np.full(chunk.leads, -1)]),
        faces=_join(people.faces, rows, lead_faces),
        created=np.concatenate([met, lead_created]),
        until=np.concatenate([people.left[rows], np.full(chunk.leads, NEVER)]),
        eager=eager,
    )


def _label(rng: np.random.Generator, who: Contacts, people: People) -> Int:
    """Index into ``LABELS``; −1 for none."""
    draw = rng.random(who.size)
    lead = who.person < 0
    segment = people.segment[np.maximum(who.person, 0)]
    label = np.full(who.size, -1)
    label[~lead & (draw < np.array([0.01, 0.05, 0.35, 0.9])[segment])] = LABELS.index("VIP")
    label[~lead & (draw > 0.985)] = LABELS.index("Partner")
    label[~lead & (who.until < NEVER)] = LABELS.index("Churned")
    label[lead & (draw < 0.55)] = LABELS.index("Lead")
    label[lead & (draw >= 0.55) & (draw < 0.88)] = LABELS.index("Prospect")
    return label


def write_contacts(
    writer: Writer, scope: Scope, chunk: Chunk, pool: Names, people: People, who: Contacts, staff: Crew
) -> None:
    """``contacts``."""
    rng = scope.rng("labels", chunk.index)
    label = _label(rng, who, people)
    lead = who.person < 0
    seller = staff.seller_number(rng.integers(0, staff.sellers, who.size))
    owner = np.where(lead, seller, people.advisor[np.maximum(who.person, 0)])
    source = np.where(
        lead,
        choose(rng, (0.28, 0.26, 0.12, 0.04, 0.24, 0.06), who.size),
        choose(rng, (0.2, 0.27, 0.23, 0.15, 0.1, 0.05), who.size),
    )
    company = rng.integers(0, len(pool.companies), who.size)
    writer.write(
        "contacts",
        {
            "contact_id": who.ids,
            "full_name": _full_name(pool, who.faces),
            "email": who.faces.email,
            "phone": who.faces.phone,
            "created_at": moments(who.created, scope.now),
            "label": pick(LABELS, np.maximum(label, 0), label >= 0),
            "source_channel": pick(SOURCES, source),
            "owner_id": take(staff.staff_ids, owner, rng.random(who.size) < 0.93),
            "company": pick(pool.companies, company, rng.random(who.size) < 0.3),
        },
    )
