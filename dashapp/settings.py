"""The settings of the site: one table, read from the environment, validated all at once."""

import difflib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from dashapp import setting_readers as read
from data_layer.semantics.targets import Targets
from data_layer.warehouse.health import DEFAULT_WEIGHTS, read_weights, weights_text

OWN_PREFIXES = ("DASHAPP_", "SITE_")
# As alike as two names that differ by a letter or an underscore.
ALIKE = 0.87


class SettingsError(ValueError):
    """Settings the site cannot start with; the message lists every problem and what to do about it."""


@dataclass(frozen=True)
class Setting:
    """One line of the table.  ``default`` holds when the environment is silent; ``{home}`` is filled in."""

    name: str
    field: str
    default: str
    meaning: str
    read: Callable[[str], Any]
    is_secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("DASHAPP_HOME", "home", "./instance", "The instance folder: databases, caches, kept keys.", Path),
    Setting(
        "SECRET_KEY",
        "secret_key",
        "",
        "Signs sessions: 32 random characters or more. Without one the site does not start, but in demo mode, "
        "where it makes its own and keeps it in the instance folder.",
        read.read_secret,
        is_secret=True,
    ),
    Setting(
        "DATABASE_URL",
        "database_url",
        "sqlite:///{home}/clientscope.sqlite",
        "The application database (users, views, audit log): `sqlite:///…` or `postgresql://…`.",
        read.address("sqlite", "postgresql", "postgres"),
        is_secret=True,
    ),
    Setting(
        "WAREHOUSE_URL",
        "warehouse_url",
        "duckdb:///{home}/warehouse",
        "The warehouse with the customers' data: DuckDB files in the instance folder, or `postgresql://…`.",
        read.address("duckdb", "postgresql", "postgres"),
        is_secret=True,
    ),
    Setting(
        "CACHE_URL",
        "cache_url",
        "file:///{home}/cache",
        "Where results are kept for all workers: `file:///…` or `redis://…`.",
        read.address("file", "redis", "rediss"),
        is_secret=True,
    ),
    Setting(
        "SITE_TIMEZONE",
        "timezone",
        "America/New_York",
        "The IANA time zone in which days, hours and weeks are counted, for whoever chose none of their own.",
        read.read_timezone,
    ),
    Setting(
        "CURRENCY", "currency", "USD", "The currency of every amount, by ISO 4217.", read.pattern(r"[A-Z]{3}", "USD")
    ),
    Setting(
        "HOST",
        "host",
        "127.0.0.1",
        "The address to listen at; `0.0.0.0` for every one of the machine.",
        read.pattern(r"[0-9A-Za-z.:_-]+", "127.0.0.1"),
    ),
    Setting("PORT", "port", "8050", "The port to listen at.", read.whole_number(1, 65535)),
    Setting("WORKERS", "workers", "2", "Server processes.", read.whole_number(1, 64)),
    Setting("THREADS", "threads", "8", "Threads in each server process.", read.whole_number(1, 64)),
    Setting(
        "QUERY_TIMEOUT_SECONDS",
        "query_timeout_seconds",
        "15",
        "After how many seconds a query of the warehouse is cancelled.",
        read.whole_number(1, 600),
    ),
    Setting(
        "ACTIVE_DAYS",
        "active_days",
        "90",
        "A client with an interaction in so many days is active.",
        read.whole_number(1, 3650),
    ),
    Setting(
        "FRESH_DAYS",
        "fresh_days",
        "2",
        "Days after which the stamp “data as of” turns amber.",
        read.whole_number(0, 3650),
    ),
    Setting(
        "FRESH_SOURCES",
        "fresh_sources",
        "account_balances=35, campaigns=35, market_data=35, retention=35",
        "How many days old single sources may be, where FRESH_DAYS does not fit them: NAME=DAYS, parted by commas. The "
        "page *Data* judges each by it.",
        read.read_fresh_sources,
    ),
    Setting(
        "PHONE_COUNTRY",
        "phone_country",
        "",
        "The country, by ISO 3166 such as `DE`, of phone numbers that name none, from the next load on; a mapping's "
        "`phone_country` goes before it, an address in a US state before both. Without one such a number stays as given.",
        read.read_country,
    ),
    Setting(
        "BALANCE_STALE_DAYS",
        "balance_stale_days",
        "45",
        "A balance older than so many days is no longer counted as current.",
        read.whole_number(1, 3650),
    ),
    Setting(
        "REJECTS_DAYS",
        "rejects_days",
        "90",
        "After how many days the rejected rows of a load, which hold people's data, are deleted, at the end of the next "
        "load; its counts stay.",
        read.whole_number(0, 3650),
    ),
    Setting(
        "CONVERSION_DAYS",
        "conversion_days",
        "90",
        "How many days an opportunity has to reach the next stage, or to be won, for the conversion within the window.",
        read.whole_number(1, 3650),
    ),
    Setting(
        "ATTRIBUTION_DAYS",
        "attribution_days",
        "14",
        "An enrolment or a won opportunity counts for the last campaign that the client replied to, if it comes within so "
        "many days of the reply; from the next load on.",
        read.whole_number(1, 3650),
    ),
    Setting(
        "HIGH_INTENT_REPLIES",
        "high_intent_replies",
        "3",
        "Who replied to more campaigns than this is in the saved segment “High intent”, and their open opportunities are hot.",
        read.whole_number(0, 1000),
    ),
    Setting(
        "TARGETS",
        "targets",
        "answered_in_target_rate=90%/75%, followup_on_time_rate=90%/75%",
        "What metrics should reach, each as METRIC=TARGET/AMBER, parted by commas, or `none`; what adds up over "
        "days, for 30 of them. `dashapp target set` changes one while the site runs.",
        read.read_site_targets,
    ),
    Setting(
        "RANKING_LEAST_N",
        "ranking_least_n",
        "10",
        "In a ranking of people a value needs to rest on so many things to have a rank.",
        read.whole_number(1, 100_000),
    ),
    Setting(
        "HEALTH_WEIGHTS",
        "health_weights",
        weights_text(DEFAULT_WEIGHTS),
        "What the parts of a client's health score weigh, from the next load on; a part that is not named weighs nothing.",
        read_weights,
    ),
    Setting(
        "IDLE_MINUTES",
        "idle",
        "30",
        "After how many minutes a session ends in which nobody uses it; what an open page asks by itself does not count.",
        read.minutes(1, 24 * 60),
    ),
    Setting("SESSION_HOURS", "session", "12", "After how many hours any session ends.", read.hours(1, 24 * 30)),
    Setting(
        "SECURE_COOKIES",
        "secure_cookies",
        "1",
        "1: cookies travel by HTTPS only. 0 where the site is reached by plain HTTP. In demo mode the default is 0.",
        read.read_flag,
    ),
    Setting(
        "TRUSTED_PROXIES",
        "trusted_proxies",
        "0",
        "How many proxies stand in front and set `X-Forwarded-For`, `-Proto` and `-Host`.",
        read.whole_number(0, 10),
    ),
    Setting(
        "LOG_LEVEL",
        "log_level",
        "WARNING",
        "The least serious message that is logged.",
        read.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    Setting("DEMO", "demo", "0", "1: a trial run with demo accounts whose password is published.", read.read_flag),
)
DEMO_DEFAULTS = {"SECURE_COOKIES": "0"}


@dataclass(frozen=True)
class Settings:
    """What the environment decides, validated.  Addresses and the key stay out of ``repr``: they hold passwords."""

    home: Path
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    warehouse_url: str = field(repr=False)
    cache_url: str = field(repr=False)
    timezone: str
    currency: str
    host: str
    port: int
    workers: int
    threads: int
    query_timeout_seconds: int
    active_days: int
    fresh_days: int
    fresh_sources: dict[str, int]
    phone_country: str | None
    balance_stale_days: int
    rejects_days: int
    conversion_days: int
    attribution_days: int
    high_intent_replies: int
    targets: Targets
    ranking_least_n: int
    health_weights: dict[str, float]
    idle: timedelta
    session: timedelta
    secure_cookies: bool
    trusted_proxies: int
    log_level: str
    demo: bool

    @property
    def postgres_warehouse(self) -> str | None:
        """The address of a warehouse in PostgreSQL, None where it lives in DuckDB files."""
        return None if self.warehouse_url.startswith("duckdb") else self.warehouse_url

    @property
    def redis_url(self) -> str | None:
        """The address of a cache in Redis, None where it lives in files."""
        return self.cache_url if self.cache_url.startswith("redis") else None

    @property
    def cache_folder(self) -> Path:
        """Where a cache of files lives."""
        return Path(self.cache_url.removeprefix("file://")) if self.redis_url is None else self.home / "cache"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, serving: bool = True) -> "Settings":
        """Read all settings from ``environ`` (the process's own by default).

        Raises ``SettingsError`` naming every problem at once.  A command that serves nobody passes
        ``serving=False`` and needs no secret key.
        """
        given = os.environ if environ is None else environ
        problems = _unknown(given)
        home = _home(given)
        values: dict[str, Any] = {"home": home}
        for setting in SETTINGS[1:]:
            try:
                values[setting.field] = _value(setting, given, home, serving)
            except ValueError as error:
                problems.append(f"{setting.name} {error}.")
        if problems:
            raise SettingsError("\n".join(["The site cannot start with these settings:", *problems]))
        return cls(**values)


def is_demo(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for a trial run; a malformed DEMO is reported elsewhere."""
    try:
        return read.read_flag(environ.get("DEMO", "0"))
    except ValueError:
        return False


def settings_markdown() -> str:
    """The page ``docs/settings.md``: every setting with its default and meaning."""
    lines = [
        "# Settings",
        "",
        "All settings come from the environment. The site names those it does not know and refuses to start.",
        "This page is written by `dashapp settings --markdown`.",
        "",
        "| Name | Default | Meaning |",
        "|---|---|---|",
    ]
    lines += [f"| `{one.name}` | {_shown_default(one)} | {one.meaning} |" for one in SETTINGS]
    return "\n".join(lines) + "\n"


def _shown_default(setting: Setting) -> str:
    return f"`{setting.default.replace('{home}', 'DASHAPP_HOME')}`" if setting.default else "none"


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DASHAPP_HOME") or SETTINGS[0].default).expanduser().resolve()


def _value(setting: Setting, environ: Mapping[str, str], home: Path, serving: bool) -> Any:
    text = environ.get(setting.name, "")
    if not text and setting.name == "SECRET_KEY":
        return _missing_key(environ, home, serving)
    default = DEMO_DEFAULTS.get(setting.name) if is_demo(environ) else None
    # An absolute folder begins with a slash; three before it are two too many for file:///.
    place = str(home) if setting.default.startswith(("sqlite", "duckdb")) else str(home).lstrip("/")
    return setting.read(text or (default or setting.default).replace("{home}", place))


def _missing_key(environ: Mapping[str, str], home: Path, serving: bool) -> str:
    if is_demo(environ):
        return kept_key(home)
    if not serving:
        return ""
    raise ValueError(f"is missing; {read.KEY_ADVICE}, and keep it")


def kept_key(home: Path) -> str:
    """The key of a trial run: made once, kept in the instance folder, readable by its owner only."""
    file = home / "secret_key"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = home / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
    if not file.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(48))
        try:
            # A link fails where the file exists: of several workers that start at once, one key wins.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """A line for each name that is meant for this site, by its prefix or its likeness, and is none of its settings."""
    known = [setting.name for setting in SETTINGS]
    problems = []
    for name in sorted(set(environ) - set(known)):
        near = difflib.get_close_matches(name, known, n=1, cutoff=ALIKE)
        if near:
            problems.append(f"{name} is unknown; did you mean {near[0]}?")
        elif name.startswith(OWN_PREFIXES):
            problems.append(f"{name} is unknown; remove it, or see docs/settings.md for the names there are.")
    return problems
