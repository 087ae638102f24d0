"""The files of every page: which there are, what is in them, and how long a browser may keep them."""

import re
from pathlib import Path

import pytest

from dashapp import compression, files, warm_up
from tests.app.conftest import PAGE, Site

NAMES = ("site.css", "site.js", "plotly.js")


def address_of(page: str, name: str) -> str:
    """Where a page says that a file is."""
    return re.search(rf'"(/assets/{re.escape(name)}\?m=[^"]+)"', page)[1]


@pytest.mark.parametrize("suffix", [".css", ".js"])
def test_a_page_loads_each_script_and_style_of_the_site_once_in_the_order_of_their_names(
    site: Site, suffix: str
) -> None:
    client = site.logged_in()
    page = client.get("/", headers=PAGE).text
    apart = {"login.css", "ahead.js"}
    own = sorted(path for path in files.ASSETS.glob(f"*{suffix}") if path.name not in apart)
    sent = client.get(address_of(page, f"site{suffix}")).text
    places = [sent.index(path.read_text(encoding="utf-8")) for path in own]
    assert len(own) > 5
    assert places == sorted(places)
    assert not any(
        path.read_text(encoding="utf-8") in sent for path in files.ASSETS.glob(f"*{suffix}") if path.name in apart
    )
    assert not re.findall(r"/assets/\d\d_", page)


def test_the_sites_scripts_are_there_before_dash_starts(site: Site) -> None:
    page = site.logged_in().get("/", headers=PAGE).text
    assert page.index("/assets/ahead.js") < page.index("/assets/site.js") < page.index("dash_renderer")


def test_plotly_is_sent_as_it_is_with_the_word_that_all_of_it_is_needed(site: Site) -> None:
    sent = site.browser().get(address_of(site.logged_in().get("/", headers=PAGE).text, "plotly.js")).data
    assert sent.split(b"\n", 1) == [b"//# allFunctionsCalledOnLoad", files.PLOTLY.read_bytes()]


@pytest.mark.parametrize("name", NAMES)
def test_they_may_be_kept_for_ever_and_travel_compressed(site: Site, name: str) -> None:
    page = site.logged_in().get("/", headers=PAGE).text
    for _ in range(2):
        answer = site.browser().get(address_of(page, name), headers={"Accept-Encoding": "br"})
        assert (answer.headers["Cache-Control"], answer.headers["Content-Encoding"]) == (
            "public, max-age=31536000, immutable",
            "br",
        )
    again = {"Accept-Encoding": "br", "If-None-Match": answer.headers["ETag"]}
    assert site.browser().get(address_of(page, name), headers=again).status_code == 304


def test_the_first_visitor_does_not_wait_until_they_are_compressed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up(site.app)
    monkeypatch.setitem(compression.CODERS, "br", lambda _data: pytest.fail("compressed while somebody waits"))
    for file in files.of_every_page().values():
        answer = site.browser().get(file.address, headers={"Accept-Encoding": "br"})
        assert answer.headers["Content-Encoding"] == "br"


def test_other_content_has_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("10_a.js", "10_a.css", "ahead.js"):
        (tmp_path / name).write_text("1", encoding="utf-8")
    monkeypatch.setattr(files, "ASSETS", tmp_path)
    before = {name: file.address for name, file in files.of_every_page().items()}
    (tmp_path / "10_a.js").write_text("2", encoding="utf-8")
    (tmp_path / "ahead.js").write_text("2", encoding="utf-8")
    after = {name: file.address for name, file in files.of_every_page().items()}
    assert {name for name in NAMES if before[name] != after[name]} == {"site.js"}


def test_they_come_while_somebody_types_at_the_log_in(site: Site) -> None:
    page = site.browser().get("/login").text
    prefetched = re.findall(r'<link rel="prefetch" href="([^"]+)"', page)
    home = site.logged_in().get("/", headers=PAGE).text
    assert prefetched == [address_of(home, name) for name in NAMES]
