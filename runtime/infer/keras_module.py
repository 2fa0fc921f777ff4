"""Imports Keras: quietly, and with one line where it is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import UserError, not_installed


def import_keras() -> Any:
    """The module `keras` on TensorFlow. Raises UserError where it is not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with silent():
        try:
            import keras
        except ImportError as error:
            raise UserError(not_installed("Keras", "train")) from error
        # TensorFlow greets when it computes for the first time.
        keras.ops.zeros(())
    return keras


@contextmanager
def silent() -> Iterator[None]:
    """Nothing on standard error, not even from C++; NETC_DEBUG=1 lets it through."""
    if os.environ.get("NETC_DEBUG"):
        yield
        return
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
