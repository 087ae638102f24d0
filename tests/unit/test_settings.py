"""Settings: read, checked and told about all at once."""

import dataclasses
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from dashapp.settings import SETTINGS, Settings, SettingsError, kept_key, settings_markdown

KEY = "Q7x-vB2mK9pLw4RtYz8Hc3Nd6Fj1Gs5Aq"
ROOT = Path(__file__).parent.parent.parent


def problems(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"SECRET_KEY": KEY} | environ)
    return str(caught.value)


def test_silence_means_the_documented_defaults(tmp_path: Path) -> None:
    settings = Settings.from_env({"SECRET_KEY": KEY, "DASHAPP_HOME": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/clientscope.sqlite"
    assert settings.warehouse_url == f"duckdb:///{tmp_path}/warehouse"
    assert settings.cache_url == f"file://{tmp_path}/cache"
    assert (settings.timezone, settings.currency, settings.port) == ("America/New_York", "USD", 8050)
    assert (settings.idle, settings.session) == (timedelta(minutes=30), timedelta(hours=12))
    assert settings.secure_cookies
    assert not settings.demo


def test_what_is_given_is_taken() -> None:
    given = {"SITE_TIMEZONE": "Europe/Paris", "PORT": "80", "SECURE_COOKIES": "no", "LOG_LEVEL": "info"}
    settings = Settings.from_env({"SECRET_KEY": KEY} | given)
    assert (settings.timezone, settings.port, settings.secure_cookies) == ("Europe/Paris", 80, False)
    assert settings.log_level == "INFO"


def test_all_problems_are_named_together() -> None:
    text = problems(PORT="many", SITE_TIMEZONE="Mars", CURRENCY="dollars", SECRET_KEY="short", DASHAPP_COLOUR="red")
    for name in ("PORT", "SITE_TIMEZONE", "CURRENCY", "SECRET_KEY", "DASHAPP_COLOUR"):
        assert f"\n{name} " in text


@pytest.mark.parametrize(
    ("name", "near"),
    [("WORKER", "WORKERS"), ("DATABASE_URI", "DATABASE_URL"), ("SECRETKEY", "SECRET_KEY"), ("PORTS", "PORT")],
)
def test_a_misspelled_name_gets_a_hint(name: str, near: str) -> None:
    assert f"{name} is unknown; did you mean {near}?" in problems(**{name: "1"})


def test_names_of_others_are_none_of_our_business() -> None:
    others = ("PATH", "HOME", "HOSTNAME", "LANG", "PWD", "REDIS_PORT", "OMP_NUM_THREADS", "TERM", "USER", "TZ", "DEBUG")
    assert Settings.from_env({"SECRET_KEY": KEY} | dict.fromkeys(others, "x"))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        KEY[:31],
        "x" * 40,
        "abababababababababababababababababab",
        "please-change-me-please-change-me-1",
        "CHANGEME-qwrtzupkjh-MNBVCX-4711-0815",
        "django-insecure-3f8a9c7e6b5d4a2f1e0d9c8b",
        "your-secret-key-goes-here-make-it-long",
        "01234567890123456789012345678901abcd",
    ],
)
def test_missing_short_and_well_known_keys_are_refused(key: str) -> None:
    assert "SECRET_KEY" in problems(SECRET_KEY=key)


def test_random_keys_are_accepted() -> None:
    for key in [secrets.token_urlsafe(32) for _ in range(50)] + [secrets.token_hex(32) for _ in range(50)]:
        assert Settings.from_env({"SECRET_KEY": key}).secret_key == key


def test_a_command_that_serves_nobody_needs_no_key() -> None:
    assert Settings.from_env({}, serving=False).secret_key == ""


def test_a_trial_run_makes_its_own_key_and_keeps_it(tmp_path: Path) -> None:
    environ = {"DEMO": "1", "DASHAPP_HOME": str(tmp_path / "new")}
    first = Settings.from_env(environ)
    assert len(first.secret_key) >= 32
    assert Settings.from_env(environ).secret_key == first.secret_key
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
    assert not first.secure_cookies


def test_a_weak_key_is_refused_in_a_trial_run_too(tmp_path: Path) -> None:
    assert "SECRET_KEY" in problems(DEMO="1", DASHAPP_HOME=str(tmp_path), SECRET_KEY="changeme")


def test_workers_that_start_together_keep_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_key(tmp_path), range(16)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "WAREHOUSE_URL", "CACHE_URL"])
def test_addresses_of_a_wrong_kind_are_refused_without_repeating_them(name: str) -> None:
    assert "hunter2" not in problems(**{name: "mysql://root:hunter2@host/db"})
    assert "hunter2" not in problems(**{name: "hunter2"})


def test_settings_can_be_shown_without_their_secrets() -> None:
    shown = repr(Settings.from_env({"SECRET_KEY": KEY, "DATABASE_URL": "postgresql://me:hunter2@host/db"}))
    assert KEY not in shown
    assert "hunter2" not in shown


def test_the_table_and_the_settings_are_the_same() -> None:
    assert [setting.field for setting in SETTINGS] == [one.name for one in dataclasses.fields(Settings)]
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_every_setting_is_documented() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings_markdown()
    assert all(len(setting.meaning) > 10 for setting in SETTINGS)


def test_fresh_sources_and_the_country_of_phones_are_read_and_checked() -> None:
    given = {"SECRET_KEY": KEY, "FRESH_SOURCES": "advisors=30", "PHONE_COUNTRY": "de"}
    settings = Settings.from_env(given)
    assert (settings.fresh_sources, settings.phone_country) == ({"advisors": 30}, "DE")
    assert Settings.from_env({"SECRET_KEY": KEY}).phone_country is None
    assert "PHONE_COUNTRY is 'Atlantis', no country code; write it like DE." in problems(PHONE_COUNTRY="Atlantis")
    assert "FRESH_SOURCES names 'x', which is no table that can be loaded." in problems(FRESH_SOURCES="x=1")
