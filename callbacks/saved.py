"""What the requests about saved things share: reading what a browser sent, and saying what is wrong with it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, jsonify, request

from data_layer.access import Role
from data_layer.appdb.naming import SHARED_WITH, Gone, NotYours, SavedError
from data_layer.semantics.rules import RuleError
from data_layer.warehouse.engine import NoData, QueryTooLong, WarehouseAway

LONGEST_SEARCH = 8000
# What a person can put right in the form is an answer like any other: a browser calls every other status a failure.
FORM = (SavedError, RuleError)
STATUS: dict[type[Exception], int] = {Gone: 404, NotYours: 403, NoData: 503, QueryTooLong: 503, WarehouseAway: 503}


def answered(route: Callable[..., Any]) -> Callable[..., Response]:
    """A route whose answer becomes JSON: ``{"problem": …}`` for what to put right, ``{"message": …}`` for a refusal."""

    @wraps(route)
    def answer(*arguments: Any, **named: Any) -> Response:
        try:
            return jsonify(route(*arguments, **named))
        except FORM as error:
            return jsonify(problem=str(error))
        except tuple(STATUS) as error:
            refusal = jsonify(message=str(error))
            refusal.status_code = next(status for kind, status in STATUS.items() if isinstance(error, kind))
            return refusal

    return answer


def body() -> dict[str, Any]:
    """What was sent.  SavedError for anything but a JSON object."""
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise SavedError("This request could not be read.")
    return sent


def text_in(sent: dict[str, Any], name: str, longest: int = LONGEST_SEARCH) -> str:
    """A text that was sent, "" where there is none.  SavedError for something else, or too much of it."""
    value = sent.get(name, "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise SavedError("This request could not be read; the link may be too long.")
    return value


def roles_in(sent: dict[str, Any]) -> list[Role]:
    """The roles to share with.  SavedError for one that does not exist or is nobody."""
    given = sent.get("roles") or []
    known = {role.value: role for role in SHARED_WITH}
    if not isinstance(given, list) or any(not isinstance(one, str) or one not in known for one in given):
        raise SavedError("Choose the roles to share with from the list.")
    return [known[one] for one in given]
