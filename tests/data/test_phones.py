"""Telephone numbers: what is read in SQL is what the phonenumbers library says; extensions and junk stay as given."""

import dataclasses
import random
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from data_layer.ingest.errors import MappingError
from data_layer.ingest.mapping.parse import read_mapping
from data_layer.ingest.mapping.rules import Identity, MappingFile
from data_layer.warehouse.build.phones import is_us_state, read_phone
from tests.data.loading import load, query

SIGNS = ("", " ", "-", ".", " (0) ", ") ")


def invented(number: int) -> list[tuple[str, str]]:
    """(what people write, US state or none): of every country, of every length, with and without signs, some broken."""
    dice = random.Random(19)
    codes = list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    found = []
    for _ in range(number):
        digits = "".join(dice.choices("0123456789", k=dice.choice((10, 10, 10, *range(3, 15)))))
        text = dice.choice((f"+{dice.choice(codes)}", "+1", "+1", "00" + str(dice.choice(codes)), "1", "")) + digits
        cut = dice.randrange(2, len(text))
        text = text[:cut] + dice.choice(SIGNS) + text[cut:] + dice.choice(("", "", "", "x12", " ext. 5", "/7"))
        found.append((text, dice.choice(("", "NY"))))
    odd = [
        (f"+1{area}{dice.randrange(10**7):07}", "") for area in (523, 524, 983) for _ in range(40)
    ]  # in part unassigned
    return list(dict.fromkeys([*found, *odd]))


def test_every_number_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    given = invented(6000)
    rows: list[dict[str, Any]] = [
        {"customer_id": f"{place:05}", "phone": text, "address_state": state}
        for place, (text, state) in enumerate(given)
    ]
    load(tmp_path, {"customers": rows})
    found = query(
        tmp_path, "SELECT phone, phone_e164, country FROM dim_customer WHERE customer_key > 0 ORDER BY customer_id"
    )
    for (text, state), (kept, e164, country) in zip(given, found, strict=True):
        written, _, region = read_phone(text.strip(), "US" if state else "")
        assert (kept, e164, country) == (text.strip(), written, region or ("US" if state else "Unknown")), text
    assert 500 < sum(e164 is not None for _, e164, _ in found) < len(given) - 500


@pytest.mark.parametrize(
    ("text", "home", "read"),
    [
        ("001-202-473-2787x585", "", ("+12024732787", "585", "US")),
        ("+44 (0)20 7946 0000", "", ("+442079460000", None, "GB")),
        ("+44 1481 960 194", "", ("+441481960194", None, "GG")),  # not every +44 is Britain
        ("+39 06 1234 5678", "", ("+390612345678", None, "IT")),  # Italy keeps its zero
        ("(202) 473-2787 ext 12", "US", ("+12024732787", "12", "US")),
        ("+1 345 623 1234", "", ("+13456231234", None, "KY")),
        ("+800 1234 5678", "", ("+80012345678", None, None)),  # of no country
        ("ask at the desk", "US", (None, None, None)),
        ("030 123456", "DE", ("+4930123456", None, "DE")),
        ("416 555 1234", "CA", ("+14165551234", None, "CA")),
        ("030 123456", "", (None, None, None)),
        ("+49 1", "", (None, None, None)),
    ],
)
def test_numbers_as_people_write_them(text: str, home: str, read: tuple[str | None, ...]) -> None:
    assert read_phone(text, home) == read


def test_states_by_name_and_by_sign() -> None:
    condition = is_us_state("s")
    assert all(f"'{name}'" in condition for name in ("NY", "NEW YORK", "DISTRICT OF COLUMBIA", "WYOMING", "ALABAMA"))


HOMELESS = {
    "customers": [
        {"customer_id": "1", "phone": "030 1234567"},
        {"customer_id": "2", "phone": "(202) 473-2787", "address_state": "DC"},
        {"customer_id": "3", "phone": "+33 1 70 18 99 00"},
        {"customer_id": "4"},
    ]
}
READ = "SELECT phone_e164, country FROM dim_customer WHERE customer_key > 0 ORDER BY customer_id"


@pytest.mark.parametrize(
    ("site", "mapped", "first"),
    [
        (None, None, (None, "Unknown")),
        ("DE", None, ("+49301234567", "DE")),
        ("AT", "DE", ("+49301234567", "DE")),
        (None, "DE", ("+49301234567", "DE")),
    ],
)
def test_a_number_that_names_no_country_is_of_the_mappings_else_of_the_sites(
    tmp_path: Path, site: str | None, mapped: str | None, first: tuple[str | None, str]
) -> None:
    mapping = MappingFile("x.toml", (), phone_country=mapped) if mapped else None
    load(tmp_path, HOMELESS, phone_country=site, mapping=mapping)
    assert query(tmp_path, READ) == [first, ("+12024732787", "US"), ("+33170189900", "FR"), (None, "Unknown")]


def test_people_are_matched_by_numbers_without_a_country(tmp_path: Path) -> None:
    people = {
        "clients": [{"client_id": "A", "full_name": "Ann Lee", "phone": "030 1234567"}],
        "contacts": [{"contact_id": "B", "full_name": "Ann Lee", "phone": "+49 30 1234567"}],
    }
    mapping = MappingFile("x.toml", (), identity=Identity(("phone",)), phone_country="DE")
    report = load(tmp_path, people, mapping=mapping)
    assert report.identity == {"merged": 1}
    assert load(tmp_path, people, mapping=dataclasses.replace(mapping, phone_country=None)).identity == {}


@pytest.mark.parametrize("text", ["Germany", "XX", "49"])
def test_a_mapping_that_names_no_country_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "m.toml"
    file.write_text(f'phone_country = "{text}"\nidentity = {{ match = "phone" }}\n')
    with pytest.raises(MappingError, match=f"phone_country is '{text}', no country code; write it like DE"):
        read_mapping(file)
