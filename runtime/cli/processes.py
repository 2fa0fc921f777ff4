"""Work done by forked processes: numbered tasks in, bytes out, nothing left behind."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

LENGTH = 8
"""Bytes of the number of a task, and of the length of an answer."""


def can_fork() -> bool:
    """Whether processes can be copied: a thread more would be missing in the copy."""
    return hasattr(os, "fork") and threading.active_count() == 1


@dataclass
class _Process:
    """A copy of this process, and the ends of the pipes to it and from it."""

    id: int
    tasks: int
    answers: int
    task: int | None = None
    """What it is at."""


def answers(count: int, jobs: int, work: Callable[[int], bytes]) -> Iterator[tuple[int, bytes]]:
    """What `work` makes of the numbers below `count`, as it is made, in up to `jobs` processes.

    Of a process that ends early, and where none can be started, answers are missing. When the
    iterator is closed or an exception is raised, all processes are gone.
    """
    running: list[_Process] = []
    try:
        for _ in range(jobs if can_fork() else 0):
            try:
                running.append(_started(work, running))
            except OSError:
                break
        yield from _collected(count, running)
    finally:
        for process in running:
            _end(process)


def _collected(count: int, running: list[_Process]) -> Iterator[tuple[int, bytes]]:
    left = iter(range(count))
    poll = select.poll()
    by_pipe = {process.answers: process for process in running}
    for process in running:
        if _give(process, left):
            poll.register(process.answers, select.POLLIN)
        else:
            del by_pipe[process.answers]
    while by_pipe:
        for pipe, _ in poll.poll():
            process = by_pipe[pipe]
            answer = _answer(pipe)
            if answer is not None and process.task is not None:
                yield process.task, answer
            if answer is None or not _give(process, left):
                poll.unregister(pipe)
                del by_pipe[pipe]


def _give(process: _Process, left: Iterator[int]) -> bool:
    """Gives a process its next task; whether there was one and it lives."""
    process.task = next(left, None)
    if process.task is None:
        return False
    try:
        os.write(process.tasks, process.task.to_bytes(LENGTH, "big"))
    except OSError:
        return False
    return True


def _started(work: Callable[[int], bytes], others: list[_Process]) -> _Process:
    """A copy of this process that does its tasks until there are none. Raises OSError."""
    task_end, tasks = os.pipe()
    answers, answer_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    # Objects that no collection visits stay in memory that all processes share.
    gc.freeze()
    try:
        id = os.fork()
    except OSError:
        for pipe in (task_end, tasks, answers, answer_end):
            os.close(pipe)
        raise
    if id == 0:
        # Ends of other pipes that stayed open here would keep others from seeing that they ended.
        foreign = [end for other in others for end in (other.tasks, other.answers)]
        _serve(work, task_end, answer_end, [tasks, answers, *foreign])
    gc.unfreeze()
    os.close(task_end)
    os.close(answer_end)
    return _Process(id, tasks, answers)


def _serve(work: Callable[[int], bytes], tasks: int, answers: int, foreign: list[int]) -> NoReturn:
    """Answers tasks until the one who gives them is gone; never comes back."""
    status = 1
    try:
        # Interrupts reach all processes of a terminal; the first of them ends the others.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        for end in foreign:
            os.close(end)
        # What a task makes is alive until it ends. Whoever asked the collector whether anything is
        # frozen would wait longer than for most files: it counts what is.
        gc.disable()
        while task := _whole(tasks, LENGTH):
            answer = work(int.from_bytes(task, "big"))
            gc.collect(0)
            left = memoryview(len(answer).to_bytes(LENGTH, "big") + answer)
            while left:
                left = left[os.write(answers, left) :]
        status = 0
    finally:
        # Whatever is wrong with a task, the first process meets it again and says it.
        os._exit(status)


def _answer(pipe: int) -> bytes | None:
    """The answer to a task; None where there will be none."""
    head = _whole(pipe, LENGTH)
    return _whole(pipe, int.from_bytes(head, "big")) if head else None


def _whole(pipe: int, length: int) -> bytes | None:
    """So many bytes of a pipe; None where it ends before."""
    parts: list[bytes] = []
    while length:
        part = os.read(pipe, min(length, 2**20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _end(process: _Process) -> None:
    os.close(process.tasks)
    os.close(process.answers)
    with suppress(OSError):
        os.kill(process.id, signal.SIGKILL)
    with suppress(OSError):
        os.waitpid(process.id, 0)
