"""Which team somebody is in."""

from sqlalchemy import select

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
