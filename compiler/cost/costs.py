"""What a net costs: parameters, FLOPs, activations, memory and receptive field, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from ...dsl.record import record
from ...dsl.text.source import Span
from ..ir.graph import CheckedGraph, Node, Ref
from ..ops.base.op import POINT, Window
from ..shapes.dims import Dim
from ..shapes.types import TensorType
from . import table
from .table import Table
from .totals import Work, batch_name, one_example, parameters, substituted, work_of

if TYPE_CHECKING:
    from fractions import Fraction

HEADINGS = ("Layer (type)", "Output shape", "Params", "FLOPs", "Receptive field")

Step: TypeAlias = "int | Fraction"

Field: TypeAlias = "tuple[int, ...] | None"
"""Input positions one output position sees, along each spatial axis; None: the whole input."""


@record
class LayerCosts:
    """One row of the summary. FLOPs, MACs and shapes are for the batch asked for."""

    path: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[TensorType, ...]
    params: int
    trainable_params: int
    flops: Dim
    macs: Dim
    field: Field
    shared: bool
    """Whether an earlier row has counted its weights."""
    span: Span


@record
class NetCosts:
    """The summary of a net.

    `flops`, `macs` and `activations` (elements of all layer outputs) are for one example.
    """

    net: str
    """The net's name."""
    batch: str | None
    """The name of the batch size, where it is symbolic."""
    inputs: tuple[tuple[str, TensorType], ...]
    """Names and types."""
    outputs: tuple[tuple[str, TensorType], ...]
    """Names and types."""
    layers: tuple[LayerCosts, ...]
    """A row for each layer, in order."""
    params: int
    """Numbers in all weights; a shared layer counts once."""
    trainable_params: int
    """Those that training changes."""
    weight_bytes: int
    """Bytes of all weights."""
    flops: Dim
    """Floating-point operations."""
    macs: Dim
    """Products that are added up, as in a convolution."""
    activations: Dim
    """Elements of all outputs of layers."""
    activation_bytes: Dim
    """Their bytes."""
    examples: int | None = None
    """The batch size that was asked for."""

    def __repr__(self) -> str:
        return f"<NetCosts of {self.net}: {len(self.layers)} layers, {self.params:,} params>"

    def __str__(self) -> str:
        return self.table().text()

    def _repr_html_(self) -> str:
        return self.table().html()

    def table(self) -> Table:
        """What `netc summary` prints."""
        return Table(self.net, HEADINGS, tuple(map(_cells, self.layers)), (*self._below(),))

    def _below(self) -> Iterator[tuple[str, str]]:
        inputs = (f"{name}: {type}" for name, type in self.inputs)
        per = f"batch of {self.examples}" if self.examples is not None else "one example"
        yield "Input", ", ".join(inputs)
        yield "Total params", table.count(self.params)
        yield "Trainable params", table.count(self.trainable_params)
        yield "Non-trainable params", table.count(self.non_trainable_params)
        yield f"FLOPs ({per})", table.count(self.flops)
        yield f"MACs ({per})", table.count(self.macs)
        yield "Weights", table.size(self.weight_bytes)
        yield f"Weights and activations ({per})", table.size(self.memory())

    @property
    def non_trainable_params(self) -> int:
        """Parameters that training does not change, such as moving means."""
        return self.params - self.trainable_params

    def memory(self, batch: int = 1) -> Dim:
        """Bytes of all weights and of every layer's output for a batch."""
        return self.weight_bytes + batch * self.activation_bytes


def net_costs(checked: CheckedGraph, batch: int | None = None) -> NetCosts:
    """The summary of a checked net; `batch` replaces a symbolic batch size in the shapes."""
    graph = checked.graph
    name = batch_name(checked)
    one = one_example(checked)
    shown: Mapping[str, Dim] = {name: batch} if name and batch is not None else {}
    seen: set[str] = set()
    rows: list[LayerCosts] = []
    fields: dict[str, _Reach] = {}
    total = Work()
    totals = parameters(checked)
    for node in graph:
        types = graph.input_types(node)
        reach = fields[node.path] = _reach(node, types, fields)
        if node.op is None:
            continue
        done = work_of(node, types, one)
        total = total + done
        first = node.layer not in seen
        seen.add(node.layer)
        count = sum(weight.size for weight in node.weights)
        moving = sum(weight.size for weight in node.weights if weight.trainable)
        times = batch if batch is not None else 1
        rows.append(
            LayerCosts(
                node.path,
                node.op.name,
                tuple(_ref_text(ref) for ref in node.inputs),
                tuple(substituted(type, shown) for type in node.outputs),
                count if first else 0,
                moving if first else 0,
                done.flops * times,
                done.macs * times,
                reach.field,
                not first and count > 0,
                node.span,
            )
        )
    return NetCosts(
        graph.name,
        name,
        tuple((p, substituted(graph.node(p).outputs[0], shown)) for p in graph.inputs),
        tuple((o.name, substituted(graph.type(o.ref), shown)) for o in graph.outputs),
        tuple(rows),
        totals.total,
        totals.trainable,
        totals.bytes,
        total.flops * (batch or 1),
        total.macs * (batch or 1),
        total.elements * (batch or 1),
        total.bytes * (batch or 1),
        batch,
    )


def _cells(row: LayerCosts) -> tuple[str, ...]:
    return (
        f"{row.path} ({row.op})",
        ", ".join(table.shape(type) for type in row.outputs),
        "shared" if row.shared else table.count(row.params),
        table.count(row.flops),
        table.field(row.field),
    )


def _ref_text(ref: Ref) -> str:
    return ref.node if ref.output == 0 else f"{ref.node}:{ref.output}"


@record
class _Reach:
    """How far a value sees, and how many input cells lie between two of its own."""

    field: Field
    jump: tuple[Step, ...]


def _reach(node: Node, types: tuple[TensorType, ...], known: Mapping[str, _Reach]) -> _Reach:
    """The receptive field: r += (k - 1) * jump, jump *= stride (Araujo et al., Distill 2019)."""
    if node.op is None:
        spatial = max(0, len(node.outputs[0].shape) - 2)
        return _Reach((1,) * spatial, (1,) * spatial)
    if not node.inputs:
        return _Reach((), ())
    sources = [known[ref.node] for ref in node.inputs]
    base = max(sources, key=lambda reach: len(reach.jump))
    window = node.op.window(*types)
    if window is None or any(source.field is None for source in sources):
        return _Reach(None, base.jump)
    fields = [source.field for source in sources if source.field is not None]
    widest = tuple(
        max(field[axis] for field in fields if axis < len(field)) for axis in range(len(base.jump))
    )
    added = max(0, len(node.outputs[0].shape) - 2) if not base.jump and window is POINT else 0
    # Numbers of words become vectors: their axis is one of places from here on.
    return _through(window, widest + (1,) * added, base.jump + (1,) * added)


def _through(window: Window, field: tuple[int, ...], jump: tuple[Step, ...]) -> _Reach:
    if not window.kernel and not window.scale:
        return _Reach(field, jump)
    kernel = window.kernel or (1,) * len(window.scale)
    if len(kernel) != len(field):
        return _Reach(None, jump)
    strides = window.strides or (1,) * len(kernel)
    dilation = window.dilation or (1,) * len(kernel)
    scale = window.scale or (1,) * len(kernel)
    wider = tuple(
        f + ceil((k - 1) * d * j) for f, k, d, j in zip(field, kernel, dilation, jump, strict=True)
    )
    return _Reach(
        wider, tuple(_step(j * s, c) for j, s, c in zip(jump, strides, scale, strict=True))
    )


def _step(jump: Step, scale: int) -> Step:
    if scale == 1:
        return jump
    from fractions import Fraction  # 10 ms that only nets which enlarge their input should cost

    return Fraction(jump) / scale
