"""``dashapp user``: who may log in."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import Engine

from dashapp.cli.common import changing, read_settings, shell_user
from data_layer.access import Role
from data_layer.appdb import audit, users
from data_layer.appdb.passwords import MIN_LENGTH, WeakPassword
from data_layer.appdb.users import NewUser, User, UserError
from data_layer.semantics.teams import knows_staff, knows_team
from data_layer.warehouse.engine import NoData, Warehouse, WarehouseAway

# The wall is a paired device, not somebody who logs in.
ROLES = [role.value for role in Role if role is not Role.WALL]
ROLE = click.Choice(ROLES)


@click.group()
def user() -> None:
    """Add users, give them roles, lock them out."""


@user.command()
@click.argument("login")
@click.option("--role", type=ROLE, required=True, help="What the user comes here to do.")
@click.option("--name", default="", help="The name shown on the site; the login if left out.")
@click.option("--email", help="Where scheduled reports go.")
@click.option("--staff-id", help="The user's own id among the staff in the data; needed to see own work.")
@click.option("--team", help="The team a lead or manager is bound to; all teams if left out.")
@click.option("--timezone", help="Another time zone than the site's, such as Europe/Paris.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def add(
    login: str,
    role: str,
    name: str,
    email: str | None,
    staff_id: str | None,
    team: str | None,
    timezone: str | None,
    password_stdin: bool,
) -> None:
    """Add the user LOGIN."""
    password = read_password(password_stdin)
    with plain_errors(), changing() as engine:
        new = NewUser(login, name, Role(role), password, email, staff_id, team, timezone)
        added = users.add(engine, new, datetime.now(UTC))
        record(engine, "user_added", added.login, role=role, staff_id=staff_id, team=team)
    click.echo(f"Added {added.login} ({role}).")
    doubt(added.staff_id, added.team)
    if added.role is Role.STAFF and not added.staff_id:
        click.echo("Without --staff-id this user sees no client: tie the account to a person with `dashapp user role`.")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def show(as_json: bool) -> None:
    """Show all users."""
    with changing() as engine:
        everyone = users.everyone(engine)
    if as_json:
        click.echo(json.dumps([as_row(one) for one in everyone], indent=2))
        return
    if not everyone:
        click.echo("There is no user yet; add the first one with `dashapp user add`.")
    for one in everyone:
        state = "disabled" if one.disabled_at else "active"
        click.echo(f"{one.login:<24}{one.role:<16}{state:<10}{one.team or '-':<16}{one.staff_id or '-':<12}{one.name}")


@user.command()
@click.argument("login")
def disable(login: str) -> None:
    """Lock LOGIN out, at once."""
    with plain_errors(), changing() as engine:
        users.disable(engine, login, datetime.now(UTC))
        record(engine, "user_disabled", login)
    click.echo(f"Disabled {users.normal_login(login)}; open sessions have ended.")


@user.command()
@click.argument("login")
def enable(login: str) -> None:
    """Let LOGIN in again."""
    with plain_errors(), changing() as engine:
        users.enable(engine, login)
        record(engine, "user_enabled", login)
    click.echo(f"Enabled {users.normal_login(login)}.")


@user.command()
@click.argument("login")
@click.argument("new_role", type=ROLE, metavar="ROLE")
@click.option("--staff-id", help="The user's own id among the staff in the data.")
@click.option("--team", help="The team a lead or manager is bound to.")
def role(login: str, new_role: str, staff_id: str | None, team: str | None) -> None:
    """Give LOGIN the role ROLE; staff id and team are replaced by those given here."""
    with plain_errors(), changing() as engine:
        users.set_role(engine, login, Role(new_role), staff_id, team)
        record(engine, "user_role_changed", login, role=new_role, staff_id=staff_id, team=team)
    click.echo(f"{users.normal_login(login)} is now {new_role}; open sessions have ended.")
    doubt(staff_id, team)


@user.command()
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def password(login: str, password_stdin: bool) -> None:
    """Set another password for LOGIN."""
    with plain_errors(), changing() as engine:
        users.get(engine, login)
        users.set_password(engine, login, read_password(password_stdin))
        record(engine, "user_password_changed", login)
    click.echo(f"Changed the password of {users.normal_login(login)}; open sessions have ended.")


@user.command()
@click.argument("login")
@click.argument("zone", required=False)
def timezone(login: str, zone: str | None) -> None:
    """Show LOGIN the days and hours of the time zone ZONE, such as Europe/Paris; without ZONE the site's."""
    with plain_errors(), changing() as engine:
        users.set_timezone(engine, login, zone)
        record(engine, "user_timezone_changed", login, timezone=zone)
    click.echo(f"{users.normal_login(login)} sees {f'the time of {zone}' if zone else 'the time of the site'}.")


def doubt(staff_id: str | None, team: str | None) -> None:
    """Say so where the loaded data know no such member of staff or team: the account sees no row until they do."""
    if staff_id is None and team is None:
        return
    settings = read_settings()
    warehouse = Warehouse(settings.home, settings.postgres_warehouse, settings.query_timeout_seconds)
    try:
        data = warehouse.current()
        if staff_id is not None and not knows_staff(staff_id, data):
            click.echo(
                f"Nobody in the loaded data has the staff id “{staff_id}”; until somebody has, no row is theirs."
            )
        if team is not None and not knows_team(team, data):
            click.echo(f"Nobody in the loaded data is in the team “{team}”; until somebody is, this user sees no row.")
    except (NoData, WarehouseAway):
        pass  # the data may come later
    finally:
        warehouse.close()


def as_row(one: User) -> dict[str, Any]:
    """A user as JSON; moments in ISO 8601, UTC."""
    return {
        "login": one.login,
        "name": one.name,
        "email": one.email,
        "role": one.role.value,
        "staff_id": one.staff_id,
        "team": one.team,
        "timezone": one.timezone,
        "is_demo": one.is_demo,
        "created_at": one.created_at.isoformat(),
        "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
    }


def read_password(from_stdin: bool) -> str:
    """The new password: one line of standard input, or asked for twice without showing it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    hint = f"Password (at least {MIN_LENGTH} characters)"
    typed: str = click.prompt(hint, hide_input=True, confirmation_prompt="The same again")
    return typed


def record(engine: Engine, action: str, login: str, **detail: Any) -> None:
    """Note a change of rights, made by the person at this machine's shell."""
    detail = {"user": users.normal_login(login)} | {key: value for key, value in detail.items() if value}
    audit.record(engine, f"shell:{shell_user()}", action, detail)


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the command with the message alone where a user cannot be changed as asked."""
    try:
        yield
    except (UserError, WeakPassword) as error:
        raise click.ClickException(str(error)) from error
