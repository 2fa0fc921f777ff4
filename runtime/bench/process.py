"""A net that a contender has loaded in a process of its own, whose memory is the net's alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeAlias

from ..errors import UserError
from .case import Job
from .here import Here
from .lap import Lap, Ready
from .machine import forget_peak, peak, resident

LAP, END = "lap", "end"
POLL = 0.5
"""Seconds between looks whether a process that says nothing is still there."""

Told: TypeAlias = "Ready | Lap | UserError | int | None"


class Apart:
    """A net in a process of its own, as the one that asks sees it."""

    def __init__(self, job: Job) -> None:
        """Starts the process, which loads the net and runs it once.

        Raises UserError where it cannot, or is ended.
        """
        # A process that is forked from one with threads can hang.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, job), daemon=True)
        self._process.start()
        theirs.close()
        try:
            made = self._hear()
        except BaseException:
            self.stop()
            raise
        assert isinstance(made, Ready)
        self.ready = made

    def lap(self) -> Lap:
        """Runs a batch once."""
        made = self._ask(LAP)
        assert isinstance(made, Lap)
        return made

    def end(self) -> int | None:
        """Ends the process; how many bytes it took at most, beyond those of the engine alone."""
        made = self._ask(END)
        self.stop()
        assert made is None or isinstance(made, int)
        return made

    def stop(self) -> None:
        """Ends the process however it is."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _ask(self, what: str) -> Told:
        with suppress(OSError):
            self._pipe.send(what)
        return self._hear()

    def _hear(self) -> Told:
        try:
            # A wait without end could not be interrupted on Windows.
            while not self._pipe.poll(POLL):
                continue
            made: Told = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise UserError(_ending(self._process.exitcode)) from error
        if isinstance(made, UserError):
            raise made
        return made


def serve(pipe: Connection, job: Job) -> None:
    """What the process does: loads a net and runs it, as often as it is asked to."""
    # Ctrl-C reaches all processes of a terminal; the first of them ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _be_quiet()
    _limit(job.threads)
    with suppress(EOFError, OSError):
        try:
            if job.before is not None:
                Here(job.before)
            before = resident()
            running = Here(job)
            forget_peak()
            pipe.send(running.ready)
            while pipe.recv() == LAP:
                pipe.send(running.lap())
            most = peak()
            pipe.send(None if most is None or before is None else max(most - before, 0))
        except UserError as error:
            pipe.send(error)
        except MemoryError:
            pipe.send(UserError("there is not enough memory for this"))
        except Exception as error:
            if isinstance(error, (EOFError, OSError)):
                raise
            pipe.send(UserError(f"{type(error).__name__}: {error}"))


def _limit(threads: int) -> None:
    """Says how many threads libraries may use, where that is decided when they are imported."""
    if threads:
        for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ[name] = str(threads)


def _be_quiet() -> None:
    """Nothing that engines print reaches the table; NETC_DEBUG=1 lets it through."""
    if os.environ.get("NETC_DEBUG"):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        return f"its process was ended by signal {-status}; there may be too little memory"
    return f"its process ended with status {status}"
