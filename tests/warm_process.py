"""A process whose imports are done: each `netc` that it is asked for runs in a copy of it.

`python tests/warm_process.py SOCKET MODULE…`, where `netc.dsl.` with the dot stands for all below
it; `tests/warm.py` starts it and asks. A request is the three standard streams, and as JSON the
arguments, the folder and the environment. The answer is the exit status, negative where a signal
ended the copy. Nothing but imports happens here, so a copy begins as a new process does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import socket
import sys
import threading
import traceback
from importlib import import_module
from typing import Any, NoReturn

SIZE = 8
"""Bytes of the length of a request, and of an answer."""


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
        head, streams, _, _ = socket.recv_fds(asked, SIZE, 3)
        if not head:
            return
        request = json.loads(asked.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        copy = os.fork()
        if copy == 0:
            asked.close()
            _become_netc(request, streams)
        for stream in streams:
            os.close(stream)
        status = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
        asked.sendall(status.to_bytes(SIZE, "big", signed=True))


def _become_netc(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Runs `python -m netc` to its end, as an interpreter does."""
    status = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv[:] = ["netc", *request["arguments"]]
        sys.path.insert(0, os.getcwd())
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
