"""Who was taken for the same person in the data as they are, and who was not."""

from sqlalchemy import select

from data_layer.ingest.status import Match
from data_layer.warehouse.engine import Generation
from data_layer.warehouse.tables import identity_match as t

FIELDS = ("outcome", "matched_by", "value", "customer_id", "ids", "people", "why")


def matches(data: Generation, most: int) -> list[Match]:
    """The first matches of different ids, merged ones first.  For those who may see every client."""
    columns = [t.c[name] for name in FIELDS]
    order = (t.c.outcome.desc(), t.c.customer_id, t.c.matched_by, t.c.value, t.c.ids)
    with data.connect() as connection:
        return [Match(*row) for row in connection.execute(select(*columns).order_by(*order).limit(most))]
