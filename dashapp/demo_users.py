"""Accounts for a trial run: one for each role, with a password that everybody may know.

They are marked in the database; a site that is not in demo mode refuses them.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from data_layer.access import Role
from data_layer.appdb import users
from data_layer.appdb.users import NewUser, UserError

PASSWORD = "clientscope-demo"


@dataclass(frozen=True)
class DemoAccount:
    """One account of the trial run, as the log-in page lists it."""

    login: str
    name: str
    role: Role
    comes_to: str


ACCOUNTS = (
    DemoAccount("executive", "Erin Executive", Role.EXECUTIVE, "read the state of the business"),
    DemoAccount("sales", "Sam Sales", Role.SALES_MANAGER, "find the pipeline's bottleneck"),
    DemoAccount("support", "Sky Support", Role.SUPPORT_LEAD, "keep the queue healthy"),
    DemoAccount("marketer", "Max Marketer", Role.MARKETER, "see which campaign wins"),
    DemoAccount("staff", "Stacy Staff", Role.STAFF, "see own work and clients"),
    DemoAccount("admin", "Ada Admin", Role.ADMIN, "manage users, data and screens"),
)


def ensure(
    engine: Engine,
    now: datetime,
    staff_id: str | None = None,
    sales_team: str | None = None,
    support_team: str | None = None,
) -> None:
    """Make the demo accounts that are missing; tie ``staff`` to a person and the leads to teams of the data.

    Several workers may do this at the same moment.
    """
    there = {user.login: user for user in users.everyone(engine)}
    for account in ACCOUNTS:
        own_id = staff_id if account.role is Role.STAFF else None
        own_team = {Role.SALES_MANAGER: sales_team, Role.SUPPORT_LEAD: support_team}.get(account.role)
        user = there.get(account.login)
        if user is None:
            _add(engine, account, now, own_id, own_team)
        elif user.is_demo and (own_id or own_team) and (user.staff_id, user.team) != (own_id, own_team):
            users.set_role(engine, account.login, account.role, own_id, own_team)


def _add(engine: Engine, account: DemoAccount, now: datetime, staff_id: str | None, team: str | None) -> None:
    new = NewUser(account.login, account.name, account.role, PASSWORD, staff_id=staff_id, team=team, is_demo=True)
    try:
        users.add(engine, new, now)
    except UserError:
        # Another process was faster; anything else is an error.
        users.get(engine, account.login)
