"""Which operators onnxruntime's CPU has kernels for, by version and dtype.

The table is `kernels.txt`, written by `python -m netc.compiler.lower.onnx.make_kernels`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from onnx import defs

FILE = "kernels.txt"
FIRST_OPSET = 17
"""Kernels that end before it are left out."""

LAME = frozenset({("Shrink", "float64"), ("LSTM", "float64"), ("GRU", "float64")})
"""Kernels of onnxruntime 1.32 that it lists and that do not what they say: Shrink computes in
float32, the recurrent ones fail when they run."""

SHORT = {"float": "float32", "double": "float64"}
"""ONNX's names of dtypes that are not NumPy's."""


class NoKernel(Exception):
    """onnxruntime's CPU cannot run an operator of ONNX on these dtypes."""

    def __init__(self, op_type: str, dtypes: Sequence[str]) -> None:
        self.op_type = op_type
        self.dtypes = tuple(dict.fromkeys(dtypes))
        super().__init__(f"{op_type} on {', '.join(self.dtypes)}")


@dataclass(frozen=True, slots=True)
class Kernel:
    """One line of the table: the versions it covers (`last` None: its own alone), its dtypes."""

    first: int
    last: int | None
    dtypes: Mapping[str, frozenset[str]]

    def covers(self, version: int) -> bool:
        """Whether it computes an operator whose definition is of this version.

        A kernel without a last version is for its first alone: onnxruntime does not guess that
        it also fits a later definition.
        """
        if self.last is None:
            return version == self.first
        return self.first <= version <= self.last

    def takes(self, bound: Mapping[str, str]) -> bool:
        """Whether it takes these dtypes of the type variables."""
        return all(dtype in self.dtypes.get(name, (dtype,)) for name, dtype in bound.items())


@cache
def kernels() -> Mapping[str, tuple[Kernel, ...]]:
    """Every kernel, by operator."""
    text = files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    found: dict[str, list[Kernel]] = {}
    for line in text.splitlines():
        name, versions, *variables = line.split()
        first, _, last = versions.partition("-")
        pairs = (each.partition("=") for each in variables)
        dtypes = {variable: frozenset(listed.split(",")) for variable, _, listed in pairs}
        found.setdefault(name, []).append(Kernel(int(first), int(last) if last else None, dtypes))
    return {name: tuple(each) for name, each in found.items()}


@cache
def runs(
    op_type: str, opset: int, inputs: Sequence[str | None], outputs: Sequence[str | None]
) -> bool:
    """Whether onnxruntime's CPU runs an operator on these dtypes; None is a tensor left out.

    float16 is computed in float32 where it has no kernel of its own, by onnxruntime itself. An
    operator without any kernel for float32 is a function of others in ONNX, which have.
    """
    try:
        schema = defs.get_schema(op_type, opset, "")
    except defs.SchemaError:
        return True
    bound = {
        **dict(_bound(schema.inputs, inputs)),
        **dict(_bound(schema.outputs, outputs)),
    }
    if not _defined(schema, bound):
        return False
    if _has_kernel(op_type, schema.since_version, bound):
        return True
    wide = {name: "float32" if dtype == "float16" else dtype for name, dtype in bound.items()}
    if wide != bound and _has_kernel(op_type, schema.since_version, wide):
        return True
    inlined = schema.has_function or schema.has_context_dependent_function
    computed = set(bound.values()) - {"bool", "int64"}
    return bool(inlined and computed and computed <= {"float16", "float32"})


def _has_kernel(op_type: str, version: int, bound: Mapping[str, str]) -> bool:
    if any((op_type, dtype) in LAME for dtype in bound.values()):
        return False
    found = kernels().get(op_type, ())
    return any(kernel.covers(version) and kernel.takes(bound) for kernel in found)


def _bound(parameters: Sequence[Any], dtypes: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    """The dtype of each type variable of a schema."""
    for place, dtype in enumerate(dtypes):
        if dtype is not None and parameters:
            yield parameters[min(place, len(parameters) - 1)].type_str, dtype


def _defined(schema: Any, bound: Mapping[str, str]) -> bool:
    """Whether ONNX's definition of the operator takes these dtypes."""
    for constraint in schema.type_constraints:
        dtype = bound.get(constraint.type_param_str)
        allowed = (
            text.removesuffix(")").removeprefix("tensor(") for text in constraint.allowed_type_strs
        )
        if dtype is not None and dtype not in {SHORT.get(name, name) for name in allowed}:
            return False
    return True
