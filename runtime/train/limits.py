"""Turns what TensorFlow cannot do, or has no memory for, into an error that says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...compiler.recipe.recipe import Recipe
from ..errors import UserError

NOISE = ("Graph execution error", "Detected at node", "<stack traces", "[[", "(")
"""How lines of TensorFlow's messages begin that name its own nodes and no reason."""


@contextmanager
def tensorflow_limits(recipe: Recipe) -> Iterator[None]:
    """Raises UserError where TensorFlow lacks an operation or the memory for a step."""
    import tensorflow as tf

    errors = tf.errors
    try:
        yield
    except errors.ResourceExhaustedError as error:
        raise UserError(
            "TensorFlow has no memory left for a step; a smaller `batch` needs less"
        ) from error
    except (errors.UnimplementedError, errors.InvalidArgumentError) as error:
        text = str(error.message)
        lacks = isinstance(error, errors.UnimplementedError) or "XLA" in text
        if not lacks:
            raise
        asked = [
            f"`{name} = true`"
            for name, wanted in (("jit", recipe.jit), ("deterministic", recipe.deterministic))
            if wanted
        ]
        hint = f"; train without {' or without '.join(asked)}" if asked else ""
        raise UserError(f"TensorFlow cannot train this net: {reason(text)}{hint}") from error


def reason(text: str) -> str:
    """The line of one of TensorFlow's messages that says what is wrong."""
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(NOISE)]
    return (said or lines or [""])[0].rstrip(".")
