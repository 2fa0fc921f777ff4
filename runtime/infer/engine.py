"""What runs a model: an engine, and of onnxruntime its execution provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...compiler.ops.base.backend import Array
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError
from ..files.tensors import TensorSpec

ENGINES: Mapping[str, str] = {
    "onnxruntime": "onnxruntime, on the provider that --provider names",
    "openvino": "OpenVINO in float32",
    "openvino-bfloat16": "OpenVINO, which computes in bfloat16 where it can",
}
"""The engines by name, with what they are."""

PACKAGES: Mapping[str, str] = {
    "CUDA": "onnxruntime-gpu",
    "CoreML": "onnxruntime on macOS",
    "Dml": "onnxruntime-directml",
    "MIGraphX": "onnxruntime-rocm",
    "OpenVINO": "onnxruntime-openvino",
    "QNN": "onnxruntime-qnn",
    "Tensorrt": "onnxruntime-gpu",
}
"""The packages that bring execution providers which onnxruntime's own has not."""

_OTHER_NAMES = {"directml": "Dml", "trt": "Tensorrt", "gpu": "CUDA"}
_ENDING = "ExecutionProvider"


class Runner(Protocol):
    """A model that an engine has loaded."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    metadata: Mapping[str, str]

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The outputs in order, of inputs that fit."""
        ...


@dataclass(frozen=True)
class Engine:
    """Which engine runs a model, and how."""

    name: str = "onnxruntime"
    provider: str = ""
    """An execution provider of onnxruntime, as `known_provider` gives it; empty: its CPU's."""
    threads: int = 0
    """How many threads one operator may use; 0 is the engine's choice."""

    def __str__(self) -> str:
        return f"{self.name} {self.provider}" if self.provider else self.name

    def open(self, model: bytes | Path, tensors: Mapping[str, Array] | None = None) -> Runner:
        """Loads a model from memory or a file.

        `tensors` are the external tensors of a model in memory, by name. Raises UserError where it
        is no model that the engine runs, or the engine is not installed.
        """
        if self.name == "onnxruntime":
            from .onnxruntime_runner import OnnxruntimeRunner

            return OnnxruntimeRunner(model, tensors or {}, self.provider, self.threads)
        from .openvino_runner import OpenvinoRunner

        precision = "bf16" if self.name.endswith("bfloat16") else "f32"
        return OpenvinoRunner(model, tensors or {}, precision, self.threads)


def providers_here() -> list[str]:
    """The execution providers of the installed onnxruntime, without their ending."""
    import onnxruntime

    return [each.removesuffix(_ENDING) for each in onnxruntime.get_available_providers()]


def known_provider(name: str) -> str:
    """A provider's name as onnxruntime has it, without its ending: `cuda` is `CUDA`.

    Raises UserError where the installed onnxruntime has no such provider.
    """
    import onnxruntime

    short = name.removesuffix(_ENDING)
    every: list[str] = [each.removesuffix(_ENDING) for each in onnxruntime.get_all_providers()]
    wanted = _OTHER_NAMES.get(short.lower(), short).lower()
    found: str | None = next((each for each in every if each.lower() == wanted), None)
    here = providers_here()
    if found is not None and found in here:
        return found
    has = f"the installed one has {', '.join(sorted(here))}"
    if found is None:
        hint = did_you_mean(short, every)
        raise UserError(f"onnxruntime has no provider `{name}`; {has}. {hint}".strip())
    package = PACKAGES.get(found)
    brings = f"; `{package}` brings it" if package else ""
    raise UserError(f"the installed onnxruntime has no provider `{found}`{brings}; {has}")


def chosen_engine(name: str | None, provider: str | None) -> Engine:
    """The engine that options name. Raises UserError where they do not go together."""
    if provider is None:
        return Engine(name or "onnxruntime")
    if name not in (None, "onnxruntime"):
        raise UserError(f"--provider is one of onnxruntime; `{name}` has none")
    return Engine("onnxruntime", known_provider(provider))
