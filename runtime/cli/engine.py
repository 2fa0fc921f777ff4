"""The options that say which engine runs a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from ..infer.engine import ENGINES

F = TypeVar("F", bound=Callable[..., object])


RAY = "ray"
"""What `netc run` takes for an engine too: workers of Ray's, each with onnxruntime."""


def engine_options(command: F, *, ray: bool = False) -> F:
    """`--engine` and `--provider`."""
    more = "; ray, for tables of pictures, the extra `ray`" if ray else ""
    engine = click.option(
        "--engine",
        type=click.Choice([*ENGINES, RAY] if ray else list(ENGINES)),
        help=f"What runs the model; openvino needs the extra `openvino`{more}. By default "
        "onnxruntime.",
    )
    provider = click.option(
        "--provider",
        metavar="NAME",
        help="An execution provider of onnxruntime: CPU, CUDA, TensorRT, CoreML, DirectML, …",
    )
    return engine(provider(command))
