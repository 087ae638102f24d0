"""gunicorn's threaded worker, which leaves a request to a sibling that has less to do.

Whoever is quickest takes a new connection, and that is mostly the same process, while the other has nothing to do.
"""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# How long a worker waits for each request that it is at, and at most.
WAIT_SECONDS = 0.001
MOST_SECONDS = 0.005


class BalancedWorker(ThreadWorker):  # type: ignore[misc]
    """See the module."""

    def accept(self, listener: Any) -> None:
        """Accept a connection, unless somebody else takes it meanwhile."""
        if self.nr_conns:
            time.sleep(min(self.nr_conns * WAIT_SECONDS, MOST_SECONDS))
        super().accept(listener)
