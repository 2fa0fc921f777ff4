"""What a net declares that its layers do not take: whole numbers, sizes of weights."""

from __future__ import annotations

from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.syntax import ast
from ..ops.tensor.learned import Weight
from ..shapes.types import TensorType, show_shape
from .axes import declared_input, inputs_behind
from .refused import Cause, Refused
from .sides import called
from .whatif import of_type, would_be


def ids_as_floats(refused: Refused) -> Cause | None:
    """An input that is declared as float32 goes where whole numbers are taken."""
    for node in inputs_behind(refused) if len(refused.given) == 1 else ():
        declared = declared_input(refused, node)
        if declared is None or declared.dtype is None or "float" not in declared.dtype.name:
            continue
        whole = of_type(TensorType("int32", node.outputs[0].shape))
        types = would_be(refused.graph, [one.ref for one in refused.given], {node.path: whole})
        if types is None or not refused.accepts(types):
            continue
        text = "int32" + declared.span.text.removeprefix(declared.dtype.name)
        return Cause(
            declared.span,
            f"`{node.path}` is declared as {declared.dtype.name}, and {refused.who} takes whole "
            "numbers",
            "numbers with a fraction",
            f"write `{text}`",
            Fix(declared.dtype.span, "int32"),
        )
    return None


def size_of_a_weight(refused: Refused) -> Cause | None:
    """A weight of the net's own has another size than the tensor that it meets."""
    if refused.op is None or len(refused.given) != 2:
        return None
    for index, given in enumerate(refused.given):
        node = refused.graph.node(given.ref.node)
        definition = refused.written.definition(given.made)
        if not isinstance(node.op, Weight) or definition is not refused.definition:
            continue
        statement = refused.written.text(definition).at(given.made)
        other = refused.given[1 - index].type
        mine, wanted = given.type.shape, other.shape[-len(given.type.shape) :]
        if not isinstance(statement, ast.WeightDef) or len(wanted) != len(mine):
            continue
        pairs = zip(statement.type.dims, mine, wanted, strict=True)
        fixes = [
            Fix(dim.span, called(refused, b)) for dim, a, b in pairs if a != b and 1 not in (a, b)
        ]
        sizes = tuple(b if 1 not in (a, b) else a for a, b in zip(mine, wanted, strict=True))
        types = [one.type for one in refused.given]
        types[index] = TensorType(given.type.dtype, sizes)
        if not fixes or not all(isinstance(size, int) for size in sizes):
            continue
        if not refused.accepts(types):
            continue
        text = statement.type.span.text
        for fix in reversed(fixes):
            start = fix.span.start - statement.type.span.start
            text = text[:start] + fix.text + text[start + len(fix.span.text) :]
        name = statement.name.name
        if len(mine) == 1:
            # A vector meets one axis, and either may be meant as it is.
            fix, help = Fix(statement.type.span, text), f"write `weight {name}: {text}`"
            here = (Related(f"{show_shape(mine)} is declared here", statement.type.span),)
            return Cause(refused.primary, refused.message, "", help, fix, here)
        return Cause(
            statement.type.span,
            f"the weight `{name}` is {show_shape(mine)}, and meets {show_shape(other.shape)}",
            show_shape(mine),
            f"write `weight {name}: {text}`",
            Fix(statement.type.span, text),
        )
    return None
