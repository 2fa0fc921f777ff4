"""Nets for the tests of lowering: from `.net` text or from a file of models/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array, Tensor
from netc.compiler.ops.base.op import Weight

from ...places import MODELS as MODELS


def net(text: str) -> CheckedGraph:
    """The only net of some `.net` text."""
    path = Path("example.net")
    analysis = check_files([path], overlay={path.resolve(): text})
    assert not analysis.failed, analysis.diagnostics
    (found,) = analysis.nets
    assert found.graph is not None
    return found.graph


def pipeline(shape: str, layers: str) -> CheckedGraph:
    """A net that sends a tensor of one shape through a pipeline."""
    return net(f"net Net(x: float32[{shape}]) {{ return x -> {layers} }}")


def model(file: str, name: str) -> CheckedGraph:
    """A net of models/."""
    (found,) = check_files([MODELS / file], net=name).nets
    assert found.graph is not None
    return found.graph


@dataclass(frozen=True)
class Shaken:
    """Seeded weights with nothing left at zero or one, so that biases and scales count."""

    reads: list[str] = field(default_factory=list)

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        base = SeededWeights(7).tensor(layer, weight)

        def draw() -> Array:
            path = f"{layer}/{weight.name}"
            self.reads.append(path)
            noise = np.random.default_rng(len(path)).uniform(0.1, 0.6, weight.shape)
            return (base.read() + noise).astype(weight.dtype)

        return Tensor(weight.shape, weight.dtype, draw)


class TrainedLike:
    """Kernels as they start, and vectors (biases, scales, means) away from zero and one."""

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        source = SeededWeights(7) if len(weight.shape) > 1 else Shaken()
        return source.tensor(layer, weight)


def session(source: bytes | Path) -> onnxruntime.InferenceSession:
    """A session that logs every warning."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 2
    model = source if isinstance(source, bytes) else str(source)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(source: bytes | Path, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Every output of a model."""
    outputs: list[np.ndarray] = session(source).run(None, dict(arrays))
    return outputs
