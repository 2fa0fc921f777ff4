"""Ctrl-C as a wish that is read between steps."""

from __future__ import annotations

import signal
import threading
from types import FrameType

CLOSING = "writing models and the report; Ctrl-C again ends at once"
"""What a run says of the first Ctrl-C."""


class Interrupt:
    """While it is entered the first Ctrl-C only sets `wanted`; the second one interrupts."""

    def __init__(self) -> None:
        self.wanted = False

    def __enter__(self) -> Interrupt:
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:
            self._before = signal.signal(signal.SIGINT, self._received)
        return self

    def __exit__(self, *error: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True
