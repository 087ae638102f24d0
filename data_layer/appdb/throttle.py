"""A limit on failed log-ins that holds across workers, because it is counted in the application database."""

import ipaddress
import math
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, delete, insert, select, update

from data_layer.appdb.tables import login_attempts

WINDOW = timedelta(minutes=15)
FAILURES_PER_LOGIN = 5
FAILURES_PER_ADDRESS = 30
KEEP = timedelta(days=1)


def address_key(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the /64 network that one IPv6 subscriber controls."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return (address or "unknown")[:64]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def begin_attempt(engine: Engine, login: str, address: str | None, now: datetime) -> tuple[int, int]:
    """Note an attempt before the password is looked at: (its id, seconds to wait; 0 when it may go on).

    The attempt counts as failed from the start and is written before it is counted, so that any number of
    attempts at the same moment cannot pass together.  A refused attempt does not lengthen the wait.
    """
    key, name = address_key(address), login[:80]
    with engine.begin() as connection:
        connection.execute(delete(login_attempts).where(login_attempts.c.at < now - KEEP))
        row = {"at": now, "login": name, "address": key, "outcome": "failed"}
        attempt: int = connection.execute(insert(login_attempts).returning(login_attempts.c.id), row).scalar_one()
    with engine.begin() as connection:
        wait = _seconds_to_wait(connection, name, key, now)
        if wait:
            _settle(connection, attempt, "refused")
    return attempt, wait


def end_attempt(engine: Engine, attempt: int, succeeded: bool) -> None:
    """Say how the attempt went; a success also clears the failures of that login from that address."""
    if not succeeded:
        return
    with engine.begin() as connection:
        row = connection.execute(select(login_attempts).where(login_attempts.c.id == attempt)).one()
        same = and_(login_attempts.c.login == row.login, login_attempts.c.address == row.address)
        connection.execute(delete(login_attempts).where(same, login_attempts.c.outcome == "failed"))


def _settle(connection: Connection, attempt: int, outcome: str) -> None:
    connection.execute(update(login_attempts).where(login_attempts.c.id == attempt).values(outcome=outcome))


def _seconds_to_wait(connection: Connection, login: str, key: str, now: datetime) -> int:
    """0 while both counts are within their limits; else when the oldest failure too many leaves the window.

    Asked once each: between counting and looking for it, other attempts could be refused and not count any more.
    """
    recent = and_(
        login_attempts.c.address == key, login_attempts.c.at > now - WINDOW, login_attempts.c.outcome == "failed"
    )
    waits = [0]
    limits = ((and_(recent, login_attempts.c.login == login), FAILURES_PER_LOGIN), (recent, FAILURES_PER_ADDRESS))
    for condition, limit in limits:
        newest_first = select(login_attempts.c.at).where(condition).order_by(login_attempts.c.at.desc())
        too_many: datetime | None = connection.execute(newest_first.offset(limit).limit(1)).scalar()
        if too_many is not None:
            waits.append(max(1, math.ceil((too_many + WINDOW - now).total_seconds())))
    return max(waits)
