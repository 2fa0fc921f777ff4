"""The one way out: all that the command line prints, with nothing in it that acts."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from ...dsl.text.escape import json, log


def wants_color(stream: TextIO) -> bool:
    """Whether colours belong on a stream: a terminal, or FORCE_COLOR set, and NO_COLOR not set."""
    forced = bool(os.environ.get("FORCE_COLOR"))
    return (forced or stream.isatty()) and not os.environ.get("NO_COLOR")


def say(text: str = "", *, err: bool = False) -> None:
    """Prints lines on standard output, or on standard error with `err`.

    Colours reach terminals alone. A text of a stranger that is to be one line, or a part of one,
    has gone through `escape.terminal` before.
    """
    stream = sys.stderr if err else sys.stdout
    stream.write(log(text, color=wants_color(stream)) + "\n")
    stream.flush()


def say_json(value: object) -> None:
    """Prints a value as JSON on standard output."""
    sys.stdout.write(json(value, indent=2) + "\n")
    sys.stdout.flush()


def say_commands(text: str) -> None:
    """Prints what is made for a program, such as workflow commands, as it is."""
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def open_streams() -> None:
    """Gives a process standard streams where it was started with closed ones.

    What is printed there is lost, as whoever closed them wants. A letter that a stream's encoding
    lacks is written as a code.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # Files that are opened later must not be taken for standard streams.
            os.open(os.devnull, os.O_RDWR)
        stream = getattr(sys, name)
        if stream is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115
        elif number:
            stream.reconfigure(errors="backslashreplace")
