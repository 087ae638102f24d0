"""Where the log-in leads: never to another site."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.next_page import login_address, safe_next

ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n//evil.example",
    "\t//evil.example",
    " //evil.example",
    "/%2fevil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%255cevil.example",
    "/%252fevil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "http:///evil.example",
    "@evil.example",
    "evil.example",
    "?next=//evil.example",
    "//[evil",
    "/\x00/evil.example",
    "/%00",
    "/%0d%0aSet-Cookie:x=1",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_other_sites_are_refused(text: str) -> None:
    assert safe_next(text) == "/"


@pytest.mark.parametrize(
    "text",
    [
        None, "", "/login", "/login?next=/x", "/logout", "/_dash-layout", "/assets/a.css", "/generation", "/segments/1.csv",
        "/export/executive/page.xlsx?period=12m", "/stream/client/timeline", "/views", "/followups/clients",
    ],
)  # fmt: skip
def test_what_is_no_page_leads_home(text: str | None) -> None:
    assert safe_next(text) == "/"


@pytest.mark.parametrize(
    "text",
    [
        "/",
        "/clients",
        "/clients?segment=VIP&period=30d",
        "/clients/17?from=https://x.example/",
        "/clients?q=a%5Cb%2F%2Fc",
        "/r%C3%A9sum%C3%A9",
        "/reports/daily?at=2026-11-21T00:00",
        "/loginsight",
    ],
)
def test_pages_of_this_site_are_kept_whole(text: str) -> None:
    assert safe_next(text) == text


def test_far_too_long_is_refused() -> None:
    assert safe_next("/" + "a" * 5000) == "/"


@given(st.text(alphabet="/\\%25fFcC.:@?#\t a", max_size=12))
def test_whatever_comes_out_stays_on_this_site(text: str) -> None:
    target = safe_next("/" + text)
    # What browsers do before they resolve an address: drop control characters, read \\ as /.
    seen = target.translate({9: None, 10: None, 13: None}).replace("\\", "/")
    assert seen.startswith("/")
    assert not seen.startswith("//")


def test_the_login_address_carries_the_page_through() -> None:
    address = login_address("/clients?segment=VIP&state=NY")
    assert parse_qs(urlsplit(address).query) == {"next": ["/clients?segment=VIP&state=NY"]}
    assert login_address("/") == "/login"
    assert login_address("//evil.example") == "/login"
