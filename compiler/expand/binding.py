"""Binds a call to a signature, and what is returned to the results it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.builtins import STATIC_TYPES
from ..link.foreign import Use, meant
from ..link.lacking import as_called
from ..shapes.dims import Sym
from .body import Body
from .evaluate import evaluate
from .quotes import bare_word
from .signature import DimScope, fit
from .values import POISON, ArgValue, Bundle, LayerValue, Poison, TensorValue, Value, kind_of


def static_argument(
    body: Body, param: ast.Param, value: Value, span: Span, *, caller: Body | None = None
) -> Value:
    """A value for a static parameter, checked against its declared type; poison if it is wrong."""
    declared = param.type
    assert isinstance(declared, ast.StaticTypeExpr)
    if isinstance(value, Poison):
        return POISON
    unknown = _unknown_type(declared)
    if unknown is not None:
        return body.fault(
            Code.BAD_SIGNATURE,
            f"there is no type `{unknown.name}`",
            unknown.span,
            "not a type",
            help=did_you_mean(unknown.name, STATIC_TYPES)
            or f"types are {', '.join(STATIC_TYPES)} and tensors such as float32[N, 10]",
        )
    if isinstance(value, list | tuple):
        body.expansion.step(span, body.trace, body.expansion.sizes.of(value)[0])
    fitted = _fitted(declared, value)
    if fitted is not POISON:
        return fitted
    return (caller or body).fault(
        Code.WRONG_TYPE,
        f"`{param.name.name}` is {_article(declared)}, got {kind_of(value)}",
        span,
        "wrong type",
        related=(Related("declared here", param.span),) if param.span != span else (),
    )


def default_value(body: Body, param: ast.Param, default: ast.Expr) -> Value:
    """The value of a static parameter that is not given; poison if its default is wrong."""
    refused = bare_word(body, default, param, default.span)
    if refused is not None:
        return refused
    return static_argument(body, param, evaluate(body, default), default.span)


def _unknown_type(declared: ast.StaticTypeExpr) -> ast.Ident | None:
    """The name in a declared type, or in that of its items, that is no type."""
    if declared.name.name not in STATIC_TYPES:
        return declared.name
    return _unknown_type(declared.item) if declared.item is not None else None


def _article(declared: ast.StaticTypeExpr) -> str:
    text = declared.span.text
    return f"an {text}" if text[0] in "aeiou" else f"a {text}"


def _fitted(declared: ast.StaticTypeExpr, value: Value) -> Value:
    """The value as the declared type holds it, or poison."""
    name = declared.name.name
    whole = isinstance(value, int | Sym) and not isinstance(value, bool)
    if name == "int":
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value if whole else POISON
    if name == "float":
        if isinstance(value, int) and whole:
            return float(value)
        return value if isinstance(value, float) else POISON
    if name == "bool":
        return value if isinstance(value, bool) else POISON
    if name == "string":
        return value if isinstance(value, str) else POISON
    if name == "layer":
        return value if isinstance(value, LayerValue) or value is None else POISON
    if isinstance(value, list | tuple):
        if declared.item is None:
            return list(value)
        items = [_fitted(declared.item, item) for item in value]
        return POISON if POISON in items else items
    return POISON


def bind_static(
    body: Body, caller: Body, definition: ast.Definition, args: Sequence[ArgValue], call: Span
) -> bool:
    """Binds static arguments by position and name into a callee's names; False where one fails."""
    params = [p for p in definition.params if isinstance(p.type, ast.StaticTypeExpr)]
    given: dict[str, ArgValue] = {}
    ok = True
    who = definition.name.name
    declared_at = (Related("declared here", definition.head_span),)
    position = -1
    for arg in args:
        position += arg.name is None
        if arg.name is None and position >= len(params):
            ok = False
            caller.fault(
                Code.EXTRA_ARGUMENT,
                f"`{who}` takes {len(params)} static argument{'s' * (len(params) != 1)}, "
                f"got {len(args)}",
                arg.span,
                "one too many",
                related=declared_at,
            )
            break
        name = arg.name if arg.name is not None else params[position].name.name
        if name not in {p.name.name for p in params}:
            ok = False
            if caller.reported(Code.UNKNOWN_ARGUMENT, arg.span):
                continue
            named = Span(arg.span.source, arg.span.start, arg.span.start + len(name))
            known = [p.name.name for p in definition.params]
            help, fix = meant(Use.ARGUMENT, named, name, known)
            caller.fault(
                Code.UNKNOWN_ARGUMENT,
                f"`{who}` has no argument `{name}`",
                arg.span,
                "unknown argument",
                related=declared_at,
                help=help,
                fix=fix,
            )
        elif name in given:
            ok = False
            caller.fault(
                Code.EXTRA_ARGUMENT,
                f"`{name}` of `{who}` is given twice",
                arg.span,
                "given again",
                related=(Related("given here first", given[name].span),),
            )
        else:
            given[name] = arg
    for param in params:
        name = param.name.name
        value: Value = POISON
        if name in given:
            arg = given[name]
            value = static_argument(body, param, arg.value, arg.span, caller=caller)
        elif param.default is not None:
            value = default_value(body, param, param.default)
        elif ok:
            caller.fault(
                Code.MISSING_ARGUMENT,
                f"`{who}` needs `{name}`",
                call,
                f"`{name}` is missing",
                related=(Related("declared here", param.span),),
                help=_given(who, params, given, call),
            )
        ok = ok and not isinstance(value, Poison)
        body.env[name] = value
    return ok


def _results(declared: Sequence[ast.Result], returned: int) -> str:
    """How as many results are returned as are declared, or declared as are returned."""
    names = [one.name.name if one.name is not None else "…" for one in declared]
    if returned < len(declared):
        return f"return one value for each: `return {', '.join(names)}`"
    more = ", ".join([*(one.span.text for one in declared), *["[…]"] * (returned - len(declared))])
    return f"declare them all, `-> ({more})`, or return {len(declared)}"


def _given(who: str, params: Sequence[ast.Param], given: Mapping[str, ArgValue], call: Span) -> str:
    """The help for a block's call without required arguments: the call with their names."""
    lacking = [
        f"{param.name.name}=…"
        for param in params
        if param.name.name not in given and param.default is None
    ]
    positional = [arg.span for arg in given.values() if arg.name is None]
    own = all(call.start <= span.start and span.end <= call.end for span in positional)
    written = as_called(call, lacking, positional) if own and call.text.startswith(who) else ""
    more = ", ".join(lacking)
    return f"give it: `{written or f'{who}({more})'}`"


def bind_tensors(
    body: Body,
    caller: Body,
    definition: ast.Definition,
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    call: Span,
) -> bool:
    """Binds tensors to the tensor parameters of a callee and their sizes; False on a misfit."""
    params = [p for p in definition.params if isinstance(p.type, ast.TensorTypeExpr)]
    who = definition.name.name
    if len(params) != len(tensors):
        wanted = "one tensor" if len(params) == 1 else f"{len(params)} tensors"
        caller.fault(
            Code.INPUT_COUNT,
            f"`{who}` takes {wanted}, got {len(tensors)}",
            call,
            f"gets {len(tensors)}",
            related=(Related("declared here", definition.head_span),),
        )
        return False
    scope = DimScope(body.env, {}, body.module.constants)
    for param, tensor, operand in zip(params, tensors, operands, strict=True):
        assert isinstance(param.type, ast.TensorTypeExpr)
        known = len(body.env)
        mismatch = fit(
            param.type,
            tensor.type,
            f"`{param.name.name}`",
            scope,
            lambda expr: evaluate(body, expr),
        )
        if mismatch is not None:
            if caller.reported(Code.SIGNATURE, call):
                return False
            from .promises import report_input

            report_input(body, caller, definition, param, tensor, (operand, call), mismatch, known)
            return False
        body.env[param.name.name] = tensor
    return True


def check_results(
    body: Body, definition: ast.Definition, value: Value, written: Sequence[Span]
) -> Value:
    """Checks what a body returns against its declared results; poison where it does not fit.

    `written` is where each returned value stands in the text.
    """
    if isinstance(value, Poison):
        return POISON
    items = list(value.items) if isinstance(value, Bundle) else [value]
    spans = list(written) if len(written) == len(items) else [written[0]] * len(items)
    for item, span in zip(items, spans, strict=True):
        if isinstance(item, Poison):
            return POISON
        if not isinstance(item, TensorValue):
            from .as_block import applied_help

            listed = isinstance(item, list | tuple) and any(
                isinstance(v, TensorValue) for v in item
            )
            constant = definition.kind == "net" and not isinstance(item, LayerValue) and not listed
            return body.fault(
                Code.CONSTANT_OUTPUT if constant else Code.WRONG_TYPE,
                f"`{definition.name.name}` must return tensors, got {kind_of(item)}",
                span,
                "depends on no input" if constant else "not a tensor",
                help="return several as `return a, b`, without brackets"
                if listed
                else applied_help(definition, span, item),
            )
    declared = definition.results
    if declared is None:
        return value
    if len(declared) != len(items):
        return body.fault(
            Code.RESULT_COUNT,
            f"`{definition.name.name}` declares {len(declared)} result"
            f"{'s' * (len(declared) != 1)} and returns {len(items)}",
            spans[0],
            f"returns {len(items)}",
            related=(Related("declared here", declared[0].span.to(declared[-1].span)),),
            help=_results(declared, len(items)),
        )
    scope = DimScope(body.env, {}, body.module.constants)
    for result, item, span in zip(declared, items, spans, strict=True):
        assert isinstance(item, TensorValue)
        who = f"`{result.name.name}`" if result.name is not None else "the result"
        known = len(body.env)
        mismatch = fit(result.type, item.type, who, scope, lambda expr: evaluate(body, expr))
        if mismatch is not None:
            if body.reported(Code.SIGNATURE, span):
                return POISON
            from .promises import report_result

            return report_result(body, definition, result.type, item, span, mismatch, known)
    return value
