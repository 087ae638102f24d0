"""What a browser sends for a callback: looked at before Dash does, which trusts its own page."""

from collections.abc import Mapping, Sequence
from typing import Any

from layouts import ids

# What stands in the address, and what each page keeps of it: text, or nothing yet.
TEXTS = frozenset({(ids.URL, "search"), (ids.URL, "pathname"), (ids.SHOWN, "data")})


def is_well_formed(body: Mapping[str, Any], declared: Mapping[str, Any]) -> bool:
    """Whether a body names the inputs and state that its callback has, in their order, with values of their kind.

    ``declared``: ``inputs`` and ``state`` of the callback in Dash's own list, each with ``id`` and ``property``.
    """
    return (
        _are_components(body.get("outputs"))
        and _are_texts(body.get("changedPropIds", []))
        and _are_values(body.get("inputs", []), declared["inputs"])
        and _are_values(body.get("state", []), declared["state"])
    )


def _are_components(found: Any) -> bool:
    """Whether these are one component's property, or several."""
    each = found if isinstance(found, list) else [found]
    return bool(each) and all(
        isinstance(one, dict) and _are_texts([one.get("id"), one.get("property")]) for one in each
    )


def _are_texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


def _are_values(found: Any, declared: Sequence[Mapping[str, Any]]) -> bool:
    if not isinstance(found, list) or len(found) != len(declared):
        return False
    return all(_is_value(one, other) for one, other in zip(found, declared, strict=True))


def _is_value(found: Any, declared: Mapping[str, Any]) -> bool:
    if not isinstance(found, dict) or any(found.get(name) != declared[name] for name in ("id", "property")):
        return False
    is_text = (found["id"], found["property"]) in TEXTS or str(found["id"]).startswith(ids.here(""))
    return not is_text or isinstance(found.get("value"), str | None)
