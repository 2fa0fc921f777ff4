"""A process that trains trials one after another: a line of JSON in, lines of JSON out.

It ends when the one who started it does, however that ends.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from ..runs.folder import RunFolder
from ..track.tracked import Trackers
from .one import Result, Task, guarded, train_one


def main() -> None:
    """Trains what standard input asks for, until it ends."""
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Ctrl-C reaches all processes of a terminal; the first of them ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    task = _task(lines.get())
    while True:
        asked = lines.get()
        result = _result(task, asked, lines, answers)
        _say(answers, {"result": asdict(result)})
        gc.collect()


def _read(lines: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        lines.put(json.loads(line))
    # Nobody is there to ask, or to be told.
    os._exit(0)


def _task(given: dict[str, Any]) -> Task:
    data = None if given["data"] is None else Path(given["data"])
    made = {"file": Path(given["file"]), "data": data, "trackers": Trackers(**given["trackers"])}
    return Task(**(given | made))


def _result(
    task: Task, asked: dict[str, Any], lines: queue.Queue[dict[str, Any]], answers: TextIO
) -> Result:
    def report(epoch: int, value: float) -> bool:
        _say(answers, {"epoch": epoch, "value": value})
        return bool(lines.get()["enough"])

    folder = RunFolder(Path(asked["folder"]))
    return guarded(lambda: train_one(task, asked["settings"], folder, report))


def _say(answers: TextIO, message: dict[str, object]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
