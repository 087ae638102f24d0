"""Phone numbers to E.164 and countries, in SQL, with tables made from the phonenumbers library."""

from functools import lru_cache

import phonenumbers

from data_layer.warehouse.build.context import Build

US_STATES = [
    "AL",
    "AK",
    "AZ",
    "AR",
    "CA",
    "CO",
    "CT",
    "DE",
    "FL",
    "GA",
    "HI",
    "ID",
    "IL",
    "IN",
    "IA",
    "KS",
    "KY",
    "LA",
    "ME",
    "MD",
    "MA",
    "MI",
    "MN",
    "MS",
    "MO",
    "MT",
    "NE",
    "NV",
    "NH",
    "NJ",
    "NM",
    "NY",
    "NC",
    "ND",
    "OH",
    "OK",
    "OR",
    "PA",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VT",
    "VA",
    "WA",
    "WV",
    "WI",
    "WY",
    "DC",
    "PR",
    "GU",
    "VI",
    "AS",
    "MP",
]
US_STATE_NAMES = [
    "Alabama",
    "Alaska",
    "Arizona",
    "Arkansas",
    "California",
    "Colorado",
    "Connecticut",
    "Delaware",
    "Florida",
    "Georgia",
    "Hawaii",
    "Idaho",
    "Illinois",
    "Indiana",
    "Iowa",
    "Kansas",
    "Kentucky",
    "Louisiana",
    "Maine",
    "Maryland",
    "Massachusetts",
    "Michigan",
    "Minnesota",
    "Mississippi",
    "Missouri",
    "Montana",
    "Nebraska",
    "Nevada",
    "New Hampshire",
    "New Jersey",
    "New Mexico",
    "New York",
    "North Carolina",
    "North Dakota",
    "Ohio",
    "Oklahoma",
    "Oregon",
    "Pennsylvania",
    "Rhode Island",
    "South Carolina",
    "South Dakota",
    "Tennessee",
    "Texas",
    "Utah",
    "Vermont",
    "Virginia",
    "Washington",
    "West Virginia",
    "Wisconsin",
    "Wyoming",
    "District of Columbia",
]


@lru_cache(maxsize=1)
def calling_codes() -> tuple[tuple[str, str], ...]:
    """Country calling codes with the ISO country that mainly uses each; codes of no country are left out."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    return tuple((str(code), regions[0]) for code, regions in codes if len(regions[0]) == 2)


@lru_cache(maxsize=1)
def american_area_codes() -> tuple[tuple[str, str], ...]:
    """Area codes under +1 that belong to another country than the US."""
    found: list[tuple[str, str]] = []
    for area in range(200, 1000):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=area * 10_000_000 + 2_345_678)
        region = phonenumbers.region_code_for_number(number)
        if region and region != "US":
            found.append((str(area), region))
    return tuple(found)


def create_phone_tables(build: Build) -> None:
    """``t_calling_code`` and ``t_area_code`` for ``phone_columns``, and the macro that cleans a number."""
    for table, rows in (("t_calling_code", calling_codes()), ("t_area_code", american_area_codes())):
        values = ", ".join(f"('{code}', '{country}')" for code, country in rows)
        build.run(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM (VALUES {values}) AS v(code, country)")
    bare = r"regexp_replace(regexp_replace(given, '(?i)\s*(x|ext\.?|#).*$', ''), '[^0-9+]', '', 'g')"
    build.run(f"CREATE OR REPLACE TEMP MACRO bare_phone(given) AS regexp_replace({bare}, '^00', '+')")


def is_us_state(expression: str) -> str:
    """A condition: the text is the name or abbreviation of a US state."""
    names = ", ".join(f"'{name.upper()}'" for name in (*US_STATES, *US_STATE_NAMES))
    return f"coalesce(upper(trim({expression})) IN ({names}), false)"


def phone_query(people: str) -> str:
    """Of a relation with customer_key, phone and state: customer_key, phone_e164 and country.

    A number without a country code is taken as American where the address is in a US state and it has ten digits.
    A number that is too short or too long for any network gives neither; then a US state gives the country.
    """
    national = f"length(n) = 10 AND n[1] BETWEEN '2' AND '9' AND {is_us_state('state')}"
    return f"""
        WITH number AS (SELECT customer_key, state, bare_phone(phone) AS n FROM {people}),
        whole AS (
            SELECT customer_key, state, CASE WHEN n[1] = '+' THEN n[2:] WHEN {national} THEN '1' || n
                WHEN length(n) = 11 AND n[1] = '1' AND {is_us_state("state")} THEN n END AS digits
            FROM number),
        named AS (
            SELECT w.*, coalesce(c1.country, c2.country, c3.country) AS home, c1.code AS short_code FROM whole w
                LEFT JOIN t_calling_code c1 ON c1.code = w.digits[1] LEFT JOIN t_calling_code c2 ON c2.code = w.digits[1:2]
                LEFT JOIN t_calling_code c3 ON c3.code = w.digits[1:3]),
        valid AS (
            SELECT *, home IS NOT NULL AND NOT contains(digits, '+')
                AND CASE WHEN short_code = '1' THEN length(digits) = 11 ELSE length(digits) BETWEEN 8 AND 15 END AS is_valid
            FROM named)
        SELECT customer_key, CASE WHEN is_valid THEN '+' || digits END AS phone_e164,
            coalesce(CASE WHEN is_valid THEN coalesce(CASE WHEN short_code = '1' THEN a.country END, home) END,
                CASE WHEN {is_us_state("state")} THEN 'US' END, 'Unknown') AS country
        FROM valid LEFT JOIN t_area_code a ON a.code = digits[2:4]
    """
