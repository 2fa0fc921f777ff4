"""Statements of random nets that use tensors of the net's own: learned ones, constants, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netc.compiler.shapes.dims import Dim

if TYPE_CHECKING:
    from .programs import Writer

STARTS = ("ones", "zeros", "0.5", "RandomNormal(0.1)", "glorot_uniform", "RandomUniform(-1, 1)")
OPTIONS = ("", "", ", trainable=false", ", regularizer=L2(0.01)")


def own(w: Writer) -> None:
    """Arithmetic with a learned tensor, a constant or a list that broadcasts."""
    source = w.some_value()
    type = w.live[source]
    if type.dtype not in ("float32", "int32") or not type.rank:
        return
    count = w.number(0, min(2, type.rank))
    sizes = [dim if w.number(0, 2) else 1 for dim in type.shape[type.rank - count :]]
    if not all(map(_plain, sizes)):
        return
    known = all(isinstance(dim, int) for dim in sizes)
    shown = f"[{', '.join(map(str, sizes))}]"
    forms = ["full", "ones", *["arange", "list"] * (count == 1 and known)]
    forms += ["weight", "weight"] * (known and type.dtype == "float32")
    form = w.pick(*forms)
    numbers = _numbers(w, sizes, type.dtype)
    if form == "weight":
        name = w.fresh("own")
        start, options = w.pick(*STARTS), w.pick(*OPTIONS)
        # No other statement gets it: what is made of it alone may be no output.
        w.lines.append(f"weight {name}: {shown} = {start}{options}")
    else:
        name = {
            "full": f"full({shown}, {numbers[0]}, dtype={type.dtype})",
            "ones": f"ones({shown}, dtype={type.dtype})",
            "arange": f"arange({sizes[0] if sizes else 1}, dtype={type.dtype})",
            "list": f"[{', '.join(numbers)}]",
        }[form]
    w.layers += 1
    sign = w.pick("+", "-", "*")
    sides = (source, name) if w.number(0, 1) else (name, source)
    w.let(w.target() if form != "weight" else w.fresh("v"), f" {sign} ".join(sides), type)


def attended(w: Writer) -> None:
    """Attention within a constant mask of a length that may be a name."""
    fitting = [
        name
        for name, t in w.live.items()
        if t.rank == 3 and t.dtype == "float32" and _plain(t.shape[1]) and _known(t.shape[2])
    ]
    if not fitting:
        return
    source = w.pick(*fitting)
    length = w.live[source].shape[1]
    mask = w.pick(
        f"causal_mask({length})", f"band_mask({length}, {w.number(0, 2)}, {w.number(0, 1)})"
    )
    w.layers += 1
    call = f"MultiHeadAttention({w.number(1, 2)}, 2, attention_mask={mask})"
    w.let(w.target(), f"{source} -> {call}", w.live[source])


def _numbers(w: Writer, sizes: list[Dim], dtype: str) -> list[str]:
    count = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], int) else 1
    options = ("0", "1", "-2", "3") if dtype == "int32" else ("0.5", "-1", "2", "0.25")
    return [w.pick(*options) for _ in range(count)]


def _known(dim: Dim) -> bool:
    return isinstance(dim, int)


def _plain(dim: Dim) -> bool:
    """Whether a size is a number or a name."""
    return _known(dim) or str(dim).isidentifier()
