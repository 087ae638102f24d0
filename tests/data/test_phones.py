"""Telephone numbers: what is read in SQL is what the phonenumbers library says; extensions and junk stay as given."""

import random
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

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
        written, _, region = read_phone(text.strip(), bool(state))
        assert (kept, e164, country) == (text.strip(), written, region or ("US" if state else "Unknown")), text
    assert 500 < sum(e164 is not None for _, e164, _ in found) < len(given) - 500


@pytest.mark.parametrize(
    ("text", "is_us", "read"),
    [
        ("001-202-473-2787x585", False, ("+12024732787", "585", "US")),
        ("+44 (0)20 7946 0000", False, ("+442079460000", None, "GB")),
        ("+44 1481 960 194", False, ("+441481960194", None, "GG")),  # not every +44 is Britain
        ("+39 06 1234 5678", False, ("+390612345678", None, "IT")),  # Italy keeps its zero
        ("(202) 473-2787 ext 12", True, ("+12024732787", "12", "US")),
        ("+1 345 623 1234", False, ("+13456231234", None, "KY")),
        ("+800 1234 5678", False, ("+80012345678", None, None)),  # of no country
        ("ask at the desk", True, (None, None, None)),
        ("+49 1", False, (None, None, None)),
    ],
)
def test_numbers_as_people_write_them(text: str, is_us: bool, read: tuple[str | None, ...]) -> None:
    assert read_phone(text, is_us) == read


def test_states_by_name_and_by_sign() -> None:
    condition = is_us_state("s")
    assert all(f"'{name}'" in condition for name in ("NY", "NEW YORK", "DISTRICT OF COLUMBIA", "WYOMING", "ALABAMA"))
