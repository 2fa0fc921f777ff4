"""What to write where layers cannot be put together as they are: a block, most often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ...dsl.format.expressions import POSTFIX, flat, flat_stage
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.names import expressions
from ..ops.base.op import Op, arguments
from ..ops.table import OPS
from ..shapes.dims import Sym
from .body import Body
from .values import ArgValue, Chain, LayerValue, TensorValue, Value

_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (TensorValue, "[...]"),
    (bool, "bool"),
    ((int, Sym), "int"),
    (float, "float"),
    (str, "string"),
    ((LayerValue, type(None)), "layer"),
    ((list, tuple), "list"),
)


@record
class Given:
    """A value that a block gets as a parameter of some name, and the code of it."""

    name: str
    value: Value
    code: str


def block_help(
    body: Body,
    read: Sequence[ast.Expr],
    written: Callable[[str], str],
    given: Sequence[Given] = (),
) -> str:
    """A line that shows a block and its use, as code; empty where some value can be no parameter.

    `written` is what the block returns, given the name of its tensor; `read` are the expressions in
    it, whose values become parameters behind the `given` ones.
    """
    names = [
        expr.name
        for root in read
        for expr in expressions(root)
        if isinstance(expr, ast.Name) and expr.name in body.env
    ]
    parameters = {one.name: one for one in given}
    for name in names:
        parameters.setdefault(name, Given(name, body.env[name], name))
    types = {name: _type(one.value) for name, one in parameters.items()}
    if "" in types.values():
        return ""
    # Tensors come before static parameters.
    order = sorted(types, key=lambda name: types[name] != "[...]")
    x = _free("x", [*order, *body.module.names])
    block = _free("Unit", [*order, *body.module.names, *OPS])
    params = ", ".join([f"{x}: [...]", *(f"{name}: {types[name]}" for name in order)])
    args = ", ".join(parameters[name].code for name in order)
    use = f"{block}({args})" if order else block
    code = f"block {block}({params}) {{ return {written(x)} }}"
    return f"write a block, `{code}`, and use it as `{use}`"


def parametrised_help(body: Body, layer: LayerValue, arg: ArgValue) -> str:
    """The block that takes an argument which was given to a chain; empty where none is found."""
    definition = body.definition
    chain = layer.chain.written if layer.chain is not None else None
    if not isinstance(chain, ast.Pipeline) or definition is None:
        return ""
    around = definition.span
    if chain.span.source is not around.source or not around.start < chain.span.start < around.end:
        # What its names mean is not known here.
        return ""
    for call in [chain.head, *(stage.target for stage in chain.stages)]:
        found = _with_parameter(call, arg)
        if found is not None:
            name, changed = found
            exchanged = _exchanged(chain, call, changed)
            code = arg.span.text if arg.name is None else arg.span.text.partition("=")[2].strip()
            return chain_help(body, exchanged, [Given(name, arg.value, code)])
    return ""


def chain_help(body: Body, chain: ast.Pipeline, given: Sequence[Given] = ()) -> str:
    """A line that shows a chain as a block."""
    return block_help(body, [chain], lambda x: behind(x, chain), given)


def _with_parameter(call: ast.Expr, arg: ArgValue) -> tuple[str, ast.Call] | None:
    """A call whose argument of that name, or first one, is a parameter; with its name."""
    if not isinstance(call, ast.Call) or not isinstance(call.function, ast.Name):
        return None
    cls = OPS.get(call.function.name)
    known = list(arguments(cls)) if cls is not None else []
    for index, each in enumerate(call.args):
        name = each.name.name if each.name is not None else "".join(known[index : index + 1])
        if name and arg.name in (None, name):
            changed = replace(each, value=ast.Name(name, each.span))
            return name, replace(call, args=(*call.args[:index], changed, *call.args[index + 1 :]))
    return None


def _exchanged(chain: ast.Pipeline, call: ast.Expr, changed: ast.Call) -> ast.Pipeline:
    """A chain with one of its calls exchanged for another."""
    stages = [
        replace(stage, target=changed) if stage.target is call else stage for stage in chain.stages
    ]
    head = changed if chain.head is call else chain.head
    return replace(chain, head=head, stages=tuple(stages))


def outside_help(cls: type, arg: ArgValue, chain: Chain, named: Mapping[str, ArgValue]) -> str:
    """Where the layers of a chain go that an argument of a layer cannot take."""
    if not isinstance(chain.written, ast.Pipeline) or not issubclass(cls, Op):
        return ""
    name = cls.__name__
    others = [other.span.text for other in named.values() if other is not arg]
    if "layer" in named:
        wrapped = [
            f"{name}({', '.join([link.span.text, *others])})"
            + f" * {link.count}" * (link.count > 1)
            for link in chain.links
        ]
        return f"wrap each of them: `{' -> '.join(wrapped)}`"
    return f"put it behind: `{name}({', '.join(others)}) -> {as_stages(chain.written)}`"


def applied_help(definition: ast.Definition, written: Span, item: Value) -> str:
    """How to return what a layer gives, where the layer itself is returned."""
    tensors = [p.name.name for p in definition.params if isinstance(p.type, ast.TensorTypeExpr)]
    if not isinstance(item, LayerValue) or not tensors or " if " in written.text:
        return ""
    return f"write `{tensors[0]} -> {' '.join(written.text.split())}`"


def behind(tensor: str, layer: ast.Expr) -> str:
    """The code that applies a layer, written somewhere as a value, to a tensor."""
    return f"{tensor} -> {as_stages(layer)}"


def as_stages(layer: ast.Expr) -> str:
    """A layer or chain as what stands behind `->`."""
    if not isinstance(layer, ast.Pipeline):
        return flat(layer, POSTFIX)
    return " ".join([_head(layer.head), *map(flat_stage, layer.stages)])


def _head(head: ast.Expr) -> str:
    if isinstance(head, ast.Labelled):
        return f"{_head(head.value)} as {head.label.name}"
    if isinstance(head, ast.Binary) and head.op == "*":
        return f"{flat(head.left, POSTFIX)} * {flat(head.right, POSTFIX)}"
    return flat(head, POSTFIX)


def _type(value: Value) -> str:
    """The type of a parameter that takes a value; empty where there is none."""
    return next((name for types, name in _TYPES if isinstance(value, types)), "")


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, or the name with the first number that is free."""
    count = 1
    free = name
    while free in taken:
        count += 1
        free = f"{name}{count}"
    return free
