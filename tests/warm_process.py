"""A process whose imports are done: each `netc` that it is asked for runs in a copy of it.

`python tests/warm_process.py SOCKET MODULE…`, where `netc.dsl.` with the dot stands for all below
it; `tests/warm.py` starts it and asks. A request is the three standard streams and a socket, and
as JSON the arguments, the folder, the environment and lines to run first. The socket is told the
number of the copy, and at its end the exit status, negative where a signal ended it. Nothing but
imports happens here, so a copy begins as a new process does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

SIZE = 8
"""Bytes of a number."""


def load(name: str) -> None:
    """Imports a module; all below one whose name ends with a dot."""
    module = import_module(name.rstrip("."))
    if name.endswith("."):
        for found in pkgutil.walk_packages(module.__path__, name):
            if not found.name.endswith("__main__"):
                import_module(found.name)


def serve(asked: socket.socket) -> None:
    """Answers requests until nobody is left who asks."""
    while True:
        head, given, _, _ = socket.recv_fds(asked, SIZE, 4)
        if not head:
            return
        *streams, answers = given
        request = json.loads(asked.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        if os.fork() == 0:
            asked.close()
            _keep(request, streams, socket.socket(fileno=answers))
        for each in (*streams, answers):
            os.close(each)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _keep(request: dict[str, Any], streams: list[int], answers: socket.socket) -> NoReturn:
    """Starts a copy, waits for its end and tells of both."""
    copy = os.fork()
    if copy == 0:
        answers.close()
        _become_netc(request, streams)
    for each in streams:
        os.close(each)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers.send(copy.to_bytes(SIZE, "big"))
    status = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    answers.send(status.to_bytes(SIZE, "big", signed=True))
    os._exit(0)


def _open_streams() -> None:
    """Opens the standard streams anew: those of before remember what kind of file they were of."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        was = getattr(sys, name)
        made = os.fdopen(
            number,
            "w" if number else "r",
            buffering=1 if number == 2 else -1,
            encoding=was.encoding,
            errors=was.errors,
            closefd=False,
        )
        setattr(sys, name, made)


def _become_netc(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Runs `python -m netc` to its end, as an interpreter does."""
    status = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _open_streams()
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv[:] = ["netc", *request["arguments"]]
        sys.path.insert(0, os.getcwd())
        exec(request["before"], {"__name__": "before"})
        runpy.run_module("netc", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    # TensorFlow waits at its end for threads that a copy does not have.
    os._exit(status)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # tests count the children of their process, and this is to be none
    sys.path.pop(0)  # the folder of this file
    for name in sys.argv[2:]:
        load(name)
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
