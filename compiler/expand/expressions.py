"""Names, literals, lists, conditions and arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.paths import Place, snake
from ..link.builtins import FUNCTIONS
from ..link.foreign import Use, meant
from ..link.module import Constant, Defined, Unavailable
from ..link.names import labels
from ..ops.base.kinds import Word
from ..ops.table import ACTIVATION_LAYERS, ALIASES, CONSTANTS, OPS
from ..ops.tensor.arithmetic import OPERAND, Operand, arithmetic, negative
from . import statics
from .body import Body
from .evaluate import condition, evaluate, static
from .layers import apply_op, make_op
from .links import repeated
from .values import POISON, Bundle, LayerValue, Poison, TensorValue, Value, kind_of

MAX_CONSTANT_DEPTH = 50


def literal(
    body: Body,
    expr: ast.Number | ast.String | ast.Bool,
    hint: str,
    place: Place,
    words: frozenset[str],
) -> Value:
    """A number, string or bool."""
    return expr.value


def nothing(
    body: Body, expr: ast.NoneLiteral, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`none`."""
    return None


def name(body: Body, expr: ast.Name, hint: str, place: Place, words: frozenset[str]) -> Value:
    """What a name stands for: a value of the program, a word, a layer."""
    called = expr.name
    if called in body.env:
        return body.env[called]
    if called in words:
        return Word(called)
    entity = body.module.names.get(called)
    if isinstance(entity, Constant):
        return _constant(body, entity)
    if isinstance(entity, Unavailable):
        return POISON
    if isinstance(entity, Defined):
        return LayerValue(None, entity, (), expr.span)
    if called in ACTIVATION_LAYERS:
        return LayerValue(ACTIVATION_LAYERS[called], None, (), expr.span)
    cls = OPS.get(called) or ALIASES.get(called)
    if cls is not None:
        return make_op(body, cls, (), expr.span)
    if words:
        # The argument's own conversion says what it takes and what was meant.
        return Word(called)
    return unknown(body, expr, Code.UNKNOWN_NAME, "value", known_names)


def known_names(body: Body) -> list[str]:
    """The names an expression may use here, for suggestions."""
    return [*body.env, *body.module.names, *FUNCTIONS, *CONSTANTS, *OPS]


def unknown(
    body: Body, expr: ast.Name, code: Code, what: str, options: Callable[[Body], list[str]]
) -> Poison:
    """Reports a name that nothing defines; `options` are those that were perhaps meant."""
    if body.reported(code, expr.span):
        return POISON
    known = options(body)
    inside = _labelled_inside(body, expr.name)
    use = Use.LAYER if code is Code.UNKNOWN_LAYER else Use.VALUE
    help, fix = meant(use, expr.span, expr.name, known)
    return body.fault(
        code,
        f"there is no {what} called `{expr.name}`",
        expr.span,
        "not defined",
        related=inside,
        help=f"label the chain's use, `-> (…) as use`, and write `use.{expr.name}`"
        if inside
        else help,
        fix=None if inside else fix,
    )


def _labelled_inside(body: Body, name: str) -> tuple[Related, ...]:
    """Where a name is a label inside a chain of this body, if it is one."""
    if body.definition is None:
        return ()
    for label, pipeline in labels(body.definition):
        if label.name == name and pipeline.in_parentheses:
            return (Related("a label inside this chain", label.span),)
    return ()


def _constant(body: Body, constant: Constant) -> Value:
    cache = body.expansion.constants
    key = id(constant.const)
    if key not in cache:
        # A constant that needs itself finds poison; the resolver reports the circle.
        cache[key] = POISON
        inner = Body(body.expansion, constant.module, None)
        expansion = body.expansion
        if expansion.constant_depth >= MAX_CONSTANT_DEPTH:
            return body.fault(
                Code.STATIC_FAULT,
                f"constants need each other deeper than {MAX_CONSTANT_DEPTH}",
                constant.const.name.span,
                "one too deep",
            )
        expansion.constant_depth += 1
        value = evaluate(inner, constant.const.value)
        expansion.constant_depth -= 1
        if isinstance(value, TensorValue | Bundle):
            value = inner.fault(
                Code.WRONG_TYPE,
                "a `const` cannot be a tensor",
                constant.const.value.span,
                "a tensor",
            )
        cache[key] = value
    return cache[key]


def labelled(
    body: Body, expr: ast.Labelled, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`layer as label`: the layer; the chain around it has the label."""
    return evaluate(body, expr.value, place=place)


def list_of(
    body: Body, expr: ast.ListExpr, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`[a, b]`."""
    items = [evaluate(body, item, place=place, words=words) for item in expr.items]
    return POISON if POISON in items else static(body, expr.span, lambda: items)


def tuple_of(
    body: Body, expr: ast.TupleExpr, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`(a, b)`."""
    items = tuple([evaluate(body, item, place=place, words=words) for item in expr.items])
    return POISON if POISON in items else static(body, expr.span, lambda: items)


def conditional(
    body: Body, expr: ast.Conditional, hint: str, place: Place, words: frozenset[str]
) -> Value:
    """`a if c else b`: only the chosen side is evaluated."""
    holds = condition(body, expr.condition)
    if holds is None:
        return POISON
    return evaluate(body, expr.then if holds else expr.other, place=place, words=words)


def unary(body: Body, expr: ast.Unary, hint: str, place: Place, words: frozenset[str]) -> Value:
    """`-a`, `+a`, `not a`."""
    if expr.op == "not":
        holds = condition(body, expr.operand)
        return POISON if holds is None else not holds
    value = evaluate(body, expr.operand, place=place)
    if isinstance(value, Poison):
        return POISON
    if isinstance(value, TensorValue):
        if expr.op == "+":
            return value
        spot = place.unique(hint or "negative")
        return apply_op(body, negative(), [value], [expr.operand.span], spot, expr.span)
    return static(body, expr.span, lambda: statics.negate(value) if expr.op == "-" else value)


def binary(body: Body, expr: ast.Binary, hint: str, place: Place, words: frozenset[str]) -> Value:
    """Arithmetic, comparison and logic, on compile-time values or on tensors."""
    if expr.op in ("and", "or"):
        left_holds = condition(body, expr.left)
        if left_holds is None:
            return POISON
        if left_holds is (expr.op == "or"):
            return left_holds
        right_holds = condition(body, expr.right)
        return POISON if right_holds is None else right_holds
    left = evaluate(body, expr.left, place=place)
    if expr.op == "*" and isinstance(left, LayerValue):
        return repeated(body, expr, left)
    right = evaluate(body, expr.right, place=place)
    if isinstance(left, Poison) or isinstance(right, Poison):
        return POISON
    if expr.op in _TENSOR_SIGNS and LayerValue in (type(left), type(right)):
        from .misplaced import refuse_arithmetic

        return refuse_arithmetic(body, expr, left, right)
    if isinstance(left, TensorValue) or isinstance(right, TensorValue):
        return _tensor_arithmetic(body, expr, left, right, hint, place)
    return static(
        body,
        expr.span,
        lambda: statics.binary(expr.op, left, right),
        left,
        right,
        operation=expr.op,
    )


def _tensor_arithmetic(
    body: Body, expr: ast.Binary, left: Value, right: Value, hint: str, place: Place
) -> Value:
    tensors: list[TensorValue] = []
    numbers: list[Operand | None] = []
    spans: list[Span] = []
    for value, side in ((left, expr.left), (right, expr.right)):
        if isinstance(value, TensorValue):
            tensors.append(value)
            spans.append(side.span)
            numbers.append(None)
        else:
            if isinstance(value, list | tuple):
                body.expansion.step(side.span, body.trace, body.expansion.sizes.of(value)[0])
            try:
                numbers.append(OPERAND.convert(value))
            except ValueError as error:
                listed = isinstance(value, list | tuple)
                return body.fault(
                    Code.WRONG_TYPE,
                    f"`{expr.op}` works on tensors and numbers, and one side is {kind_of(value)}"
                    + (f": {error}" if listed else ""),
                    side.span,
                    "not numbers" if listed else "not a tensor or number",
                )
    if expr.op not in _TENSOR_SIGNS:
        return body.fault(
            Code.WRONG_TYPE,
            f"`{expr.op}` does not work on tensors",
            expr.op_span,
            "tensors are known only when the model runs",
            help=_LAYERS_OF_SIGNS.get(expr.op, ""),
        )
    op = arithmetic(expr.op, numbers[0], numbers[1])
    return apply_op(body, op, tensors, spans, place.unique(hint or snake(op.name)), expr.span)


_LAYERS_OF_SIGNS = {
    "==": "write `Equal(a, b)`",
    "!=": "write `NotEqual(a, b)`",
    "<": "write `Less(a, b)`",
    "<=": "write `LessEqual(a, b)`",
    ">": "write `Greater(a, b)`",
    ">=": "write `GreaterEqual(a, b)`",
    "//": "write `Floor(a / b)`",
}
"""The layers that do of tensors what a sign does of numbers; both sides are tensors."""

_TENSOR_SIGNS = frozenset(("+", "-", "*", "/", "**", "@"))
