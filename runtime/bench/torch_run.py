"""Nets in PyTorch: torchvision's net of the same name and size, or the same ONNX graph."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import UserError, last_words, not_installed
from ..infer.samples import sample_inputs
from .case import Case, Job
from .lap import Lap, Ready, timed, timed_twice
from .product import is_product

SIDE_CLASSIFIERS = ("googlenet", "inception_v3")
"""Builders that add classifiers beside the net unless they are told not to."""


def import_torch() -> Any:
    """The module `torch`. Raises UserError where it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise UserError(not_installed("PyTorch", "torch")) from error
    return torch


def in_torch(job: Job) -> tuple[Callable[[], Lap], Ready]:
    """Laps of a net in PyTorch, with what ran. Raises UserError where nothing runs it."""
    torch = import_torch()
    if job.threads:
        torch.set_num_threads(job.threads)
    case = job.case
    arrays = list(sample_inputs(case.checked, case.batch, case.weights.seed).values())
    if is_product(case.checked):
        _peers()
        width = arrays[0].shape[1]
        module, ran, same = torch.nn.Linear(width, width, bias=False), "", False
    elif (found := peer(case)) is not None:
        module, ran = found
        same = False
        arrays = [np.ascontiguousarray(arrays[0].transpose(0, 3, 1, 2))]
    else:
        module, ran, same = _same_graph(job), "the ONNX graph", True
    inputs = [torch.from_numpy(array) for array in arrays]
    if job.contender.train:
        return _training(torch, module, inputs), Ready(None, ran)
    module.eval()

    def run() -> Any:
        with torch.inference_mode():
            return module(*inputs)

    made = _listed(run())
    names = [output.name for output in case.checked.graph.outputs]
    outputs = {name: each.numpy() for name, each in zip(names, made, strict=True)} if same else None
    return timed(run), Ready(outputs, ran)


def _training(torch: Any, module: Any, inputs: Sequence[Any]) -> Callable[[], Lap]:
    """The gradients of the mean of all outputs by all weights."""
    module.train()
    weights = [weight for weight in module.parameters() if weight.requires_grad]

    def forward() -> Any:
        return sum(each.float().mean() for each in _listed(module(*inputs)))

    def both() -> Any:
        return torch.autograd.grad(forward(), weights, allow_unused=True)

    both()
    return timed_twice(forward, both)


def _listed(made: Any) -> list[Any]:
    return list(made) if isinstance(made, list | tuple) else [made]


def _peers() -> tuple[Any, Callable[[str], Any] | None]:
    """torchvision's models, and onnx2torch's converter; None for what cannot be imported."""
    return _member("torchvision", "models"), _member("onnx2torch", "convert")


def _member(module: str, name: str) -> Any:
    # What was built for another PyTorch ends in a RuntimeError.
    with suppress(ImportError, RuntimeError):
        return getattr(import_module(module), name)
    return None


def peer(case: Case) -> tuple[Any, str] | None:
    """torchvision's net of this name, where it has as many parameters that can be trained."""
    graph = case.checked.graph
    types = [graph.node(path).outputs[0] for path in graph.inputs]
    outputs = [graph.type(output.ref).shape for output in graph.outputs]
    if len(types) != 1 or len(types[0].shape) != 4 or len(outputs) != 1 or len(outputs[0]) != 2:
        return None
    models, _ = _peers()
    if models is None:
        return None
    wanted = _plain(case.net.removesuffix("Torch"))
    builder = next((n for n in models.list_models(module=models) if _plain(n) == wanted), None)
    if builder is None or not isinstance(outputs[0][1], int):
        return None
    options: dict[str, object] = {"weights": None, "num_classes": outputs[0][1]}
    if builder in SIDE_CLASSIFIERS:
        options |= {"aux_logits": False, "init_weights": False}
    module = models.get_model(builder, **options)
    has = sum(weight.numel() for weight in module.parameters())
    if has != case.trainable_params:
        return None
    return module, f"torchvision's {builder}, {has:,} trainable parameters as in the net"


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _same_graph(job: Job) -> Any:
    """The net's ONNX model as a module.

    Raises UserError where onnx2torch is not installed or has no converter for an operator.
    """
    models, convert = _peers()
    if convert is None:
        why = "is not installed" if models is None else "has no net of this name and size"
        raise UserError(
            f"torchvision {why}, and onnx2torch, which runs the net's ONNX graph in PyTorch, is "
            "not installed; `pip install torchvision onnx2torch` brings both"
        )
    assert job.model is not None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return convert(str(job.model))
    except Exception as error:
        raise UserError(f"onnx2torch does not take the net: {last_words(error)}") from error
