"""Data: what was loaded, what came of it, how fresh it is, and the way back.  Not made of figures."""

from data_layer.access import Role
from layouts.page import Page

PAGE = Page(
    name="loads",
    path="/admin/loads",
    title="Data",
    icon="loads",
    roles=frozenset({Role.ADMIN}),
    rows=(),
    filters=(),
)
