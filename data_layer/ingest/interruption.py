"""Being told to stop: Ctrl-C, the end of a service, a terminal that is closed.

Nothing but the standard library is imported here: a command listens before it has loaded the rest of itself.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STOPPED = "The import was stopped. Nothing was published; run it again when you like."


class Interruption:
    """What becomes of a signal while an import runs.

    The first one raises KeyboardInterrupt in the main thread and is kept in ``wanted``; later ones change nothing, so
    that what cleans up is left in peace.  After :meth:`hold` none raises: the new data are being switched to.
    """

    def __init__(self) -> None:
        self.wanted: int | None = None
        self._is_held = False
        self._on_stop: list[Callable[[], None]] = []

    def hold(self) -> None:
        """From here on the import goes through."""
        self._is_held = True

    def tell(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` too: a query that runs in threads of its own would else run on."""
        self._on_stop.append(stop)

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """The signal's handler."""
        if self._is_held or self.wanted is not None:
            return
        self.wanted = number
        for stop in self._on_stop:
            with suppress(Exception):
                stop()
        raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Receive the signals to stop; those that the process was started to ignore stay ignored."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption  # only the main thread receives signals
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = [number for number in SIGNALS if before[number] not in (signal.SIG_IGN, None)]
    for number in heard:
        signal.signal(number, interruption.receive)
    try:
        yield interruption
    finally:
        for number in heard:
            signal.signal(number, before[number])


@contextmanager
def stopping_at_once(wanted: bool) -> Iterator[None]:
    """While an import is not yet more than a program that is being loaded: end it, with the words of one that is stopped.

    Not ``wanted``, it does nothing.
    """
    if not wanted or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = [number for number in SIGNALS if before[number] not in (signal.SIG_IGN, None)]
    for number in heard:
        signal.signal(number, lambda told, _frame: _end(told))
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _end(number: int) -> NoReturn:
    os.write(2, f"{STOPPED}\n".encode())
    die_of(number)


def die_of(number: int) -> NoReturn:
    """End by the signal that stopped the command: a shell, or what started the process, then knows why it ended."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)  # where the signal is blocked
