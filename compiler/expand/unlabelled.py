"""What to say of a tap that names a layer by its class or its path, where no label is."""

from __future__ import annotations

from collections.abc import Iterator

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.graph import Node
from ..ir.paths import snake
from ..link.module import Module
from ..link.names import expressions, own_expressions, statements
from ..link.project import MODELS
from .body import Body
from .values import TensorValue

MOST_LAYERS = 5_000
"""In larger nets no layer is looked for."""


SHOWN = 3
"""Layers that a message lists."""


@record
class Unlabelled:
    """What a tap that finds no label means: the help, and an edit where one is the cure."""

    help: str
    fix: Fix | None


def unlabelled(body: Body, expr: ast.Attribute, value: TensorValue) -> Unlabelled | None:
    """The layer that a tap names by its path or class: label it with `as`, or tap its label.

    None where the block holds no such layer.
    """
    found = _named(body, expr.name.name, value)
    if not found:
        return None
    tapped = expr.value.span.text
    if len(found) > 1:
        return Unlabelled(_one_of(body, found, tapped), None)
    (node,) = found
    written = _stage_of(body, node.span)
    if written is None:
        return None
    module, stage = written
    if stage.label is not None:
        label = stage.label.name
        return Unlabelled(
            f"the layer is labelled `{label}`: tap `{tapped}.{label}`", Fix(expr.name.span, label)
        )
    label = snake(expr.name.name)
    text = " ".join(stage.span.text.removeprefix("->").split())
    if module.path.is_relative_to(MODELS) and body.module is not module:
        return Unlabelled(
            f"`{text}` has no label in zoo.{module.path.stem}; "
            f"`netc summary zoo.{module.path.stem} --labels` lists what can be tapped",
            None,
        )
    end = Span(stage.span.source, stage.span.end, stage.span.end)
    here = stage.span.source is expr.span.source
    also = (Fix(expr.name.span, label),) if label != expr.name.name else ()
    return Unlabelled(
        f"label it with `as`: `{text} as {label}` at {node.span}, and tap `{tapped}.{label}`",
        Fix(end, f" as {label}", also=also if here else ()) if here or not also else None,
    )


def _one_of(body: Body, found: list[Node], tapped: str) -> str:
    """Which layers of a class there are: by their labels, or else by where they stand."""
    stages = [_stage_of(body, node.span) for node in found]
    labels = [s[1].label.name for s in stages if s is not None and s[1].label is not None]
    shown = [f"`{tapped}.{label}`" for label in dict.fromkeys(labels)]
    if not shown:
        shown = [str(node.span) for node in found]
        listed = ", ".join(shown[:SHOWN]) + ", …" * (len(shown) > SHOWN)
        return f"{len(found)} layers of this class have no label: {listed}; label one with `as`"
    listed = ", ".join(shown[:SHOWN]) + ", …" * (len(shown) > SHOWN)
    return f"{len(found)} layers are of this class: tap {listed}"


def _named(body: Body, name: str, value: TensorValue) -> list[Node]:
    """The layers right inside the block that made a value, of that path or class."""
    growing = body.expansion.graph
    if len(growing) > MOST_LAYERS:
        return []
    graph = growing.so_far()
    # What is returned straight from an inner block brings that block's labels along.
    uses = [path for path, ref in graph.blocks.items() if ref == value.ref]
    outer = 0 if body.trace is None else len(body.trace.frames())
    inside: list[Node] = []
    for node in graph:
        if node.op is None or not any(node.path.startswith(f"{use}/") for use in uses):
            continue
        depth = 0 if node.trace is None else len(node.trace.frames())
        if depth - outer <= len(uses):
            inside.append(node)
    exact = [node for node in inside if node.path.rpartition("/")[2] == name]
    of_class = [
        node for node in inside if node.op is not None and snake(node.op.name) == snake(name)
    ]
    return exact[:1] or list({node.span: node for node in of_class}.values())


def _stage_of(body: Body, span: Span) -> tuple[Module, ast.Stage] | None:
    """The stage of a pipeline whose layer stands at a place."""
    for module in body.expansion.project.modules.values():
        if module is None or module.file.source is not span.source:
            continue
        for stage in _stages(module.file):
            if stage.target.span == span:
                return module, stage
    return None


def _stages(file: ast.File) -> Iterator[ast.Stage]:
    for item in file.items:
        if isinstance(item, ast.Definition):
            for statement in statements(item.body):
                for root in own_expressions(statement):
                    for expr in expressions(root):
                        if isinstance(expr, ast.Pipeline):
                            yield from expr.stages
