"""Sorts the layers of a graph into the block calls that made them, as statements of functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ....dsl.diagnostics.trace import Trace
from ...ir.graph import CheckedGraph, Graph, Node, Ref
from ...ir.paths import snake
from ...ops.base.source import SourceOp
from ...shapes.types import TensorType
from ..keras.lower import check_forms, keras_name, layer_dtype
from ..precision import FLOAT32, MIXED, policy_of, wide_dtype
from .anchor import SourceAnchor, anchored
from .expressions import Binary, Call, Expression, Item, LayerName, TensorUse, children, replaced
from .record import Recorded, expression, recorder, tensor


@dataclass(frozen=True, eq=False)
class Assign:
    """`targets = value`.

    `near` is the path that the variables are named after; `own` is how a path ends that the
    author gave no name.
    """

    targets: tuple[Ref, ...]
    value: Expression
    near: str
    own: str = ""


@dataclass(eq=False)
class Body:
    """One call of a block, or the net: statements over tensors, in order."""

    block: str
    args: str
    prefix: str = ""
    parent: Body | None = None
    items: list[Assign | Body] = field(default_factory=list)
    inputs: tuple[Ref, ...] = ()
    outputs: tuple[Ref, ...] = ()

    @property
    def height(self) -> int:
        """How deep calls nest in it."""
        return 1 + max((item.height for item in self.items if isinstance(item, Body)), default=0)

    def up(self) -> Iterator[Body]:
        """The body and those around it, innermost first."""
        at: Body | None = self
        while at is not None:
            yield at
            at = at.parent

    def assigns(self) -> Iterator[Assign]:
        """Every assignment in it and in the calls it makes."""
        for item in self.items:
            if isinstance(item, Assign):
                yield item
            else:
                yield from item.assigns()


def shared_ref(layer: str) -> Ref:
    """What stands for a layer that several nodes use."""
    return Ref(f"@{layer}")


def bodies(checked: CheckedGraph, precision: str = FLOAT32) -> Body:
    """The net as statements; calls of blocks are bodies within. Raises Refusal (NO_KERAS)."""
    check_forms(checked)
    graph = checked.graph
    root = Body(graph.name, "")
    made: dict[int, Body] = {}
    owners: dict[str, Body] = {}
    for node in graph:
        if node.op is not None:
            owners[node.path] = _owner(root, made, node.trace)
    uses = Counter(node.layer for node in graph if node.op is not None)
    homes = {
        layer: _common([owners[n.path] for n in graph if n.op is not None and n.layer == layer])
        for layer, count in uses.items()
        if count > 1
    }
    prefixes: dict[int, list[str]] = {}
    for node in graph:
        if node.op is None:
            continue
        inside = homes.get(node.layer, owners[node.path])
        for body in inside.up():
            prefixes.setdefault(id(body), []).append(node.layer)
    for body in made.values():
        body.prefix = _prefix(prefixes.get(id(body), []))
    for body in made.values():
        body.parent = _place(body.parent or root)
    defined: set[str] = set()
    for node in graph:
        if node.op is not None:
            _record(checked, node, _place(owners[node.path]), homes, defined, precision)
    root.items[:0] = anchors(checked.graph, root)
    _connect(root, [output.ref for output in graph.outputs])
    return root


def anchors(graph: Graph, root: Body) -> list[Assign]:
    """What tensors of the net's own are made from, as statements at the beginning of the net."""
    used = {ref for assign in root.assigns() for ref in uses(assign.value)}
    return [Assign((ref,), value, name) for ref, name, value in anchored(graph) if ref in used]


def _owner(root: Body, made: dict[int, Body], trace: Trace | None) -> Body:
    if trace is None:
        return root
    if id(trace) not in made:
        outer = _owner(root, made, trace.outer)
        body = Body(trace.frame.block, trace.frame.args, parent=outer)
        made[id(trace)] = body
    return made[id(trace)]


def _common(found: Sequence[Body]) -> Body:
    """The innermost body around all of some."""
    around = [list(body.up()) for body in found]
    return next(body for body in around[0] if all(body in chain for chain in around))


def _prefix(layers: Sequence[str]) -> str:
    """The longest path that all layers lie below."""
    if not layers:
        return ""
    parts = [layer.split("/")[:-1] for layer in layers]
    common = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        common.append(level[0])
    return "/".join(common)


def _place(body: Body) -> Body:
    """Where the statements of a block call go: a block without a path of its own is inlined."""
    while body.parent is not None and not body.prefix:
        body = body.parent
    return body


def _record(
    checked: CheckedGraph,
    node: Node,
    body: Body,
    homes: Mapping[str, Body],
    defined: set[str],
    precision: str,
) -> None:
    """Adds the statements of one layer to a body."""
    assert node.op is not None
    types = checked.graph.input_types(node)
    policy = policy_of(node.op, types, node.outputs, precision)
    keras = recorder(policy or layer_dtype(node.op, types))
    wide = [TensorType(wide_dtype(type.dtype, precision), type.shape) for type in types]
    tensors = [tensor(ref, type) for ref, type in zip(node.inputs, wide, strict=True)]
    layer = node.op.keras_layer_for(keras, LayerName(keras_name(node.layer)), types)
    used = layer
    if layer is not None and node.layer in homes:
        used = Recorded(TensorUse(shared_ref(node.layer)))
        used.__dict__["_layer"] = layer
    if isinstance(node.op, SourceOp):
        made = node.op.keras_source(keras, used, SourceAnchor(precision))
    else:
        made = node.op.keras_call(keras, used, tensors)
        if policy in MIXED and layer is not None:
            made = keras.ops.cast(made, "float32")
    if layer is not None and node.layer in homes and node.layer not in defined:
        defined.add(node.layer)
        home = _place(homes[node.layer])
        _attach(home)
        at = _before(home, body)
        home.items[at:at] = _apart((shared_ref(node.layer),), expression(layer), node.layer, "")
    refs = tuple(Ref(node.path, index) for index in range(len(node.outputs)))
    if isinstance(made, tuple | list):
        for ref, part in zip(refs, made, strict=True):
            _assign(body, (ref,), expression(part), node)
    else:
        _assign(body, refs, expression(made), node)


def _before(home: Body, body: Body) -> int:
    """Where in a body something must stand that a body within needs."""
    for within in body.up():
        if within.parent is home and within in home.items:
            return home.items.index(within)
    return len(home.items)


def _assign(body: Body, refs: tuple[Ref, ...], value: Expression, node: Node) -> None:
    """One statement, behind one for every part that the expression holds more than once."""
    _attach(body)
    own = "" if node.op is None else snake(node.op.name)
    body.items.extend(_apart(refs, value, node.path, own))


def _apart(refs: tuple[Ref, ...], value: Expression, path: str, own: str) -> list[Assign]:
    """`refs = value`, behind one statement for every part that the value holds more than once."""
    counts: Counter[int] = Counter()
    order: list[Expression] = []

    def count(made: Expression) -> None:
        counts[id(made)] += 1
        if counts[id(made)] > 1:
            return
        for child in children(made):
            count(child)
        order.append(made)

    count(value)
    known: dict[int, Expression] = {}
    items: list[Assign] = []
    for number, made in enumerate(order):
        if counts[id(made)] > 1 and isinstance(made, Call | Binary | Item):
            ref = Ref(f"{refs[0].node}#{number}")
            items.append(Assign((ref,), replaced(made, known), _called(made, path)))
            known[id(made)] = TensorUse(ref)
    return [*items, Assign(refs, replaced(value, known), path, own)]


def _called(made: Expression, path: str) -> str:
    name = getattr(getattr(made, "function", None), "name", None)
    outer = path.rpartition("/")[0]
    return "/".join(filter(None, (outer, snake(name)))) if name else path


def _attach(body: Body) -> None:
    """Puts a call where its first statement comes."""
    if body.parent is not None and body not in body.parent.items:
        _attach(body.parent)
        body.parent.items.append(body)


def uses(value: Expression) -> Iterator[Ref]:
    """The variables an expression reads, in order."""
    if isinstance(value, TensorUse):
        yield value.ref
    for child in children(value):
        yield from uses(child)


def reads(item: Assign | Body) -> tuple[Ref, ...]:
    """The variables a statement reads, each once, in order."""
    found = item.inputs if isinstance(item, Body) else uses(item.value)
    return tuple(dict.fromkeys(found))


def writes(item: Assign | Body) -> tuple[Ref, ...]:
    """The variables a statement sets."""
    return item.outputs if isinstance(item, Body) else item.targets


def _connect(body: Body, wanted: Sequence[Ref]) -> None:
    """Finds what each body takes and gives; `wanted` is what is needed after it."""
    later = list(wanted)
    made = {ref for assign in body.assigns() for ref in assign.targets}
    for item in reversed(body.items):
        if isinstance(item, Body):
            _connect(item, later)
        later.extend(reads(item))
    needed = set(wanted)
    body.outputs = tuple(dict.fromkeys(r for a in body.assigns() for r in a.targets if r in needed))
    body.inputs = tuple(
        dict.fromkeys(r for item in body.items for r in reads(item) if r not in made)
    )
