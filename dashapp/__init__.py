"""The application.  Its parts are loaded when a site is made, so that a command starts without them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dash

    from dashapp.services import Services
    from dashapp.settings import Settings


def create_app(settings: "Settings", services: "Services | None" = None) -> "dash.Dash":
    """The whole site, ready to serve.  Tests hand over ``services`` with parts of their own."""
    from dashapp import site

    return site.create_app(settings, services)


def warm_up(app: "dash.Dash") -> None:
    """Let Dash do its first-request work now: under several threads the first requests could else fail."""
    from dashapp import site

    site.warm_up(app)
