"""Which contenders are measured: what is installed, and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from ..errors import not_installed
from ..infer.engine import ENGINES, chosen_engine, providers_here
from .case import Contender
from .names import KERAS, TORCH

_NEEDS: Mapping[str, tuple[str, str, str]] = {
    "openvino": ("openvino", "OpenVINO", "openvino"),
    "openvino-bfloat16": ("openvino", "OpenVINO", "openvino"),
    KERAS: ("keras", "Keras", "train"),
    TORCH: ("torch", "PyTorch", "torch"),
}
"""The module that a contender needs, what it is called, and the extra that brings it."""


def installed_engines() -> tuple[Contender, ...]:
    """onnxruntime on each provider that computes here, and OpenVINO where it is installed."""
    # Azure's provider sends inputs to a service; it computes nothing here.
    others = sorted(each for each in providers_here() if each not in ("CPU", "Azure"))
    found = [Contender(), *(Contender(provider=each) for each in others)]
    found += [Contender(name) for name in ENGINES if name.startswith("openvino")]
    return tuple(each for each in found if lacking(each) is None)


def contenders(
    engine: str | None, provider: str | None, against: Sequence[str], *, keras: bool, train: bool
) -> tuple[Contender, ...]:
    """What is measured, onnxruntime on the CPU first.

    Where nothing is named that is every engine that is installed. With `train` Keras, and PyTorch
    where it is named, run backward, too. Raises UserError where options do not go together.
    """
    found = [Contender()]
    if engine or provider:
        chosen = chosen_engine(engine, provider)
        found.append(Contender(chosen.name, chosen.provider))
    elif not against:
        found += installed_engines()
    found += [Contender(name) for name in against]
    if keras:
        found.append(Contender(KERAS))
    if train:
        found += [Contender(n, train=True) for n in (KERAS, TORCH) if n == KERAS or n in against]
    return tuple(dict.fromkeys(found))


def lacking(contender: Contender) -> str | None:
    """Why a contender cannot run here at all: what is not installed; None where it can."""
    module, shown, extra = _NEEDS.get(contender.name, ("onnxruntime", "onnxruntime", ""))
    if find_spec(module) is not None:
        return None
    return not_installed(shown, extra)
