"""Who looks, which rows they may see and whether contact data is masked for them."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ScopeKind = Literal["all", "team", "own"]


class Role(StrEnum):
    """What a person comes here to do; pages, rows and masking follow from it."""

    EXECUTIVE = "executive"
    SALES_MANAGER = "sales_manager"
    SUPPORT_LEAD = "support_lead"
    MARKETER = "marketer"
    STAFF = "staff"
    ADMIN = "admin"
    WALL = "wall"


MASKED_ROLES = frozenset({Role.EXECUTIVE, Role.MARKETER, Role.WALL})
# What clients and staff wrote is for those who deal with them, and for whoever answers for the whole.
NO_TEXT_ROLES = frozenset({Role.MARKETER, Role.WALL})
TEAM_ROLES = frozenset({Role.SALES_MANAGER, Role.SUPPORT_LEAD})


@dataclass(frozen=True)
class RowScope:
    """The rows a viewer may see: all of them, one team's, or one staff member's.

    ``own`` without a ``staff_id`` means no row at all: an account that nobody tied to a person in the data.
    """

    kind: ScopeKind
    staff_id: str | None = None
    team: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether this scope admits no row."""
        return self.kind == "own" and self.staff_id is None

    @property
    def chooses(self) -> tuple[str, ...]:
        """The dimensions of which it leaves one value at most, so that nobody has to choose one."""
        fixed: dict[ScopeKind, tuple[str, ...]] = {"own": ("team", "staff"), "team": ("team",), "all": ()}
        return fixed[self.kind]


@dataclass(frozen=True)
class Viewer:
    """The one who asks; an argument of every query.

    ``staff_id``: the id of this person among the staff in the data.  ``team``: the team they are bound to.  ``zone``:
    the IANA time zone whose days and hours they want to see; None for the site's.
    """

    login: str
    role: Role
    staff_id: str | None = None
    team: str | None = None
    zone: str | None = None

    @property
    def masked(self) -> bool:
        """Whether contact data (phone, e-mail, address) is withheld."""
        return self.role in MASKED_ROLES

    @property
    def reads_texts(self) -> bool:
        """Whether messages, summaries and notes may be read; they can hold contact data in any words."""
        return self.role not in NO_TEXT_ROLES

    @property
    def scope(self) -> RowScope:
        """The rows this viewer may see."""
        if self.role is Role.STAFF:
            return RowScope("own", staff_id=self.staff_id or None)
        if self.role in TEAM_ROLES and self.team:
            return RowScope("team", team=self.team)
        return RowScope("all")

    def cache_key(self) -> str:
        """A stable text of all that decides rows, masking and days: equal for two viewers exactly when they see the same.

        JSON keeps it unambiguous whatever characters an id or a team's name holds.
        """
        scope = self.scope
        return json.dumps([scope.kind, scope.staff_id, scope.team, self.masked, self.reads_texts, self.zone])
