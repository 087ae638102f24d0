"""What happens on the site.  Each module registers its callbacks; none is registered by being imported."""

import dash

from callbacks import account, content, drill, exports, filters, followups, live, loads, segments, streams, tiles, views
from callbacks.payload import Desk


def register(app: dash.Dash, desk: Desk) -> None:
    """Register every callback of the site on ``app``, and the routes that stand beside them on its server."""
    for module in (content, filters, tiles, drill, loads):
        module.register(app, desk)
    for routes in (live, exports, segments, views, followups, streams, account):
        routes.register(app.server, desk)
