"""Writes a model as `.net` text in the one formatting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from .blocks import Block, Token, fold, tokens_of
from .body import Body
from .inputs import identifier
from .nested import models_in
from .regions import Part, chain, needed, part
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
    taken = {model.name, *inner}
    lines = [f"# {note}" for note in notes]
    if notes:
        lines.append("")
    for name, each in inner.items():
        lines += _model_block(name, each, taken)
    tokens, blocks = _links(model, taken)
    for block in blocks:
        lines += [*_block(block), ""]
    inputs = [f"{step.args['name']}: {step.types[0]}" for step in model.inputs]
    exits = [view.value for _, view in model.outputs]
    body = _body(model)
    body.labelled = True
    ends = body.run(tokens, exits)
    results = ", ".join(
        f"{name}: [{', '.join(map(str, v.shape))}]" for name, v in _results(model, body.taken)
    )
    if len(exits) > 1:
        results = f"({results})"
    lines.append(f"net {model.name}({', '.join(inputs)}) -> {results} {{")
    lines += [f"  {line}" for line in body.lines]
    lines += [
        f"  return {ends}",
        "}",
        "",
        f"expect {model.name} {{",
        f"  params == {params:_}",
        "}",
    ]
    text = format_file(parse(Source("imported.net", "\n".join(lines) + "\n")))
    return Text(model.name, text, list(_order(tokens)))


def _links(model: Imported, taken: set[str]) -> tuple[Sequence[Token], Sequence[Block]]:
    """The links of a model, and the blocks that they are of."""
    exits = [view.value for _, view in model.outputs]
    steps = needed(model)
    entry = Value(model.inputs[0])
    if len(model.inputs) == 1 and len(exits) == 1:
        return fold(tokens_of(chain(entry, steps, exits)), taken)
    return [_one(part(entry, steps, exits[0]))], ()


def _order(tokens: Sequence[Token]) -> Iterator[Step]:
    """The steps in the order of the text, those of models in the place of what uses them."""
    for step in (step for token in tokens for step in token.steps):
        if step.inner is None:
            yield step
        elif step.shared is None:
            links, _ = _links(step.inner, set())
            yield from _order(links)


def _body(model: Imported) -> Body:
    """An empty body with the names of a model's inputs."""
    body = Body({Value(step): str(step.args["name"]) for step in model.inputs})
    body.owners = frozenset(id(step.shared) for step in model.steps if step.shared is not None)
    body.taken |= set(body.names.values())
    for step in model.inputs:
        body.taken |= {str(dim) for dim in step.types[0].shape}
    return body


def _model_block(name: str, model: Imported, taken: set[str]) -> list[str]:
    """A model that another uses, as a block with the sizes it is used with."""
    tokens, blocks = _links(model, taken)
    lines = [line for block in blocks for line in (*_block(block), "")]
    body = _body(model)
    body.labelled = True
    ends = body.run(tokens, [view.value for _, view in model.outputs])
    inputs = ", ".join(f"{step.args['name']}: {_type(step)}" for step in model.inputs)
    return [
        *lines,
        f"block {name}({inputs}) {{",
        *(f"  {line}" for line in body.lines),
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


def _results(model: Imported, taken: set[str]) -> Iterator[tuple[str, Value]]:
    used = {str(step.args["name"]) for step in model.inputs}
    for name, view in model.outputs:
        word = identifier(name, "output")
        while word in used:
            word = f"{word}_"
        used.add(word)
        yield word, view.value


def _one(whole: Part) -> Token:
    return Token("whole", whole.numbers, whole.roles, whole.steps, whole.entry, part=whole)


def _block(block: Block) -> list[str]:
    entry = block.tokens[0].entry
    body = Body({entry: "x"})
    body.taken |= {"x", *block.parameters}
    end = body.run(block.tokens, None, iter(block.texts))
    place = PLACES.get(entry.type.rank, "[N, ...]")
    if entry.type.rank not in PLACES:
        place = f"[{', '.join('NABCDEFGH'[: entry.type.rank])}]"
    parameters = "".join(f", {name}: int" for name in block.parameters)
    return [
        f"block {block.name}(x: {place}{parameters}) {{",
        *(f"  {line}" for line in body.lines),
        f"  return {end}",
        "}",
    ]
