"""Phone numbers to E.164, extension and country, as the phonenumbers library reads them.

Each different text is read once.  The plain forms of most countries are read in SQL, by rules for which the library can
only say the same (``tests/data/test_phones.py`` compares them); whatever else is written goes through the library.
"""

import re
from functools import lru_cache

import phonenumbers
import pyarrow as pa
from phonenumbers import PhoneNumberFormat
from phonenumbers.phonemetadata import PhoneMetadata

from data_layer.ingest.sql import literal
from data_layer.warehouse.build.context import Build

_SIGNS = """
AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP
"""
_NAMES = """
Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii,
Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan,
Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New
York, North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina,
South Dakota, Tennessee, Texas, Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming,
District of Columbia
"""
US_STATES = frozenset((*_SIGNS.split(), *_NAMES.replace("\n", " ").strip().upper().split(", ")))
# Digits, what people put between them, and an extension behind an x; nothing that could be a second number or a word.
PLAIN = r"(\+?\(?[0-9][0-9 .()-]*[0-9])(?: ?x ?([0-9]{1,6}))?"
BATCH = 50_000


@lru_cache(maxsize=1)
def plain_countries() -> tuple[tuple[str, str, int, str], ...]:
    """(calling code, country, length of a number without it, what it must not begin with) where nothing else matters.

    A calling code of one country gives that country, whatever follows; a number is possible if it has one of its lengths;
    and it stays as it is unless it begins with what people dial at home before it, where that is a few plain digits.
    """
    found = []
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        about = PhoneMetadata.metadata_for_region(regions[0]) if len(regions) == 1 else None
        if about is None or about.general_desc is None or not (about.national_prefix_for_parsing or "0").isdigit():
            continue
        home = about.national_prefix_for_parsing or ""
        found += [(str(code), regions[0], length, home) for length in about.general_desc.possible_length]
    return tuple(found)


@lru_cache(maxsize=1)
def american_areas() -> tuple[tuple[str, str], ...]:
    """(area, country) of every area under +1: it decides the country, and what nobody has counts as American."""
    found = []
    for area in range(200, 1000):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=area * 10_000_000 + 2_345_678)
        found.append((str(area), phonenumbers.region_code_for_number(number) or "US"))
    return tuple(found)


def is_us_state(expression: str) -> str:
    """A condition: the text is the name or abbreviation of a US state."""
    names = ", ".join(f"'{name}'" for name in sorted(US_STATES))
    return f"coalesce(upper(trim({expression})) IN ({names}), false)"


def home_country(build: Build, state: str | None = None) -> str:
    """An expression: the country of a number that names none, where ``state`` is the address's, "" where nobody knows."""
    usual = literal(build.phone_country or "")
    return f"CASE WHEN {is_us_state(state)} THEN 'US' ELSE {usual} END" if state else usual


def read_phone(text: str, home: str) -> tuple[str | None, str | None, str | None]:
    """E.164, extension and country of what somebody wrote; None where that is no possible number.

    ``home``: the country of a number that names none; "" where nobody knows.  Two zeros before a number stand for its plus.
    """
    try:
        number = phonenumbers.parse(re.sub(r"^\s*00", "+", text), home or None)
    except phonenumbers.NumberParseException:
        return None, None, None
    if not phonenumbers.is_possible_number(number):
        return None, None, None
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(number.country_code or 0)
    return written, number.extension, region if len(region) == 2 and region != "ZZ" else None


def collect_phones(build: Build, given: str) -> None:
    """``t_phone`` (phone, home, e164, extension, country) with all of a select of (phone, home) that it has not yet."""
    _create_tables(build)
    build.run(
        f"""
        CREATE OR REPLACE TEMP TABLE t_unread AS
        SELECT DISTINCT phone, home FROM ({given}) ANTI JOIN t_phone USING (phone, home) WHERE phone IS NOT NULL
        """
    )
    build.run(f"INSERT INTO t_phone SELECT phone, home, e164, nullif(extension, ''), country FROM ({_PLAINLY})")
    rest = build.con.execute("SELECT phone, home FROM t_unread ANTI JOIN t_phone USING (phone, home)").fetchall()
    for start in range(0, len(rest), BATCH):
        _read_slowly(build, rest[start : start + BATCH])


def _read_slowly(build: Build, rows: list[tuple[str, str]]) -> None:
    read = [(phone, home, *read_phone(phone, home)) for phone, home in rows]
    names = ("phone", "home", "e164", "extension", "country")
    types = (pa.string(), pa.string(), pa.string(), pa.string(), pa.string())
    columns = [pa.array(column, kind) for column, kind in zip(zip(*read, strict=True), types, strict=True)]
    build.con.register("read_phones", pa.Table.from_arrays(columns, names=names))
    try:
        build.run("INSERT INTO t_phone SELECT * FROM read_phones")
    finally:
        build.con.unregister("read_phones")


def _create_tables(build: Build) -> None:
    columns = "phone VARCHAR, home VARCHAR, e164 VARCHAR, extension VARCHAR, country VARCHAR"
    build.run(f"CREATE TEMP TABLE IF NOT EXISTS t_phone ({columns})")
    areas = ", ".join(f"('{area}', '{country}')" for area, country in american_areas())
    build.run(f"CREATE OR REPLACE TEMP TABLE t_area AS SELECT * FROM (VALUES {areas}) AS v(area, country)")
    plain = ", ".join(
        f"('{code}', '{country}', {length}, '{home}')" for code, country, length, home in plain_countries()
    )
    build.run(
        f"CREATE OR REPLACE TEMP TABLE t_plain AS SELECT * FROM (VALUES {plain}) AS v(code, country, length, prefix)"
    )


# A number with a plus, or an American one without it, of a form that t_area and t_plain know.
_PLAINLY = f"""
    WITH plain AS (
        SELECT phone, home, CASE WHEN contains(phone, 'x') THEN regexp_extract(phone, '^{PLAIN}$', 1) ELSE phone END AS n,
            CASE WHEN contains(phone, 'x') THEN regexp_extract(phone, '^{PLAIN}$', 2) ELSE '' END AS extension
        FROM t_unread WHERE regexp_full_match(phone, '{PLAIN}')),
    bare AS (
        SELECT phone, home, extension, translate(CASE WHEN starts_with(n, '00') THEN '+' || n[3:] ELSE n END, ' .()-', '') AS n
        FROM plain),
    whole AS (
        SELECT phone, home, extension, CASE WHEN n[1] = '+' THEN n[2:]
            WHEN home IN ('US', 'CA') AND regexp_full_match(n, '1?[2-9][0-9]{{9}}') THEN '1' || right(n, 10)
            END AS digits FROM bare)
    SELECT phone, home, '+' || digits AS e164, extension, a.country FROM whole JOIN t_area a ON a.area = digits[2:4]
    WHERE regexp_full_match(digits, '1[2-9][0-9]{{2}}[2-9][0-9]{{6}}')
    UNION ALL
    SELECT phone, home, '+' || digits, extension, p.country
    FROM (SELECT *, unnest([digits[1:1], digits[1:2], digits[1:3]]) AS code FROM whole) w JOIN t_plain p
        ON p.code = w.code AND length(p.code) + p.length = length(digits)
        AND (p.prefix = '' OR NOT starts_with(digits[length(p.code) + 1:], p.prefix))
"""
