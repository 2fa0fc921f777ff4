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
    steps = needed(model)
    taken = {model.name}
    blocks: list[Block] = []
    exits = [view.value for _, view in model.outputs]
    if len(model.inputs) == 1 and len(exits) == 1:
        entry = Value(model.inputs[0])
        tokens, blocks = fold(tokens_of(chain(entry, steps, exits)), taken)
    else:
        tokens = [_one(part(Value(model.inputs[0]), steps, exits[0]))]
    lines = [f"# {note}" for note in notes]
    if notes:
        lines.append("")
    for block in blocks:
        lines += [*_block(block), ""]
    inputs = [f"{step.args['name']}: {step.types[0]}" for step in model.inputs]
    body = Body({Value(step): str(step.args["name"]) for step in model.inputs})
    body.owners = frozenset(id(step.shared) for step in steps if step.shared is not None)
    body.labelled = True
    body.taken |= set(body.names.values())
    for step in model.inputs:
        body.taken |= {str(dim) for dim in step.types[0].shape}
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
    return Text(model.name, text, [step for token in tokens for step in token.steps])


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
