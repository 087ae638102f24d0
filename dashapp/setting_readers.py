"""How the text of one setting is read; each reader raises ``ValueError`` saying what is wrong and what to write."""

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import available_timezones

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from data_layer.freshness import read_targets as read_targets_of_sources
from data_layer.ingest.mapping.countries import checked_country
from data_layer.semantics.targets import TargetError, Targets, read_targets

SECRET_LENGTH = 32
# Fragments of the keys that examples, tutorials and generators publish.
WELL_KNOWN = (
    "changeme",
    "changethis",
    "secretkey",
    "secret-key",
    "secret_key",
    "mysecret",
    "yoursecret",
    "your-secret",
    "your_secret",
    "insecure",
    "password",
    "example",
    "default",
    "replace",
    "clientscope",
    "0123456789",
    "1234567890",
    "abcdefgh",
)
KEY_ADVICE = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'


def read_secret(text: str) -> str:
    """A key that nobody else knows: at least 32 characters, not from an example."""
    if len(text) < SECRET_LENGTH:
        raise ValueError(f"has {len(text)} characters and needs at least {SECRET_LENGTH}; {KEY_ADVICE}")
    plain = text.lower().replace("change-me", "changeme").replace("change_me", "changeme")
    if len(set(text)) < 10 or any(fragment in plain for fragment in WELL_KNOWN):
        raise ValueError(f"is well known or easy to guess; {KEY_ADVICE}")
    return text


def read_flag(text: str) -> bool:
    """Yes or no."""
    value = text.strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError(f"is {text!r}; write 1 or 0")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text.strip()) or not low <= int(text) <= high:
            raise ValueError(f"is {text!r}; write a whole number from {low} to {high}")
        return int(text)

    return read


def minutes(low: int, high: int) -> Callable[[str], timedelta]:
    """A reader of lengths of time given in minutes."""
    read = whole_number(low, high)
    return lambda text: timedelta(minutes=read(text))


def hours(low: int, high: int) -> Callable[[str], timedelta]:
    """A reader of lengths of time given in hours."""
    read = whole_number(low, high)
    return lambda text: timedelta(hours=read(text))


def one_of(*choices: str) -> Callable[[str], str]:
    """A reader of one of a few words, in any case."""

    def read(text: str) -> str:
        value = text.strip().upper()
        if value not in choices:
            raise ValueError(f"is {text!r}; write one of {', '.join(choices)}")
        return value

    return read


def pattern(form: str, example: str) -> Callable[[str], str]:
    """A reader of texts of one form."""

    def read(text: str) -> str:
        if not re.fullmatch(form, text.strip()):
            raise ValueError(f"is {text!r}; write it like {example}")
        return text.strip()

    return read


def address(*kinds: str) -> Callable[[str], str]:
    """A reader of ``kind://…`` addresses.  The text itself is never repeated: it may hold a password."""

    def read(text: str) -> str:
        try:
            kind = make_url(text.strip()).drivername.split("+")[0]
        except (ArgumentError, ValueError) as error:
            raise ValueError(f"is not an address; write it like {kinds[0]}://…") from error
        if kind not in kinds:
            raise ValueError(f"begins with {kind}://; it must begin with {', '.join(f'{one}://' for one in kinds)}")
        return text.strip()

    return read


def read_site_targets(text: str) -> Targets:
    """What metrics should reach."""
    try:
        return read_targets(text)
    except TargetError as error:
        raise ValueError(f"is wrong: {str(error).removesuffix('.')}") from error


def read_fresh_sources(text: str) -> dict[str, int]:
    """How old single sources may be."""
    return read_targets_of_sources(text)


def read_country(text: str) -> str | None:
    """A country that phone numbers can be of; None for an empty text."""
    return checked_country(text) if text.strip() else None


def read_timezone(text: str) -> str:
    """The name of an IANA time zone."""
    if text.strip() not in available_timezones():
        raise ValueError(f"is {text!r}, not a time zone; write it like Europe/Paris")
    return text.strip()
