"""Writes a model as `.net` text in the one formatting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from .body import Body
from .folding.fold import fold
from .folding.tokens import Block
from .layout import laid_out
from .names import fresh, identifier
from .nested import models_in, opened
from .order import needed
from .steps import Imported, Step, Value

PLACES = {2: "[N, C]", 3: "[N, T, C]", 4: "[N, H, W, C]", 5: "[N, D, H, W, C]"}


@dataclass(frozen=True)
class Text:
    """The text of a net, and its steps in the order in which the text runs them."""

    net: str
    text: str
    order: Sequence[Step]


def write(model: Imported, notes: Sequence[str], params: int) -> Text:
    """The text, with comments above and a contract below."""
    inner = dict(models_in(model.steps))
    taken = {model.name, *inner}.union(*map(_names_of_inputs, (model, *inner.values())))
    lines = [f"# {note}" for note in notes]
    if notes:
        lines.append("")
    for name, each in inner.items():
        lines += _model_block(name, each, taken)
    blocks, body, ends = _body(model, taken, _wanted(model))
    lines += blocks
    inputs = [f"{step.args['name']}: {step.types[0]}" for step in model.inputs]
    results = ", ".join(f"{name}: [{', '.join(map(str, v.shape))}]" for name, v in _results(model))
    if len(model.outputs) > 1:
        results = f"({results})"
    lines.append(f"net {model.name}({', '.join(inputs)}) -> {results} {{")
    lines += [
        *body,
        f"  return {ends}",
        "}",
        "",
        f"expect {model.name} {{",
        f"  params == {params:_}",
        "}",
    ]
    lines = [part for line in lines for part in laid_out(line)]
    text = format_file(parse(Source("imported.net", "\n".join(lines) + "\n")))
    return Text(model.name, text, list(opened(needed(model))))


def _body(
    model: Imported, taken: set[str], wanted: Mapping[Value, str]
) -> tuple[list[str], list[str], str]:
    """The blocks of a model, the lines of its body, and what it returns.

    `taken` are the names of other blocks and of inputs, `wanted` those of some values.
    """
    exits = [view.value for _, view in model.outputs]
    tokens, blocks = fold(needed(model), exits, taken)
    called = {name for name, _ in models_in(model.steps)} | {block.name for block in blocks}
    body = Body(
        {Value(step): str(step.args["name"]) for step in model.inputs},
        taken=called | _names_of_inputs(model),
        owners=frozenset(id(step.shared) for step in model.steps if step.shared is not None),
        labelled=True,
        wanted=wanted,
    )
    ends = body.run(tokens, exits)
    above = [line for block in blocks for line in (*_block(block), "")]
    return above, [f"  {line}" for line in body.lines], ends


def _wanted(model: Imported) -> Mapping[Value, str]:
    """The results that somebody gave a word as their name, where there are several."""
    if len(model.outputs) < 2:
        return {}
    return {
        v: name for name, v in _results(model) if re.fullmatch(r"[A-Za-z]{2,}(_[A-Za-z]+)*", name)
    }


def _names_of_inputs(model: Imported) -> Set[str]:
    """The names of a model's inputs, and those of their sizes."""
    sizes = {str(dim) for step in model.inputs for dim in step.types[0].shape}
    return {str(step.args["name"]) for step in model.inputs} | sizes


def _model_block(name: str, model: Imported, taken: set[str]) -> list[str]:
    """A model that another uses, as a block with the sizes it is used with."""
    blocks, body, ends = _body(model, taken, {})
    inputs = ", ".join(f"{step.args['name']}: {_type(step)}" for step in model.inputs)
    return [
        *blocks,
        f"block {name}({inputs}) {{",
        *body,
        f"  return {ends}",
        "}",
        "",
    ]


def _type(step: Step) -> str:
    """The type of a block's input; a size that is computed gets a letter."""
    type = step.types[0]
    spare = iter("ABEFGJKLMPQRSUVXYZ")
    dims = [str(dim) if str(dim).isalnum() else next(spare) for dim in type.shape]
    return f"{'' if type.dtype.startswith('float') else type.dtype}[{', '.join(dims)}]"


def _results(model: Imported) -> Iterator[tuple[str, Value]]:
    used = {str(step.args["name"]) for step in model.inputs}
    for name, view in model.outputs:
        word = fresh(identifier(name, "output"), used)
        used.add(word)
        yield word, view.value


def _block(block: Block) -> list[str]:
    """The text of a block, its tensors named x and skip."""
    names = _entries(block)
    body = Body(dict(names), taken={*names.values(), *block.parameters})
    end = body.run(block.tokens, block.exits, iter(block.texts), block.optional)
    signature = [f"{name}: {_place(value, name)}" for value, name in names.items()]
    for name in block.parameters:
        signature.append(f"{name}: bool = false" if name == block.flag else f"{name}: int")
    return [
        f"block {block.name}({', '.join(signature)}) {{",
        *(f"  {line}" for line in body.lines),
        f"  return {end}",
        "}",
    ]


def _entries(block: Block) -> dict[Value, str]:
    """Names of what a block reads: x is what was made last, others came from further away."""
    made = [*block.entries]
    latest = max(range(len(made)), key=lambda at: (_age(made[at]), -at))
    names: dict[Value, str] = {}
    for at, value in enumerate(made):
        names[value] = fresh("x" if at == latest else "skip", names.values())
    return names


def _age(value: Value) -> int:
    """How many steps lie between a value and the inputs, at most."""
    depth = 0
    seen = {id(value.step)}
    waiting = [value.step]
    while waiting:
        following = {id(v.step): v.step for step in waiting for v in step.inputs}
        waiting = [step for key, step in following.items() if key not in seen]
        seen |= following.keys()
        depth += 1
    return depth


def _place(value: Value, name: str) -> str:
    """The sizes of a tensor of a block, by names where it is the first."""
    if name != "x":
        return "[...]"
    if value.type.rank in PLACES:
        return PLACES[value.type.rank]
    return f"[{', '.join('NABCDEFGH'[: value.type.rank])}]"
