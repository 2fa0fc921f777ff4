"""The ONNX files that contenders read: written once for each net, before any memory is measured."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ..infer.samples import KeptWeights
from .case import Case, Contender
from .names import TORCH

TORCH_OPSET = 17
"""The opset that onnx2torch has converters for."""


class Models:
    """The files of one net, in a folder that is somebody's to remove."""

    def __init__(self, folder: Path, case: Case) -> None:
        """Nothing is written before it is asked for."""
        self._folder = folder
        self.case = case
        self._source = KeptWeights(case.weights.source(case.checked))

    def path(self, contender: Contender) -> Path | None:
        """The file that a contender reads; None where it reads none.

        What trains keeps the normalizations that are folded into kernels for the others. Raises
        Refusal where the net has no ONNX lowering, and OSError where the disk is full.
        """
        from ...compiler.lower.onnx.compile import compile_onnx
        from ...compiler.lower.onnx.lower import DEFAULT_OPSET, lower_onnx
        from ...compiler.lower.onnx.write import write_onnx

        torch = contender.name == TORCH
        if not contender.onnx and not (torch and find_spec("onnx2torch")):
            return None
        lower = lower_onnx if contender.train else compile_onnx
        opset = TORCH_OPSET if torch else DEFAULT_OPSET
        form = "whole" if contender.train else "folded"
        path = self._folder / f"{self.case.net}-{form}-{opset}.onnx"
        if not path.exists():
            write_onnx(lower(self.case.checked, self._source, opset=opset), path)
        return path
