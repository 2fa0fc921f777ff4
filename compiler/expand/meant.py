"""What was meant by the value of an argument that takes none such."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.diagnostics.edits import together
from ...dsl.diagnostics.suggest import correction, did_you_mean, nearest
from ...dsl.text.source import Span
from ..link.foreign_words import WORDS
from ..link.lacking import with_arguments
from ..ops.base.kinds import Word, show
from ..ops.base.op import Refusal, arguments
from ..ops.table import OPS
from .values import ArgValue, LayerValue


def meant_argument(
    cls: type, fault: Refusal, named: dict[str, ArgValue], call: Span
) -> tuple[str, Fix | None]:
    """What was meant by a value that an argument refuses, and the edit that writes it.

    Where a required argument is missing from the `call`, the call with a usual value of it.
    """
    if fault.argument not in named:
        if fault.code is not Code.MISSING_ARGUMENT:
            return "", None
        lacking = [a.name for a in arguments(cls).values() if a.required and a.name not in named]
        positional = [arg.span for arg in named.values() if arg.name is None]
        return with_arguments(cls, lacking, call, positional) if lacking else "", None
    arg = named[fault.argument]
    if isinstance(arg.value, LayerValue) and arg.value.chain is not None:
        from .as_block import outside_help

        return outside_help(cls, arg, arg.value.chain, named), None
    turned = _in_and_out(cls, fault.argument, named)
    if turned is not None:
        return turned
    if isinstance(arg.value, list | tuple):
        return _of_rank(cls, fault.argument, arg, arg.value)
    kind = arguments(cls)[fault.argument].kind
    words = sorted(kind.words)
    text = arg.value.text if isinstance(arg.value, Word) else arg.value
    if fault.argument == "padding" and words and isinstance(text, int) and text > 0:
        return _padding_in_cells(cls.__name__, text), _same_padding(arg.span, text, named)
    number = _number(cls.__name__, fault, arg)
    if number is not None:
        return number
    if not isinstance(text, str) or not words or text in words:
        return "", None
    other = arguments(cls).get(text)
    if other is not None and other.default is False and isinstance(arg.value, Word):
        written = f"{text}=true"
        return f"write `{written}`", Fix(value_of_argument(arg), written) if not arg.name else None
    if WORDS.get(text) in kind.words:
        at = arg.span.start + arg.span.text.rfind(text)
        span = Span(arg.span.source, at, at + len(text))
        return f"write `{WORDS[text]}`", Fix(span, WORDS[text]) if span.text == text else None
    listed = [word for word in words if re.search(rf"\b{word}\b", kind.text)]
    if len(listed) > 1:
        words = listed
        if not nearest(text, words):
            return "", None
    return did_you_mean(text, words), correction(arg.span, text, words)


_SHARES = ("rate", "validation_split", "test_split")
"""Arguments from 0 to 1 that others count in percent."""


def _number(layer: str, fault: Refusal, arg: ArgValue) -> tuple[str, Fix | None] | None:
    """The help for a number in quotes, in percent or in degrees; None for anything else."""
    at = value_of_argument(arg)
    if isinstance(arg.value, str):
        return in_quotes(at) if fault.code is Code.WRONG_TYPE else None
    value = arg.value
    if isinstance(value, float) and fault.code is Code.WRONG_TYPE and at.text.count("/") == 1:
        text = re.sub(r"\s*/\s*", " // ", at.text)
        return f"whole numbers are divided by `//`: `{text}`", None
    if fault.code is not Code.BAD_VALUE or not isinstance(value, int | float):
        return None
    if fault.argument in _SHARES and 1 < value <= 100:
        text = f"{value / 100:g}"
        return f"write `{text}`: the share of 1, not of 100", Fix(at, text, unsafe=True)
    if layer == "RandomRotation" and fault.argument == "factor" and 1 < abs(value) <= 360:
        text = f"{value:g} / 360"
        return f"write `{text}`: a whole turn is 1", Fix(at, text, unsafe=True)
    return None


def in_quotes(value: Span) -> tuple[str, Fix | None] | None:
    """The help for a number that is written as a string; None where a string holds none."""
    plain = re.fullmatch(r"\"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\"", value.text)
    if plain is None:
        return None
    return f"write `{plain[1]}`: numbers have no quotes", Fix(value, plain[1])


def value_of_argument(arg: ArgValue) -> Span:
    """Where the value of an argument is written."""
    start = arg.span.start
    if arg.name is not None:
        start += len(arg.span.text) - len(arg.span.text.partition("=")[2].lstrip())
    return Span(arg.span.source, start, arg.span.end)


def _of_rank(
    cls: type, argument: str, arg: ArgValue, values: Sequence[object]
) -> tuple[str, Fix | None]:
    """The help for numbers of as many axes as another rank's layer has: (3, 3, 3) of `Conv2D`.

    What stands for batch and channels is left out: (1, 2, 2, 1), as in TensorFlow, and (5, 5, 3).
    """
    digit = re.search(r"([1-3])D", cls.__name__)
    if digit is None or len(values) == int(digit[1]) or not all(map(_is_int, values)):
        return "", None
    rank, sibling = int(digit[1]), cls.__name__.replace(digit[0], f"{len(values)}D")
    takes = f"`{sibling}` takes {len(values)}" if sibling in OPS else ""
    if len(set(values)) == 1:
        values = [values[0]] * rank
    elif len(values) == rank + 2 and values[0] == values[-1] == 1:
        values = values[1:-1]
    elif len(values) == rank + 1 and argument == "kernel_size":
        values = values[:rank]
    else:
        return takes, None
    text = show(tuple(values)) if rank > 1 else show(values[0])
    fix = Fix(value_of_argument(arg), text)
    return f"write `{text}`" + (f"; {takes}" if takes else ""), fix


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _same_padding(span: Span, cells: int, named: Mapping[str, ArgValue]) -> Fix | None:
    """The edit to `padding=same`, where the kernel is so wide that it is that."""
    if "kernel_size" not in named or "strides" in named or "dilation_rate" in named:
        return None
    kernel = named["kernel_size"].value
    sizes = kernel if isinstance(kernel, list | tuple) else (kernel,)
    at = span.text.rfind(str(cells))
    if at < 0 or any(size != 2 * cells + 1 for size in sizes):
        return None
    start = span.start + at
    return Fix(Span(span.source, start, start + len(str(cells))), "same")


def _padding_in_cells(name: str, cells: int) -> str:
    """What stands for a number of cells as the padding of a convolution."""
    axes = name.removesuffix("Transpose")[-2:]
    around = f"put `ZeroPadding{axes}({cells})` before it"
    if name.endswith("Transpose"):
        return f"leave it out and put `Cropping{axes}({cells})` behind the layer"
    if name.startswith("ConvLSTM"):
        around = f"put `TimeDistributed(ZeroPadding{axes}({cells}))` before it"
    return (
        f"padding={cells} is `same` where strides are 1 and the kernel {2 * cells + 1} wide; "
        f"else leave it out and {around}"
    )


def _in_and_out(
    cls: type, argument: str, named: Mapping[str, ArgValue]
) -> tuple[str, Fix | None] | None:
    """The help for numbers in PyTorch's order: (in, out), or (in, out, kernel, stride)."""
    order = list(arguments(cls))[:4]
    written = [named[name] for name in order if name in named and named[name].name is None]
    values = [arg.value for arg in written]
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return None
    if order[:2] == ["units", "activation"] and argument == "activation" and len(written) >= 2:
        out = written[1].span.text
        return _turned(cls, "in, out", written[:2], out, "", [])
    if order != ["filters", "kernel_size", "strides", "padding"] or argument != "padding":
        return None
    cells = named["padding"]
    if len(written) == 4:
        _, out, kernel, stride = (arg.span.text for arg in written)
        strides = f", strides={stride}" if stride != "1" else ""
        return _turned(cls, "in, out, kernel, stride", written, f"{out}, {kernel}{strides}", "", [])
    if len(written) != 3 or not isinstance(cells.value, int):
        return None
    _, size, step = values
    if not isinstance(size, int) or not isinstance(step, int) or size <= max(step, 7):
        return None
    out, kernel = (arg.span.text for arg in written[1:])
    same = [Fix(cells.span, "padding=same")] if step == 2 * cells.value + 1 else []
    padding = ", padding=same" if same else ""
    return _turned(cls, "in, out, kernel", written, f"{out}, {kernel}", padding, same)


def _turned(
    cls: type, order: str, written: Sequence[ArgValue], text: str, more: str, fixes: Sequence[Fix]
) -> tuple[str, Fix | None]:
    """The numbers without the one that is inferred here."""
    given = ", ".join(arg.span.text for arg in written)
    whole = written[0].span.to(written[-1].span)
    return (
        f"`({given})` is ({order}), as PyTorch writes it; what comes in is inferred here: "
        f"write `{cls.__name__}({text}{more})`",
        together([Fix(whole, text), *fixes]),
    )
