"""A net's input whose axes are in another order, or too few."""

from __future__ import annotations

from collections.abc import Sequence

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import together
from ...dsl.syntax import ast
from ..ir.graph import Node
from ..shapes.dims import Shape, symbol
from ..shapes.types import TensorType, show_shape
from .refused import Cause, Refused
from .whatif import behind, of_type, would_be

PICTURE = (1, 3, 4)
"""How many channels pictures have."""
LEAST = 8
"""What is smaller is no side of a picture."""


def channels_first(refused: Refused) -> Cause | None:
    """An input `[N, 3, 224, 224]`: with its channels at the end everything up to here fits."""
    for node in inputs_behind(refused):
        declared = declared_input(refused, node)
        shape = node.outputs[0].shape
        if declared is None or not _looks_channels_first(shape):
            continue
        last = _last(shape)
        types = _with_input(refused, node, last)
        if types is None:
            continue
        fixes = [_retyped(declared, _last_expr(declared.dims))]
        fits = refused.accepts(types) or _decided_by_input(refused, shape)
        promise = refused.promise
        if not fits and promise is not None and _has_channels_first(refused, types):
            fits = True
            fixes.append(_retyped(promise.declared, _last_expr(promise.declared.dims)))
        if not fits:
            continue
        count = f"{shape[1]} channel{'s' * (shape[1] != 1)}"
        name = node.path
        return Cause(
            declared.span,
            f"`{name}` has its channels first, {show_shape(shape)}: here they come last",
            f"{count} in front",
            f"write `{fixes[0].text}`, and give the data in that order",
            together(fixes),
        )
    return None


CHANNELS = ("C", "Cin", "C_in", "c", "ch", "channels", "in_channels")
"""What people call the number of channels."""


def block_channels_first(refused: Refused) -> Cause | None:
    """A block whose signature names the channels in front: `[N, C, H, W]`."""
    block = refused.definition
    for param in block.params if block.kind == "block" else ():
        declared = param.type
        if not isinstance(declared, ast.TensorTypeExpr) or not _names_channels_first(declared):
            continue
        results = [result.type for result in block.results or ()]
        rank = len(declared.dims)
        turned = [declared, *(one for one in results if len(one.dims) == rank)]
        fixes = [_retyped(one, _last_expr(one.dims)) for one in turned]
        return Cause(
            declared.span,
            f"`{block.name.name}` names its channels first, `{declared.span.text}`: here they "
            "come last",
            "channels in front",
            f"write `{fixes[0].text}`" + (", and the result so, too" if len(fixes) > 1 else ""),
            together(fixes),
        )
    return None


def _names_channels_first(declared: ast.TensorTypeExpr) -> bool:
    names = [dim.name if isinstance(dim, ast.Name) else "" for dim in declared.dims]
    others = [*names[:1], *names[2:]]
    return len(names) > 2 and names[1] in CHANNELS and not set(others) & {"", *CHANNELS}


def result_channels_first(refused: Refused) -> Cause | None:
    """A result that is declared with its channels first, and comes with them last."""
    promise = refused.promise
    types = [one.type for one in refused.given]
    if promise is None or not _has_channels_first(refused, types):
        return None
    fix = _retyped(promise.declared, _last_expr(promise.declared.dims))
    return Cause(
        promise.declared.span,
        f"`{promise.owner.name.name}` declares its result with the channels first, and they come "
        f"last: {show_shape(types[0].shape)}",
        "channels in front",
        f"write `{fix.text}`",
        fix,
    )


def _has_channels_first(refused: Refused, types: Sequence[TensorType]) -> bool:
    """Whether a result would fit if its channels came first."""
    promise = refused.promise
    if promise is None or not promise.is_result or len(promise.declared.dims) < 3:
        return False
    shape = types[0].shape
    if len(shape) != len(promise.declared.dims) or shape[1] == shape[-1]:
        return False
    return refused.accepts([_first_type(types[0])])


def _decided_by_input(refused: Refused, shape: Shape) -> bool:
    """Whether sizes of a block's input, which is as it is, stand in what its result must be."""
    block = refused.definition.kind == "block" and refused.promise is not None
    return block and shape[1] in PICTURE and isinstance(shape[2], int)


def batch_missing(refused: Refused) -> Cause | None:
    """An input `[224, 224, 3]`: with a batch in front everything up to here fits."""
    for node in inputs_behind(refused):
        declared = declared_input(refused, node)
        shape = node.outputs[0].shape
        if declared is None or not shape or not isinstance(shape[0], int):
            continue
        name = _batch_name(refused.net)
        batched = (symbol(name), *shape)
        dims = [dim.span.text for dim in declared.dims]
        orders: list[tuple[Shape, list[str]]] = [(batched, [name, *dims])]
        if _looks_channels_first(batched):
            orders.insert(0, (_last(batched), [name, *dims[1:], dims[0]]))
        for wanted, texts in orders:
            types = _with_input(refused, node, wanted)
            if types is None or not refused.accepts(types):
                continue
            fix = _retyped(declared, texts)
            results = [_batched(result.type, name) for result in refused.net.results or ()]
            order = "" if wanted == batched else ", and the channels come last"
            return Cause(
                declared.span,
                f"`{node.path}` has no batch axis: {show_shape(shape)}",
                "the first axis is the batch",
                f"write `{fix.text}`: the batch is the first axis and has a name{order}",
                together([fix, *(result for result in results if result is not None)]),
            )
    return None


def result_batch_missing(refused: Refused) -> Cause | None:
    """A result `[10]` of a net that makes `[N, 10]`."""
    promise = refused.promise
    if promise is None or not promise.is_result or promise.owner is not refused.net:
        return None
    (given,) = refused.inputs
    batch, *sample = given.type.shape or (1,)
    dims = [dim.span.text for dim in promise.declared.dims]
    if isinstance(batch, int) or dims != list(map(str, sample)):
        return None
    fix = _retyped(promise.declared, [str(batch), *dims])
    return Cause(
        promise.declared.span,
        f"the result of `{refused.net.name.name}` has no batch axis: [{', '.join(dims)}]",
        "what is made of one sample",
        f"write `{fix.text}`: the batch is the first axis",
        fix,
    )


def _batched(declared: ast.TensorTypeExpr, name: str) -> Fix | None:
    """A batch axis for a result that begins with a number."""
    if not declared.dims or not isinstance(declared.dims[0], ast.Number):
        return None
    return _retyped(declared, [name, *(dim.span.text for dim in declared.dims)])


def inputs_behind(refused: Refused) -> list[Node]:
    """The net's inputs that the tensors come from."""
    nodes = behind(refused.graph, [one.ref for one in refused.given])
    return [node for node in nodes if node.op is None]


def declared_input(refused: Refused, node: Node) -> ast.TensorTypeExpr | None:
    """The type that the signature gives an input; None where it is none of the net's."""
    for param in refused.net.params:
        if param.name.name == node.path and isinstance(param.type, ast.TensorTypeExpr):
            return param.type
    return None


def _with_input(refused: Refused, node: Node, shape: Shape) -> list[TensorType] | None:
    """The tensors as they would be if an input had another shape."""
    changed = of_type(TensorType(node.outputs[0].dtype, shape))
    return would_be(refused.graph, [one.ref for one in refused.given], {node.path: changed})


def _looks_channels_first(shape: Shape) -> bool:
    if len(shape) < 3 or shape[1] == shape[-1]:
        return False
    channels, places = shape[1], shape[2:]
    if not isinstance(channels, int):
        return False
    if channels in PICTURE:
        return all(not isinstance(size, int) or size >= LEAST for size in places)
    return all(isinstance(size, int) and size >= 2 * channels for size in places)


def _last(shape: Shape) -> Shape:
    return (shape[0], *shape[2:], shape[1])


def _first_type(type: TensorType) -> TensorType:
    shape = type.shape
    return TensorType(type.dtype, (shape[0], shape[-1], *shape[1:-1]))


def _last_expr(dims: Sequence[ast.Dim]) -> list[str]:
    texts = [dim.span.text for dim in dims]
    return [texts[0], *texts[2:], texts[1]]


def _retyped(declared: ast.TensorTypeExpr, dims: Sequence[str]) -> Fix:
    dtype = declared.dtype.name if declared.dtype is not None else ""
    return Fix(declared.span, f"{dtype}[{', '.join(dims)}]")


def _batch_name(net: ast.Definition) -> str:
    used = {param.name.name for param in net.params}
    return next(name for name in ("N", "B", "batch", "samples") if name not in used)
