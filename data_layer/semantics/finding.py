"""Finding a client by a part of the name or number, among those that a viewer may see."""

from sqlalchemy import func, or_, select

from data_layer.access import Viewer
from data_layer.semantics.facts import CUSTOMER
from data_layer.semantics.members import Member
from data_layer.semantics.scope import row_rights
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import UNKNOWN_KEY, dim_customer

SHORTEST = 2
MOST = 10


def find_clients(text: str, viewer: Viewer, data: Generation) -> list[Member]:
    """The first clients by name in whose name or number the text occurs, in any case of letters; at most :data:`MOST`.

    Too short a text finds nobody: it would find everybody.
    """
    wanted = " ".join(text.split()).casefold()
    if len(wanted) < SHORTEST:
        return []
    c, rights = dim_customer.c, row_rights(CUSTOMER, viewer)
    found = select(c.customer_id, func.coalesce(c.full_name, c.customer_id).label("name")).where(
        or_(*(func.lower(column).contains(wanted, autoescape=True) for column in (c.full_name, c.customer_id))),
        c.customer_key != UNKNOWN_KEY,
        ~c.is_merged_away,
        *([rights] if rights is not None else []),
    )
    with data.connect() as connection:
        rows = connection.execute(found.order_by("name", c.customer_id).limit(MOST)).all()
    return [Member(str(row.customer_id), str(row.name)) for row in rows]
