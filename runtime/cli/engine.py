"""The options that say which engine runs a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from ..infer.engine import ENGINES

F = TypeVar("F", bound=Callable[..., object])


def engine_options(command: F) -> F:
    """`--engine` and `--provider`."""
    engine = click.option(
        "--engine",
        type=click.Choice(list(ENGINES)),
        help="What runs the model; openvino needs the extra `openvino`. By default onnxruntime.",
    )
    provider = click.option(
        "--provider",
        metavar="NAME",
        help="An execution provider of onnxruntime: CPU, CUDA, TensorRT, CoreML, DirectML, …",
    )
    return engine(provider(command))
