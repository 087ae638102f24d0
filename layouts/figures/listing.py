"""A long list: one page of it, with what the browser needs to search, sort and turn the page."""

from dataclasses import dataclass

from data_layer.analyses.answer import Answer
from data_layer.analyses.client_list import PAGE_ROWS
from data_layer.semantics.dimensions import DIMENSIONS
from data_layer.semantics.formats import UNKNOWN_VALUE, day_in_words, exact
from data_layer.semantics.metric import Unit
from layouts.figures.base import Content
from layouts.links import address_of


@dataclass(frozen=True)
class ListColumn:
    """A column of a list.  ``unit``: how its numbers are written; None for texts and days."""

    name: str
    label: str
    unit: Unit | None = None


CLIENTS = (
    ListColumn("client", "Client"),
    ListColumn("client_id", "Client no."),
    ListColumn("segment", DIMENSIONS["segment"].label),
    ListColumn("label", DIMENSIONS["attribute.label"].label),
    ListColumn("status", DIMENSIONS["status"].label),
    ListColumn("owner", DIMENSIONS["owner"].label),
    ListColumn("state", DIMENSIONS["state"].label),
    ListColumn("first_seen", "First seen"),
    ListColumn("balance", "Balance", Unit.MONEY),
    ListColumn("interactions", "Interactions", Unit.COUNT),
    ListColumn("last_contact", "Last contact"),
)


def client_list(answer: Answer) -> Content:
    """The rows as text, each with the address of its client; what is searched, how it is sorted, which page it is."""
    listing, total = answer.facts["listing"], answer.facts["total"]
    rows = answer.frame.to_dict("records")
    first = (listing.page - 1) * PAGE_ROWS + 1
    return {
        "columns": [
            {"name": column.name, "label": column.label, "number": column.unit is not None} for column in CLIENTS
        ],
        "rows": [[_cell(row, column) for column in CLIENTS] for row in rows],
        "links": [address_of("customer", row["client_id"]) for row in rows],
        "find": listing.find,
        "hint": "Search by name, number or company" + (", e-mail or phone" if "email" in answer.frame else ""),
        "sort": listing.column,
        "descending": listing.is_descending,
        "page": listing.page,
        "pages": answer.facts["pages"],
        "words": f"{first:,} – {first + len(rows) - 1:,} of {total:,}" if rows else "No client matches the search.",
    }


def _cell(row: dict[str, object], column: ListColumn) -> str:
    value = row[column.name]
    if column.unit is not None:
        return exact(float(str(value)), column.unit) if value is not None else UNKNOWN_VALUE
    if value is None:
        return str(row["client_id"]) if column.name == "client" else UNKNOWN_VALUE
    return day_in_words(value) if hasattr(value, "isoformat") else str(value)  # type: ignore[arg-type]
