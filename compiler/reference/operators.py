"""The reference of operators: docs/operators.md, and what `netc ops Conv2D` prints."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from ..ir.infer import infer
from ..ops.activation.activations import ACTIVATION_CLASSES
from ..ops.base.declare import Argument
from ..ops.base.kinds import Word, show
from ..ops.base.op import Example, Input, Op, arguments, construct
from ..ops.base.source import SourceOp
from ..ops.table import ALIASES, CONSTANTS, OPS
from ..shapes.dims import Sym, symbol
from ..shapes.types import TensorType, show_shape
from .made_by import MADE_BY

FAMILIES = {
    "axes": "Shape",
    "casts": "Functions of elements",
    "dense": "Dense and friends",
    "dropout": "Dense and friends",
    "embedding": "Dense and friends",
    "bidirectional": "Recurrent",
    "borders": "Shape",
    "constant_masks": "Constants",
    "conv": "Convolutions",
    "conv_lstm": "Recurrent",
    "conv_transpose": "Convolutions",
    "depthwise": "Convolutions",
    "separable": "Convolutions",
    "adaptive": "Pooling",
    "global_pooling": "Pooling",
    "pooling": "Pooling",
    "normalization": "Normalization",
    "group_normalization": "Normalization",
    "logic": "Comparison and logic",
    "lookup": "Searching and indexing",
    "lrn": "Normalization",
    "merge": "Merging",
    "dot": "Merging",
    "rotary": "Positions",
    "score_attention": "Attention",
    "reshape": "Shape",
    "noise": "Noise and dropout",
    "prelu": "Activations",
    "reductions": "Reductions",
    "resizing": "Preprocessing",
    "spatial": "Shape",
    "unary": "Functions of elements",
    "unit_normalization": "Normalization",
    "upsampling": "Shape",
}
"""Headings for the files whose name does not say it well enough."""


def family(cls: type[Op]) -> str:
    """The heading an operator stands under: that of its file."""
    module = cls.__module__.rpartition(".")[2]
    if module in FAMILIES:
        return FAMILIES[module]
    if cls in ACTIVATION_CLASSES or cls.__name__ == "Activation":
        return "Activations"
    return module.replace("_", " ").capitalize()


def families() -> list[tuple[str, list[type[Op]]]]:
    """All operators by family, both in alphabetical order."""
    found: dict[str, list[type[Op]]] = {}
    known = {**OPS, **CONSTANTS}
    for name in sorted(known, key=str.lower):
        found.setdefault(family(known[name]), []).append(known[name])
    return sorted(found.items())


def signature(cls: type[Op]) -> str:
    """`Conv2D(filters, kernel_size, strides=1, …)` as a `.net` file writes it."""
    parts = [
        argument.name if argument.required else f"{argument.name}={default_text(argument)}"
        for argument in arguments(cls).values()
    ]
    return f"{cls.__name__}({', '.join(parts)})"


def default_text(argument: Argument) -> str:
    """An argument's default as a `.net` file writes it."""
    default = argument.default
    while isinstance(default, tuple) and len(set(default)) == 1 and len(default) > 1:
        default = default[0]
    if isinstance(default, str) and default in argument.kind.words:
        return default
    for word in sorted(argument.kind.words):
        try:
            if argument.kind.convert(Word(word)) == default:
                return word
        except ValueError:
            continue
    if hasattr(default, "__dataclass_fields__"):
        return f"{type(default).__name__}()"
    return show(default)


def description(cls: type[Op]) -> str:
    """The operator's own documentation."""
    return inspect.cleandoc(cls.__doc__ or "")


def examples(cls: type[Op], limit: int = 4) -> Iterator[tuple[str, str, int]]:
    """Worked examples: the call with its input, the output's shape, the number of parameters."""
    for example in cls.examples[:limit]:
        op = construct(cls, example.args)
        if example.tensors:
            op = op.with_tensors(example.tensors)
        own = issubclass(cls, SourceOp)
        types = () if own else tuple(_type(given) for given in example.inputs)
        inferred = infer(op, types)
        shapes = [show_shape(type.shape) for type in types]
        if example.tensors:
            named = zip(example.tensors, shapes, strict=True)
            shapes = [f"{name}: {shape}" for name, shape in named]
        inputs = ", ".join(shapes)
        outputs = ", ".join(show_shape(type.shape) for type in inferred.outputs)
        head = inputs if len(types) == 1 else f"({inputs})"
        params = sum(weight.size for weight in inferred.weights)
        yield _call(cls, example) if own else f"{head} -> {_call(cls, example)}", outputs, params


def _type(given: Input) -> TensorType:
    shape = tuple(symbol(d) if isinstance(d, str) else d for d in given.shape)
    return TensorType(given.dtype, shape)


def _call(cls: type[Op], example: Example) -> str:
    known = arguments(cls)
    parts = []
    for name, value in example.args.items():
        word = isinstance(value, str) and value in known[name].kind.words
        parts.append(f"{name}={value if word else _show(value)}")
    return f"{cls.__name__}({', '.join(parts)})" if parts else cls.__name__


def _show(value: object) -> str:
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, Sym):
        return f"{type(value).__name__}(…)"
    return show(value)


def render_op(cls: type[Op]) -> str:
    """One operator's reference as plain text."""
    lines = [signature(cls), "", description(cls), ""]
    table = arguments(cls)
    if table:
        width = max(map(len, table))
        lines.append("Arguments")
        for argument in table.values():
            default = "" if argument.required else f"; default {default_text(argument)}"
            lines.append(
                f"  {argument.name:{width}}  {argument.doc} ({argument.kind.text}{default})"
            )
        lines.append("")
    least, most = cls.arity
    if most != 0:
        lines.append(f"Tensors   {least if least == most else f'{least} or more'}; {_takes(cls)}")
    if cls.tensor_names:
        lines.append(f"By name   {_tensor_names(cls)}")
    aliases = sorted(name for name, other in ALIASES.items() if other is cls)
    if aliases:
        lines.append(f"Also      {', '.join(aliases)}")
    lines.append("Examples")
    for call, shape, params in examples(cls):
        lines.append(f"  {call}  gives {shape}, {params:,} params")
    return "\n".join(lines) + "\n"


def _tensor_names(cls: type[Op], mark: str = "") -> str:
    """The names of an operator's tensors, and which of them can be left out."""
    names = [f"{mark}{name}{mark}" for name in cls.tensor_names]
    least = cls.arity[0]
    always, more = names[:least], names[least:]
    return ", ".join(always) + (f"; {', '.join(more)} can be left out" if more else "")


def _takes(cls: type[Op]) -> str:
    rank = cls.rank
    ranks = "any rank" if rank is None else f"rank {rank if isinstance(rank, int) else rank[0]}"
    if isinstance(rank, tuple):
        ranks += f" to {rank[1]}"
    return f"{ranks}, {', '.join(cls.dtypes) if len(cls.dtypes) < 9 else 'any dtype'}"


def operators_markdown() -> str:
    """docs/operators.md."""
    lines = [
        "# Operator reference",
        "",
        "Every layer of the language. `netc ops NAME` prints one of these in the terminal.",
        "",
        f"{MADE_BY} the operator table; do not edit it.",
        "",
    ]
    for heading, classes in families():
        names = ", ".join(f"[{cls.__name__}](#{cls.__name__.lower()})" for cls in classes)
        lines.append(f"- **{heading}**: {names}")
    for heading, classes in families():
        lines += ["", f"## {heading}"]
        for cls in classes:
            lines += ["", *_op_markdown(cls)]
    return "\n".join(lines) + "\n"


def _op_markdown(cls: type[Op]) -> list[str]:
    lines = [f"### {cls.__name__}", "", f"`{signature(cls)}`", "", description(cls), ""]
    if arguments(cls):
        lines += ["| argument | takes | default | |", "|---|---|---|---|"]
        for argument in arguments(cls).values():
            default = "required" if argument.required else f"`{default_text(argument)}`"
            text = argument.kind.text.replace("|", "\\|")
            lines.append(f"| `{argument.name}` | {text} | {default} | {argument.doc} |")
        lines.append("")
    if cls.tensor_names:
        lines += [f"Tensors by name: {_tensor_names(cls, '`')}.", ""]
    lines += ["| example | output | params |", "|---|---|--:|"]
    lines += [f"| `{call}` | `{shape}` | {params:,} |" for call, shape, params in examples(cls)]
    return lines
