"""What else the company knows of its customers: ``customer_attributes``, one value per row."""

from typing import Final

import numpy as np
import pyarrow as pa

from data_layer.synthetic.columns import pick, take
from data_layer.synthetic.people import People
from data_layer.synthetic.scope import Chunk, Scope
from data_layer.synthetic.shapes import choose_by_row
from data_layer.synthetic.writer import Writer

# By name: its values, how likely each is in each segment, and which share of customers has one at all.
_ASKED: Final = (
    (
        "Preferred contact", ("E-mail", "Phone", "WhatsApp", "Post"),
        ((0.42, 0.16, 0.37, 0.05), (0.45, 0.22, 0.27, 0.06), (0.38, 0.36, 0.17, 0.09), (0.2, 0.62, 0.08, 0.1)), 0.86,
    ),
    (
        "Newsletter", ("Weekly", "Monthly", "Unsubscribed"),
        ((0.3, 0.36, 0.34), (0.34, 0.4, 0.26), (0.3, 0.5, 0.2), (0.18, 0.6, 0.22)), 0.7,
    ),
)  # fmt: skip


def write_attributes(writer: Writer, scope: Scope, chunk: Chunk, people: People) -> None:
    """``customer_attributes``."""
    rng = scope.rng("attributes", chunk.index)
    size = len(people.segment)
    who, names, values = [], [], []
    for name, choices, weights, share in _ASKED:
        chosen = choose_by_row(rng, np.array(weights), people.segment)
        rows = np.flatnonzero(rng.random(size) < share)
        who.append(take(people.ids, rows))
        names.append(pick((name,), np.zeros(len(rows), np.int64)).cast("string"))
        values.append(pick(choices, chosen[rows]).cast("string"))
    columns = (pa.concat_arrays(parts) for parts in (who, names, values))
    writer.write("customer_attributes", dict(zip(("customer_id", "name", "value"), columns, strict=True)))
