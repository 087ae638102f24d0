"""What was added up when the data were loaded: the figures of each day, of all rows and by the members of dimensions.

In Kimball's terms an aggregate fact table with shrunken dimensions; which figures there are, and by what, is declared
in :mod:`data_layer.semantics.rollups`.
"""

from sqlalchemy import BigInteger, Column, Date, Integer, Table, Text

from data_layer.warehouse.dimension_tables import key_column, metadata

# The columns of figures that a rollup has room for, beside the number of rows.
ROLLUP_VALUES = 12

dim_rollup = Table(
    "dim_rollup",
    metadata,
    key_column("rollup_key"),
    Column("family", Text, nullable=False),  # the first of the metrics that it answers
    Column("dimension", Text, nullable=False),  # by whose members it is; empty for that of all rows
)

dim_rollup_member = Table(
    "dim_rollup_member",
    metadata,
    key_column("member_key"),  # within its dimension
    Column("dimension", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("name", Text),  # what people read, where it is not the value
)

# By rollup, member and day, in that order.  A day of a stock says by how much it rose or fell.
rollup_day = Table(
    "rollup_day",
    metadata,
    key_column("rollup_key"),
    Column("member_key", Integer, nullable=False),  # 0 in the rollup of all rows
    Column("day", Date, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    *(Column(f"v{place}", BigInteger) for place in range(1, ROLLUP_VALUES + 1)),
)
