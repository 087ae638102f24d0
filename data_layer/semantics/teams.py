"""Which team somebody is in, and whether the data know somebody or some team at all."""

from sqlalchemy import ColumnElement, select

from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import UNKNOWN, dim_staff


def team_of(staff_id: str | None, data: Generation) -> str | None:
    """The team of a member of staff; None where the data know none."""
    if not staff_id:
        return None

    def ask() -> str | None:
        wanted = select(dim_staff.c.team).where(dim_staff.c.staff_id == staff_id)
        with data.connect() as connection:
            return connection.execute(wanted).scalar()

    team: str | None = data.memo.get(("team of", staff_id), ask)
    return None if team == UNKNOWN else team


def knows_staff(staff_id: str, data: Generation) -> bool:
    """Whether a member of staff has that id."""
    return _is_there(dim_staff.c.staff_id == staff_id, data)


def knows_team(team: str, data: Generation) -> bool:
    """Whether anybody is in that team."""
    return _is_there(dim_staff.c.team == team, data)


def _is_there(condition: ColumnElement[bool], data: Generation) -> bool:
    with data.connect() as connection:
        return connection.execute(select(dim_staff.c.staff_key).where(condition).limit(1)).first() is not None
