"""Makes layers from their arguments and applies them; turns an operator's refusal into a report."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar, cast

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.text.source import Span
from ..ir.graph import Node, Ref
from ..ir.history import differing, setting, shrinking
from ..ir.infer import apply
from ..ir.paths import Spot
from ..link.foreign import Use, meant, overfull, recalled
from ..ops.activation.activations import Activation
from ..ops.base.op import Op, Refusal, arguments, construct
from ..shapes.types import show_shape
from .body import STEPS_AN_OBJECT, Body
from .shared_objects import OBJECTS, keep_object
from .values import POISON, ArgValue, Bundle, LayerValue, Poison, TensorValue, Value
from .work import SCANNED

T = TypeVar("T")


def make_object(
    body: Body, cls: type[T], args: Sequence[ArgValue], span: Span, *, once: bool = False
) -> T | Poison:
    """An operator, initializer or regularizer from its arguments; poison where they are wrong.

    `once` says that equal argument values give an equal object, so that it is made once.
    """
    objects = body.expansion.objects
    key = _key(cls, args) if once else None
    # The class is in the key.
    known = cast("T | None", objects.get(key)) if key is not None else None
    named = _by_name(body, cls, args, span) if known is None else {}
    if named is None:
        return POISON
    for arg in args:
        if arg.value is POISON:
            return POISON
        if isinstance(arg.value, list | tuple):
            # Each item is converted.
            body.expansion.step(span, body.trace, body.expansion.sizes.of(arg.value)[0] // 2)
    if known is not None:
        return known
    try:
        made = cast("T | None", OBJECTS.get(key)) if key is not None else None
        if made is None:
            made = construct(cls, {name: _plain(arg.value) for name, arg in named.items()})
            if key is not None:
                keep_object(key, [arg.value for arg in args], made)
    except Refusal as fault:
        spans = {name: arg.span for name, arg in named.items()}
        if body.reported(fault.code, spans.get(fault.argument, span)):
            return POISON
        from .meant import meant_argument  # What only faults need is loaded for them.

        meant, fix = meant_argument(cls, fault, named, span)
        report_refusal(body, fault, span, (), (), spans, meant, fix)
        return POISON
    body.expansion.step(span, body.trace, STEPS_AN_OBJECT)
    if key is not None:
        objects[key] = made
    return made


def make_op(body: Body, cls: type[Op], args: Sequence[ArgValue], span: Span) -> LayerValue | Poison:
    """A layer that waits for its tensors."""
    made = make_object(body, cls, args, span, once=True)
    return LayerValue(made, None, tuple(args), span) if isinstance(made, Op) else POISON


def _by_name(
    body: Body, cls: type, args: Sequence[ArgValue], span: Span
) -> dict[str, ArgValue] | None:
    known = list(arguments(cls))
    named: dict[str, ArgValue] = {}
    faulty = False
    for position, arg in enumerate(args):
        if arg.name is None and position >= len(known):
            faulty = True
            body.fault(
                Code.EXTRA_ARGUMENT,
                f"`{cls.__name__}` takes at most {len(known)} argument"
                f"{'s' * (len(known) != 1)} besides its tensors, got {len(args)}",
                arg.span,
                "one too many",
                help=overfull(cls.__name__),
                fix=_dense(span) if cls.__name__ == "Linear" else None,
            )
            break
        name = arg.name if arg.name is not None else known[position]
        if name not in known:
            faulty = True
            if body.reported(Code.UNKNOWN_ARGUMENT, arg.span):
                continue
            help, fix = meant(Use.ARGUMENT, arg.name_span, name, known)
            body.fault(
                Code.UNKNOWN_ARGUMENT,
                f"`{cls.__name__}` has no argument `{name}`",
                arg.span,
                "unknown argument",
                help=help,
                fix=fix,
            )
        elif name in named:
            faulty = True
            body.fault(
                Code.EXTRA_ARGUMENT,
                f"`{name}` of `{cls.__name__}` is given twice",
                arg.span,
                "given again",
                related=(Related("given here first", named[name].span),),
            )
        else:
            named[name] = arg
    return None if faulty else named


def _dense(call: Span) -> Fix | None:
    """The edit of PyTorch's `Linear(10)`, or `Linear(64, 10)`, to `Dense(10)`."""
    name = "Linear"
    if not call.text.startswith(name):
        return None
    return recalled(Span(call.source, call.start, call.start + len(name)), "Dense", (-1,))


def _plain(value: Value) -> object:
    """A value as argument kinds see it: a bare layer is its operator, unless it shares weights."""
    if isinstance(value, LayerValue):
        shares = value.shared is not None and not isinstance(value.op, Activation)
        return value if value.op is None or shares else value.op
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple([_plain(item) for item in value])
    return value


def _key(cls: type, args: Sequence[ArgValue]) -> Hashable:
    """What equal calls of a class have in common; None where a call has no equals."""
    parts: list[object] = [cls]
    for arg in args:
        parts.append(arg.name)
        value = _plain(arg.value)
        parts.append(_types(value) if isinstance(value, tuple) else type(value))
        parts.append(value)
    key = tuple(parts)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _types(values: tuple[object, ...]) -> Hashable:
    """The types of values, since `(1, 1)` equals `(1, true)`."""
    return tuple([_types(one) if isinstance(one, tuple) else type(one) for one in values])


def apply_op(
    body: Body,
    op: Op,
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    spot: Spot,
    span: Span,
    args: Sequence[ArgValue] = (),
) -> Value:
    """Adds a node that applies an operator; `operands` is where each tensor was written."""
    expansion = body.expansion
    graph = expansion.graph
    expansion.room(1, span, body.trace)
    # Types are compared by their axes, and every input has one.
    axes = sum([len(tensor.type.shape) for tensor in tensors])
    if axes > SCANNED:
        expansion.step(span, body.trace, axes // 4)
    try:
        node = apply(
            graph,
            op,
            tuple([tensor.ref for tensor in tensors]),
            path=spot.path,
            layer=spot.layer,
            span=span,
            trace=body.trace,
        )
    except Refusal as fault:
        known = list(arguments(type(op)))
        spans = {arg.name or known[i]: arg.span for i, arg in enumerate(args) if i < len(known)}
        from .helps import constant_help

        help = constant_help(graph, fault, tensors)
        return report_refusal(body, fault, span, tensors, operands, spans, help, op=op)
    if node.weights and not _same_weights(body, node, span):
        return POISON
    return results(node, span)


def results(node: Node, span: Span) -> Value:
    """The value(s) a node makes."""
    if len(node.outputs) == 1:
        return TensorValue(Ref(node.path), node.outputs[0], span)
    values = tuple(TensorValue(Ref(node.path, i), t, span) for i, t in enumerate(node.outputs))
    return Bundle(values, span)


def _same_weights(body: Body, node: Node, span: Span) -> bool:
    first, where = body.expansion.shared.setdefault(node.layer, (node.weights, span))
    if first is node.weights or first == node.weights:
        return True
    pairs = zip(first, node.weights, strict=False)
    mine, other = next(((b, a) for a, b in pairs if a != b), (node.weights[0], first[0]))
    body.fault(
        Code.SHARED_WEIGHTS,
        f"the shared layer `{node.layer}` has a `{other.name}` of shape {show_shape(other.shape)}, "
        f"and this use needs {show_shape(mine.shape)}",
        span,
        f"needs {show_shape(mine.shape)}",
        related=(Related(f"first used here with {show_shape(other.shape)}", where),),
        help="give it tensors of one shape, or make two layers",
    )
    return False


def report_refusal(
    body: Body,
    fault: Refusal,
    span: Span,
    tensors: Sequence[TensorValue],
    operands: Sequence[Span],
    args: dict[str, Span],
    help: str = "",
    fix: Fix | None = None,
    op: Op | None = None,
) -> Poison:
    """Reports an operator's refusal: at the argument, the operand or the whole layer.

    Where `op` refuses its tensors, rules look for the cause of that first.
    """
    at_fault = [i for i in fault.inputs if i < len(tensors)]
    texts = {i: _shown(fault, tensors[i]) for i in at_fault}
    primary, label, named = span, "", set[int]()
    if fault.argument in args:
        primary, label = args[fault.argument], "this argument"
    elif len(at_fault) > 1 and not span.within(operands[at_fault[-1]]):
        about = at_fault[-1]
        primary, label, named = operands[about], texts[about], {about}
    elif at_fault:
        label = f"gets {' and '.join(texts.values())}"
        # One shape under the layer needs no second label in front of it.
        named = set(at_fault) if len(at_fault) == 1 else set()
    if body.reported(fault.code, primary):
        return POISON
    related: list[Related] = []
    for index in at_fault:
        tensor, operand = tensors[index], operands[index]
        if index not in named and operand != primary:
            related.append(Related(texts[index], operand))
        variable = body.set_at.get(operand.text)
        if variable is not None and not tensor.span.within(variable):
            related.append(Related(f"`{operand.text}` is set here", variable))
        if tensor.span not in (operand, primary):
            related.append(made_here(body, tensor, texts[index]))
        elif index in named and operand != primary:
            related.append(Related(texts[index], operand))
    graph = body.expansion.graph
    history: list[Related] = []
    if fault.code is Code.EMPTY_DIM and len(at_fault) == 1:
        history = shrinking(graph, tensors[at_fault[0]].ref)
    elif fault.code in (Code.BROADCAST, Code.SHAPE):
        refs = [tensors[i].ref for i in at_fault]
        axes = differing([graph.type(ref).shape for ref in refs])
        for ref in refs:
            history += setting(graph, ref, axes, len(body.calls) - 1)
    seen = {primary, *(one.span for one in related)}
    for one in history:
        if one.span not in seen:
            seen.add(one.span)
            related.append(one)
    places = tuple(dict.fromkeys(related))
    if op is not None and not help:
        from .causes import Misfit, report_layer

        misfit = Misfit(fault.code, fault.message, primary, label, places, fault.help)
        return report_layer(body, op, fault, misfit, tensors, operands, span, args)
    return body.fault(
        fault.code,
        fault.message,
        primary,
        label,
        related=places,
        help=help or fault.help,
        fix=fix,
    )


def _shown(fault: Refusal, tensor: TensorValue) -> str:
    return str(tensor.type) if fault.code is Code.DTYPE else show_shape(tensor.type.shape)


def made_here(body: Body, tensor: TensorValue, text: str) -> Related:
    """The place a tensor comes from: where a layer makes it or a net declares it."""
    declared = body.expansion.graph.node(tensor.ref.node).op is None
    return Related(f"{text} is {'declared' if declared else 'made'} here", tensor.span)
