"""Evaluates the arguments of a call: which are tensors, which are static."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Related
from ...dsl.diagnostics.suggest import correction, did_you_mean
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.paths import Place
from ..ops.base.op import Op, arguments
from .body import Body
from .evaluate import NO_WORDS, evaluate
from .quotes import bare_word
from .values import POISON, ArgValue, Bundle, LayerValue, Poison, TensorValue, Value, kind_of


@record
class Arguments:
    """The arguments of one call: the tensors in front, those given by name, and the rest.

    With an argument at fault nobody knows which were tensors, so the call is poison.
    """

    tensors: list[TensorValue | Poison]
    spans: list[Span]
    statics: list[ArgValue]
    named: list[ArgValue]

    @property
    def faulty(self) -> bool:
        """Whether a positional argument is at fault."""
        if self.tensors and POISON in self.tensors:
            return True
        return bool([arg for arg in self.statics if arg.value is POISON and arg.name is None])


def named_fit(body: Body, layer: LayerValue, named: Sequence[ArgValue]) -> bool:
    """Whether every tensor given by name is for a tensor parameter; reports those that are not."""
    known = _tensor_params(layer)
    fits = True
    for index, arg in enumerate(named):
        before = next((other for other in named[:index] if other.name == arg.name), None)
        if before is not None:
            fits = False
            body.fault(
                Code.EXTRA_ARGUMENT,
                f"`{arg.name}` of `{layer.name}` is given twice",
                arg.span,
                "given again",
                related=(Related("given here first", before.span),),
            )
        elif arg.value is POISON:
            fits = False
        elif arg.name not in known or not isinstance(arg.value, TensorValue):
            fits = False
            unknown_name = arg.name not in known
            if body.reported(Code.UNKNOWN_ARGUMENT if unknown_name else Code.WRONG_TYPE, arg.span):
                continue
            body.fault(
                Code.UNKNOWN_ARGUMENT if unknown_name else Code.WRONG_TYPE,
                f"`{layer.name}` has no tensor parameter `{arg.name}`"
                if unknown_name
                else f"`{arg.name}` takes one tensor, got {kind_of(arg.value)}",
                arg.span,
                "a tensor" if unknown_name else "not one tensor",
                help=(did_you_mean(arg.name or "", known) if unknown_name else "")
                or "give tensors in front, without names",
                fix=correction(arg.name_span, arg.name or "", known) if unknown_name else None,
            )
    return fits


def _tensor_params(layer: LayerValue) -> list[str]:
    """The names that tensors can be given by."""
    if layer.chain is not None:
        return _tensor_params(layer.chain.links[0].layer)
    if layer.defined is None:
        return [] if layer.op is None else list(layer.op.names_of_tensors())
    params = layer.defined.definition.params
    return [p.name.name for p in params if isinstance(p.type, ast.TensorTypeExpr)]


def in_order(
    layer: LayerValue,
    tensors: list[TensorValue | Poison],
    spans: list[Span],
    named: Sequence[ArgValue],
) -> tuple[LayerValue, list[TensorValue | Poison], list[Span]]:
    """The tensors of a call in the order of the signature, and the layer that knows which."""
    if not named:
        return layer, tensors, spans
    given = {arg.name: arg for arg in named}
    rest = list(zip(tensors, spans, strict=True))
    found: list[tuple[TensorValue | Poison, Span]] = []
    names: list[str] = []
    for name in _tensor_params(layer):
        if name in given:
            value = given[name].value
            assert isinstance(value, TensorValue)
            found.append((value, given[name].span))
            names.append(name)
        elif rest:
            found.append(rest.pop(0))
            names.append(name)
    found += rest
    return _knowing(layer, names), [value for value, _ in found], [span for _, span in found]


def _knowing(layer: LayerValue, names: Sequence[str]) -> LayerValue:
    """The layer, told which of its tensors it gets; of a chain, the first layer is told."""
    if layer.op is not None:
        return replace(layer, op=layer.op.with_tensors(tuple(names)))
    if layer.chain is not None:
        first, *rest = layer.chain.links
        told = replace(first, layer=_knowing(first.layer, names))
        return replace(layer, chain=replace(layer.chain, links=(told, *rest)))
    return layer


_NONE_DECLARED: Mapping[str, ast.Param] = {}


def evaluate_arguments(
    body: Body,
    args: Sequence[ast.Arg],
    cls: type | None,
    place: Place,
    params: Sequence[ast.Param] = (),
) -> Arguments:
    """Evaluates arguments; leading tensors (or lists of them) are inputs, the rest is static.

    `params` are the static parameters of a block, from the one that the first static argument is.
    """
    declared = {param.name.name: param for param in params} if params else _NONE_DECLARED
    known, words, names = _takes(cls)
    found = Arguments([], [], [], [])
    for arg in args:
        if arg.name is not None:
            name = arg.name.name
            accepted = words.get(name, NO_WORDS)
            value = _value(body, arg, place, accepted, declared.get(name))
            if name in names:
                if value is not None:
                    found.named.append(ArgValue(name, value, arg.span))
            elif type(value) is TensorValue or type(value) is Bundle:
                found.named.append(ArgValue(name, value, arg.span))
            else:
                found.statics.append(ArgValue(name, value, arg.span))
            continue
        position = len(found.statics)
        accepted = known[position] if position < len(known) else NO_WORDS
        param = params[position] if position < len(params) else None
        value = _value(body, arg, place, accepted, param)
        tensors = tensors_of(value)
        if tensors is None or (isinstance(value, Poison) and position):
            found.statics.append(ArgValue(None, value, arg.span))
        elif position:
            body.fault(
                Code.EXTRA_ARGUMENT,
                "tensors come before the other arguments",
                arg.span,
                "a tensor",
                help="put it first",
            )
            found.tensors.append(POISON)
            found.spans.append(arg.span)
        else:
            found.tensors.extend(tensors)
            found.spans.extend([arg.value.span] * len(tensors))
    return found


@lru_cache(maxsize=1024)
def _takes(
    cls: type | None,
) -> tuple[Sequence[frozenset[str]], Mapping[str, frozenset[str]], Sequence[str]]:
    """The words that arguments of a class accept, by place and by name; its tensors' names."""
    if cls is None:
        return (), {}, ()
    words = {argument.name: argument.kind.words for argument in arguments(cls).values()}
    return tuple(words.values()), words, cls.tensor_names if issubclass(cls, Op) else ()


def _value(
    body: Body, arg: ast.Arg, place: Place, words: frozenset[str], param: ast.Param | None
) -> Value:
    if param is not None:
        refused = bare_word(body, arg.value, param, arg.span)
        if refused is not None:
            return refused
    return evaluate(body, arg.value, place=place, words=words)


_SCALARS = frozenset((int, float, bool, str, type(None)))


def tensors_of(value: Value) -> list[TensorValue | Poison] | None:
    """The tensors of a tensor, of several results, or of a list of them; None for anything else."""
    if type(value) in _SCALARS:
        return None
    if isinstance(value, TensorValue):
        return [value]
    if isinstance(value, Poison):
        return [value]
    items = value.items if isinstance(value, Bundle) else value
    if isinstance(items, list | tuple) and items and isinstance(items[0], TensorValue | Poison):
        found = [item for item in items if isinstance(item, TensorValue | Poison)]
        return found if len(found) == len(items) else None
    return None
