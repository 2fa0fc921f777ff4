"""From an ONNX graph to steps: one rule a node, and `onnx.Op(…)` where none applies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from .builder import Builder
from .fold_constants import known_result
from .inputs import channels_first, input_of
from .names import net_name
from .node import Node
from .numbers import number
from .raw import told
from .read import OnnxFile, array_of, shown
from .rules.table import RULES
from .steps import Imported, Known, Step, Tensor, Value, View
from .traced import hold_broadcast
from .unfit import Unfit

if TYPE_CHECKING:
    import onnx


MOST_ELEMENTS = 2**28
"""The most elements of a tensor inside, named sizes not counted."""
BROADCAST = frozenset(
    ("Add", "Sub", "Mul", "Div", "Pow", "Where", "And", "Or", "Equal", "Less", "Greater")
)
"""Operators whose inputs are broadcast."""
RENAMED = {"Scatter": "ScatterElements"}
"""Operators that ONNX has under another name now."""


@dataclass
class _Converter:
    file: OnnxFile
    readers: Mapping[str, int]
    build: Builder = field(default_factory=Builder)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    places: dict[str, View] = field(default_factory=dict)

    def node(self, proto: onnx.NodeProto) -> None:
        from onnx import helper

        if proto.domain not in ("", "ai.onnx"):
            raise UserError(
                f"{self.file.path}: `{proto.op_type}` is of the domain {proto.domain}, "
                "which is not ONNX's own"
            )
        inputs = [self._tensor(proto, name) if name else None for name in proto.input]
        if any(a.type in (a.GRAPH, a.GRAPHS) for a in proto.attribute):
            self._branch(proto, inputs)
            return
        self.build.origin = next(filter(None, proto.output), "")
        attributes: dict[str, object] = {
            a.name: helper.get_attribute_value(a) for a in proto.attribute
        }
        if not self.build.origin:
            raise UserError(f"{self.file.path}: a {proto.op_type} makes nothing")
        try:
            known = known_result(proto.op_type, inputs, attributes, self.file.opset)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as fault:
            raise self._malformed(proto) from fault
        if known is not None:
            self.tensors[proto.output[0]] = known
            return
        node = Node(
            proto.op_type,
            inputs,
            list(proto.input),
            list(proto.output),
            attributes,
            self.file.opset,
            self.build,
            self.readers,
        )
        if node.op in BROADCAST:
            hold_broadcast([tensor.shape for tensor in inputs if tensor is not None])
        before = len(self.build.steps)
        try:
            rule = RULES.get(proto.op_type)
            if rule is None:
                raise Unfit("no layer")
            results = rule(node)
        except Unfit:
            del self.build.steps[before:]
            results = self._raw(node)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as fault:
            # What no rule foresees may still be as ONNX has it.
            del self.build.steps[before:]
            try:
                results = self._raw(node)
            except (UserError, TypeError, ValueError, LookupError):
                raise self._malformed(proto) from fault
        _check_sizes(self.file, self.build.steps[before:])
        for name in proto.input:
            # A layer that took a bias in no longer gives what it gave.
            if name in self.places and self.places[name].value.step.origin == self.build.origin:
                del self.places[name]
        for name, tensor in zip(proto.output, results, strict=False):
            if name:
                self.tensors[name] = tensor
                if isinstance(tensor, View):
                    self.places[name] = tensor
        for name in proto.output:
            if name and name not in self.tensors and self.readers.get(name):
                raise UserError(
                    f"{self.file.path}: netc does not have the output `{name}` of {proto.op_type}"
                )

    def _tensor(self, proto: onnx.NodeProto, name: str) -> Tensor:
        if name not in self.tensors:
            raise UserError(
                f"{self.file.path}: the node `{shown(proto)}` reads `{name}`, which nothing "
                "before it makes"
            )
        return self.tensors[name]

    def _branch(self, proto: onnx.NodeProto, inputs: Sequence[Tensor | None]) -> None:
        """The nodes of the branch that an `If` takes, where that is known."""
        if proto.op_type != "If":
            raise UserError(
                f"{self.file.path}: has `{proto.op_type}`, a graph that is run several times, "
                "which a net has not"
            )
        condition = inputs[0] if inputs else None
        if not isinstance(condition, Known) or condition.array.size != 1:
            raise UserError(
                f"{self.file.path}: the `If` that makes `{next(iter(proto.output), '')}` is "
                f"decided by the tensor `{next(iter(proto.input), '')}`; a net has no such branches"
            )
        taken = "then_branch" if condition.array.reshape(-1)[0] else "else_branch"
        graph = next((a.g for a in proto.attribute if a.name == taken), None)
        if graph is None or len(graph.output) < len(proto.output):
            raise self._malformed(proto)
        for tensor in graph.initializer:
            self.tensors[tensor.name] = Known(array_of(self.file.path, tensor), (tensor.name,))
        for node in graph.node:
            self.node(node)
        for name, output in zip(proto.output, graph.output, strict=False):
            made = self._tensor(proto, output.name)
            self.tensors[name] = made
            if isinstance(made, View):
                self.places[name] = made

    def _malformed(self, proto: onnx.NodeProto) -> UserError:
        return UserError(
            f"{self.file.path}: the {proto.op_type} that makes `{self.build.origin}` is not as "
            "ONNX has it"
        )

    def _raw(self, node: Node) -> list[Tensor]:
        attributes = {name: _plain(value) for name, value in node.attributes.items()}
        outputs = max(
            (at + 1 for at, name in enumerate(node.outputs) if name and self.readers.get(name)),
            default=1,
        )
        if node.op == "Split" and node.input(1) is None and "split" not in attributes:
            attributes.setdefault("num_outputs", outputs)
        name = RENAMED.get(node.op, node.op)
        try:
            made = self.build.onnx(name, node.inputs, outputs, **told(name, attributes))
        except UserError as fault:
            raise UserError(f"{self.file.path}: {fault}") from fault
        return [
            View(Value(made.step, index), tuple(range(type.rank)))
            for index, type in enumerate(made.step.types)
        ]


def convert(
    file: OnnxFile, multiple: int = 1, numbers: Mapping[str, int] = MappingProxyType({})
) -> Imported:
    """The model as steps. Raises UserError; Traced where a named size has to be a number.

    Named heights and widths of pictures are multiples of `multiple`; of named sizes some are the
    `numbers` that the file has for them.
    """
    graph = file.model.graph
    readers = _readers(graph)
    converter = _Converter(file, readers)
    for name, array in file.arrays.items():
        converter.tensors[name] = Known(array, (name,))
    inputs: list[Step] = []
    taken: set[str] = set()
    sizes: dict[str, str] = {}
    last = channels_first(file)
    for item in graph.input:
        if item.name not in file.arrays:
            step, view = input_of(file, item, taken, sizes, item.name in last, multiple, numbers)
            inputs.append(step)
            converter.tensors[item.name] = view
            converter.places[item.name] = view
    if not inputs:
        raise UserError(f"{file.path}: has no inputs")
    for proto in graph.node:
        if not proto.output or any(name in readers for name in proto.output):
            converter.node(proto)
    outputs: list[tuple[str, View]] = []
    for output in graph.output:
        tensor = converter.tensors[output.name]
        if not isinstance(tensor, View):
            raise UserError(f"{file.path}: the output `{output.name}` depends on no input")
        converter.build.origin = output.name
        try:
            view = _output(converter.build, tensor)
        except Unfit as fault:
            raise UserError(f"{file.path}: the output `{output.name}`: {fault}") from fault
        converter.places[output.name] = view
        outputs.append((output.name, view))
    name = net_name(graph.name, file.path.stem)
    return Imported(name, inputs, converter.build.steps, outputs, converter.places)


def _readers(graph: onnx.GraphProto) -> Counter[str]:
    """How many read each tensor, of the nodes on which an output depends, and of their branches."""
    readers = Counter(output.name for output in graph.output)
    for node in reversed(graph.node):
        if any(name in readers for name in node.output):
            readers.update(node.input)
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    readers.update(_readers(attribute.g))
    return readers


def _check_sizes(file: OnnxFile, steps: Sequence[Step]) -> None:
    """Raises UserError for a tensor that no memory holds, before anything is run."""
    for step in steps:
        for type in step.types:
            if prod(dim for dim in type.shape if isinstance(dim, int)) > MOST_ELEMENTS:
                raise UserError(
                    f"{file.path}: the tensor `{step.origin}` is {type}, more than "
                    f"{MOST_ELEMENTS:,} elements"
                )


def _output(build: Builder, view: View) -> View:
    """An output as a net gives it: channels last where it is a picture, else as it was."""
    if view.merged or view.flat:
        view = build.plain(view)
    rank = view.rank
    if rank > 2 and view.axes == (0, rank - 1, *range(1, rank - 1)):
        return view
    value = build.arrange(view, range(rank))
    return View(value, tuple(range(rank)))


def _plain(value: object) -> object:
    """An attribute's value as a file can have it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return number(np.float32(value))
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
