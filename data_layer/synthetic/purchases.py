"""When contacts buy: the days on which they enrol or their opportunity is won, for campaigns that call for it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data_layer.synthetic.directory import Contacts
from data_layer.synthetic.holdings import Accounts
from data_layer.synthetic.sales import Deals
from data_layer.synthetic.scope import DAY, Bool, Int

_SPAN: Final = 1_000_000  # more than any day number


@dataclass(frozen=True)
class Purchases:
    """All purchases of a chunk's contacts: contact and day in one number, rising."""

    order: Int

    def soon(self, contact: Int, day: Int, days: int) -> Bool:
        """Whether each contact buys on one of the ``days`` after ``day``."""
        after = contact * _SPAN + day
        place = np.searchsorted(self.order, after, side="right")
        following = np.append(self.order, np.iinfo(np.int64).max)[place]
        return np.asarray(following <= after + days, np.bool_)


def purchases(who: Contacts, held: Accounts, offered: Deals, people: int) -> Purchases:
    """The purchases of the contacts among ``people`` customers and the leads beside them."""
    contact = np.full(people, -1)
    customers = np.flatnonzero(who.person >= 0)
    contact[who.person[customers]] = customers
    taken = contact[held.person] >= 0
    enrolled = contact[held.person[taken]] * _SPAN + held.opened[taken]
    won = offered.contact[offered.won] * _SPAN + np.minimum(offered.closed[offered.won] // DAY, _SPAN - 1)
    return Purchases(np.sort(np.concatenate([enrolled, won])))
