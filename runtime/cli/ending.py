"""Signals that end a process: what is half written goes before it does."""

from __future__ import annotations

import signal
import threading
from types import FrameType

SIGNALS = tuple(each for each in signal.Signals if each.name in ("SIGTERM", "SIGHUP"))
"""Windows has the first alone."""


class Ended(BaseException):
    """A signal came that ends the process."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


def end_on_signals() -> None:
    """Lets SIGTERM and SIGHUP raise `Ended`, so that temporary files are removed.

    One that is ignored, as `nohup` has it, stays ignored.
    """
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Ended(number)
