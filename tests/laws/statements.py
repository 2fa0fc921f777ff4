"""Statements of random nets that use several tensors at once: states, masks, choices, indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.table import OPS
from netc.compiler.shapes.types import TensorType

from .arguments import Args, Step, draw_arguments

if TYPE_CHECKING:
    from .programs import Writer

STATES: Mapping[str, int] = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2}
COMPARISONS = ("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual")
PAIRED = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention", "Dot")


def several(w: Writer) -> None:
    """A layer with several results: `a, b = x -> TopK(2)`."""
    source = w.some_value()
    type = w.live[source]
    last = type.shape[-1] if type.rank else None
    if type.rank == 3 and type.dtype == "float32" and w.number(0, 2):
        inner = _recurrent(w, type, return_state=True)
        step = inner if w.number(0, 1) else _both_ways(w, inner)
    elif isinstance(last, int) and type.dtype in ("float32", "int32"):
        step = Step("TopK", {"k": w.number(1, last)})
    else:
        return
    made = w.typing.results(step, [type])
    if made is None:
        return
    names = [w.fresh("r") for _ in made]
    w.layers += 1
    w.lines.append(f"{', '.join(names)} = {source} -> {step}")
    w.live.update(zip(names, made, strict=True))


def states(w: Writer) -> None:
    """A recurrent layer that starts from states, or leaves out masked steps, or both."""
    sequences = [name for name, t in w.live.items() if t.rank == 3 and t.dtype == "float32"]
    if not sequences:
        return
    source = w.pick(*sequences)
    type = w.live[source]
    step = _recurrent(w, type, return_state=False)
    tensors, types = [source], [type]
    if w.number(0, 1):
        units = step.args["units"]
        start = w.typing.slice_at(type, 1, 0)
        dense = Step("Dense", {"units": units})
        state = None if start is None else w.typing.result(dense, [start])
        if state is None:
            return
        name = w.fresh("state")
        w.lines.append(f"{name} = {source}[:, 0] -> {dense}")
        w.live[name] = state
        tensors += [name] * STATES[step.name]
        types += [state] * STATES[step.name]
    if w.number(0, 1):
        mask, number = w.fresh("mask"), w.pick("0", "0.5", "-9", "9")
        w.lines.append(f"{mask} = {source}[:, :, 0] -> Greater({number})")
        w.live[mask] = TensorType("bool", type.shape[:2])
        tensors.append(mask)
        types.append(w.live[mask])
    made = w.typing.result(step, types)
    if made is not None:
        w.layers += 1
        w.let(w.target(), f"({', '.join(tensors)}) -> {step}", made)


def choice(w: Writer) -> None:
    """A comparison, perhaps with another, and what is chosen by it."""
    source = w.some_value()
    type = w.live[source]
    if type.dtype not in ("float32", "int32"):
        return
    number = w.pick("0", "1", "2") if type.dtype == "int32" else w.pick("0", "0.25", "-0.5")
    where = w.fresh("where")
    bools = TensorType("bool", type.shape)
    w.lines.append(f"{where} = {source} -> {w.pick(*COMPARISONS)}({number})")
    w.live[where] = bools
    if w.number(0, 2) == 0:
        w.lines.append(f"{where} = {where} -> LogicalNot")
    others = [name for name, t in w.live.items() if t == bools and name != where]
    if others and w.number(0, 1):
        sign = w.pick("LogicalAnd", "LogicalOr", "LogicalXor")
        w.lines.append(f"{where} = {sign}({where}, {w.pick(*others)})")
    fitting = [name for name, t in w.live.items() if t.dtype == type.dtype]
    first, second = w.pick(*fitting), w.pick(*fitting)
    made = w.typing.result(Step("Where", {}), [bools, w.live[first], w.live[second]])
    w.layers += 3
    if made is not None and made.rank <= 5:
        w.let(w.target(), f"Where({where}, {first}, {second})", made)
    else:
        w.let(w.fresh("v"), f"{where} -> Cast(float32)", TensorType("float32", type.shape))


def gather(w: Writer) -> None:
    """Slices at places that the net itself computes."""
    source, origin = w.some_value(), w.some_value()
    type, other = w.live[source], w.live[origin]
    axes = [axis for axis, dim in enumerate(type.shape) if axis and isinstance(dim, int)]
    if not axes or other.rank < 2 or other.dtype not in ("float32", "int32"):
        return
    axis = axes[w.number(0, len(axes) - 1)]
    size = type.shape[axis]
    assert isinstance(size, int)
    find = Step(w.pick("ArgMax", "ArgMin"), {"axis": -1})
    found = w.typing.result(find, [other])
    clip = Step("Clip", {"min": w.pick_number(-size, 0), "max": size - 1})
    places = w.fresh("places")
    step = Step("Gather", {"axis": w.pick_number(axis, axis - type.rank)})
    made = None if found is None else w.typing.result(step, [type, found])
    if made is not None and found is not None and made.rank <= 5:
        w.layers += 3
        w.let(places, f"{origin} -> {find} -> {clip}", found)
        w.let(w.target(), f"({source}, {places}) -> {step}", made)


def together(w: Writer) -> None:
    """Two tensors that attend to each other or are multiplied."""
    floats = [name for name, t in w.live.items() if t.rank >= 2 and t.dtype == "float32"]
    if not floats:
        return
    first, second = w.pick(*floats), w.pick(*floats)
    types = [w.live[first], w.live[second]]
    for _ in range(6):
        name = w.pick(*PAIRED)
        step = Step(name, draw_arguments(w.draw, OPS[name], types))
        made = w.typing.result(step, types)
        if made is not None:
            w.layers += 1
            w.let(w.target(), f"({first}, {second}) -> {step}", made)
            return


def chained(w: Writer) -> None:
    """A chain: in place, in a row, by a name, shared, or given to a block."""
    source = w.some_value()
    type = w.live[source]
    steps, made = w.chain(type, 2)
    last = w.typing.keeping(made)
    inside = w.typing.result(steps[0], [type])
    stages = [f"{steps[0]} as inner", *map(str, steps[1:]), str(last)]
    chain = f"({' -> '.join(stages)})"
    w.layers += 1
    form = w.pick("here", "row", "name", "shared", "argument", "tap")
    uses = f"{source} -> {chain}"
    if form == "row" and made == type:
        w.layers += len(stages)
        uses = f"{source} -> {chain} * 2"
    elif form in ("name", "shared"):
        name = w.fresh("chain")
        w.lines.append(f"{'layer ' * (form == 'shared')}{name} = {chain}")
        w.let(w.fresh("v"), f"{source} -> {name}", made)
        w.layers += len(stages)
        uses = f"{source} -> {name}"
    elif form == "argument":
        block = w.fresh("Block")
        w.blocks.append(f"block {block}(x: [...], f: layer) {{\n  return x -> f\n}}\n")
        uses = f"{source} -> {block}({chain})"
    elif form == "tap" and inside is not None:
        label = w.fresh("use")
        w.lines.append(f"{uses} as {label}")
        w.let(w.fresh("tap"), f"{label}.inner", inside)
        uses = label
    w.let(w.target() if uses != source else w.fresh("v"), uses, made)


def _recurrent(w: Writer, type: TensorType, *, return_state: bool) -> Step:
    name = w.pick(*STATES)
    args = draw_arguments(w.draw, OPS[name], [type])
    return Step(name, {**args, "return_state": return_state})


def _both_ways(w: Writer, inner: Step) -> Step:
    args: Args = {"layer": inner}
    mode = w.pick("concat", "sum", "none", "none")
    args["merge_mode"] = None if mode == "none" else Word(mode)
    if mode == "none" and w.number(0, 1):
        args["layer"] = Step(inner.name, {**inner.args, "return_state": False})
    return Step("Bidirectional", args)
