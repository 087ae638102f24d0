"""Pages about one subject, such as one client: their state, and whether there is such a one for who asks.

The subject stands in the path.  For everything behind the page it is a filter like any other, so that tiles, records,
downloads and the cache know nothing of it; only that it is there, and the viewer's to see, is checked once more here.
"""

import time
from urllib.parse import parse_qsl, unquote, urlencode

from callbacks.payload import Desk
from callbacks.questions import has_subject, subject_of
from data_layer.access import Viewer
from data_layer.semantics.cache import key_of
from data_layer.semantics.members import label_of
from data_layer.semantics.selection import DEFAULT_PERIOD, Selection
from data_layer.warehouse.engine import Generation, NoData, QueryTooLong, WarehouseAway
from layouts.page import Page
from layouts.registry import page_at

# Looking at the same client for a while is one view in the audit log.
ONE_VIEW_SECONDS = 600


def state_of(page: Page, path: str, search: str) -> str:
    """The query string that a page at this path stands for; ``path`` as browsers write it.

    It is the link's own, with the page's usual period where the link names none, and the subject out of the path.
    ``assets/20_state.js`` does the same in the browser.
    """
    if page.subject is None and page.period is DEFAULT_PERIOD:
        return search
    pairs = [(name, value) for name, value in parse_qsl(search.removeprefix("?")) if name != page.subject]
    if not {"period", "from", "to"} & {name for name, _ in pairs}:
        pairs.append(("period", page.period))
    if page.subject is not None:
        pairs.append((page.subject, page.value_in(unquote(path)) or ""))
    return "?" + urlencode(pairs)


def is_there(desk: Desk, viewer: Viewer, path: str) -> bool:
    """Whether a path, its escapes resolved, leads to something this viewer may see, as far as anyone can say now.

    While the data is away the page opens, and its tiles say what is the matter.
    """
    page = page_at(path, viewer.role)
    if page is None or page.subject is None:
        return True
    selection = Selection().with_filter(page.subject, (page.value_in(path) or "",))
    try:
        return has_subject(page, selection, viewer, desk.data(viewer))
    except (NoData, QueryTooLong, WarehouseAway):
        return True


def title_of(page: Page, selection: Selection, viewer: Viewer, data: Generation) -> str | None:
    """The subject's name, as the title of its page; None for other pages and where there is no such subject."""
    if page.subject is None or not has_subject(page, selection, viewer, data):
        return None
    return label_of(page.subject, subject_of(page, selection) or "", viewer, data)


def without_subject(page: Page, selection: Selection) -> Selection:
    """What remains to be said in words and chips when the title names the subject."""
    return selection if page.subject is None else selection.with_filter(page.subject, ())


def note_view(desk: Desk, page: Page, selection: Selection, viewer: Viewer) -> None:
    """Write into the audit log that this viewer looked at this subject, where there is something to look at."""
    value = subject_of(page, selection)
    try:
        if page.subject is None or not has_subject(page, selection, viewer, desk.data(viewer)):
            return
    except (NoData, QueryTooLong, WarehouseAway):
        return

    def note() -> bytes:
        desk.note(viewer.login, "view", {"page": page.name, page.subject or "": value})
        return b"noted"

    span = int(time.time() // ONE_VIEW_SECONDS)
    desk.cache.get(key_of("view", viewer.login, page.name, value, span), note)
