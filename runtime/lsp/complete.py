"""What could be written at a place, and what the call around it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol.types import (
    CompletionItem,
    CompletionItemKind,
    InsertTextFormat,
    ParameterInformation,
    Position,
    SignatureHelp,
    SignatureInformation,
)

from ...compiler.index.index import Scope
from ...compiler.link.builtins import FUNCTIONS, STATIC_TYPES
from ...compiler.link.module import Constant, Defined, Module
from ...compiler.link.project import MODELS
from ...compiler.recipe.read.settings import KEYS
from ...compiler.shapes.types import DTYPES
from ...dsl.syntax.tokens import ITEM_WORDS
from . import callables
from .callables import Signature
from .desk import Desk
from .words import call_around

_STATEMENTS = ("return", "for", "repeat", "if", "layer", "weight", "assert")
_CONTRACTS = ("params", "trainable_params", "flops", "macs", "memory", "shape", "receptive_field")
_HEAD = re.compile(
    r"^(net|block|expect|train|const|from)\b[ \t]*(?:\w+[ \t]+for[ \t]+)?(\w*)", re.M
)


def complete(desk: Desk, path: Path, position: Position) -> list[CompletionItem]:
    """The words that fit at a place."""
    text = desk.text(path)
    lines = desk.lines(path)
    offset = lines.offset(position)
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    module = desk.module(path)
    if "#" in re.sub(r'"(?:\\.|[^"\\])*"?', "", before):
        return []
    item, name = _item(text, offset)
    scope = _scope(module, name) if item in ("net", "block", "expect", "train") else None
    if imported := re.match(r"\s*from\s+(.*)", before):
        return _import(desk, path, imported[1])
    if tapped := re.search(r"((?:\w+\.)+)\w*$", before):
        return _taps(scope, tapped[1].rstrip("."))
    in_recipe = item == "train"
    call = call_around(text, offset)
    if call is not None:
        found = callables.find(call.name, module, in_recipe=in_recipe)
        if found is not None:
            return [*_arguments(found, call.named, call.argument), *_values(module, scope)]
        if item in ("net", "block") and call.name == name:
            return [
                *_plain(DTYPES, CompletionItemKind.TypeParameter),
                *_plain(STATIC_TYPES, CompletionItemKind.TypeParameter),
            ]
    if re.search(r"->\s*\(?\s*\w*$", before) and not in_recipe:
        return [*_layers(module, scope), *_plain(DTYPES, CompletionItemKind.TypeParameter)]
    if not item or (re.fullmatch(r"\w*", before) and before == before.lstrip()):
        return _plain(ITEM_WORDS, CompletionItemKind.Keyword)
    if item == "train":
        return _recipe(before)
    if item == "expect":
        return [*_plain(_CONTRACTS, CompletionItemKind.Property), *_values(module, scope)]
    start = re.fullmatch(r"\s*\w*", before) is not None
    keywords = _plain(_STATEMENTS, CompletionItemKind.Keyword) if start else []
    return [*keywords, *_values(module, scope)]


def signature_help(desk: Desk, path: Path, position: Position) -> SignatureHelp | None:
    """The call around a place, with the argument that is being written."""
    text = desk.text(path)
    offset = desk.lines(path).offset(position)
    call = call_around(text, offset)
    if call is None:
        return None
    in_recipe = _item(text, offset)[0] == "train"
    found = callables.find(call.name, desk.module(path), in_recipe=in_recipe)
    if found is None:
        return None
    names = [parameter.name for parameter in found.parameters]
    active = names.index(call.argument) if call.argument in names else call.position
    return SignatureHelp(
        [
            SignatureInformation(
                found.label,
                found.doc,
                [
                    ParameterInformation(parameter.label, parameter.doc)
                    for parameter in found.parameters
                ],
            )
        ],
        0,
        min(active, max(len(names) - 1, 0)),
    )


def _item(text: str, offset: int) -> tuple[str, str]:
    """The kind and the name of the top-level item that a place is inside of."""
    found = list(_HEAD.finditer(text, 0, offset))
    if not found:
        return "", ""
    last = found[-1]
    # Behind a closed item there is none.
    if re.search(r"^\}", text[last.start() : offset], re.M):
        return "", ""
    return last[1], last[2]


def _scope(module: Module | None, name: str) -> Scope | None:
    entity = module.names.get(name) if module is not None else None
    return Scope(entity) if isinstance(entity, Defined) else None


def _import(desk: Desk, path: Path, text: str) -> list[CompletionItem]:
    named = re.match(r'(?:"([^"]*)"|([\w.]+))\s+import\s', text)
    if named is None:
        if text.startswith('"'):
            return [
                CompletionItem(f"./{name}", kind=CompletionItemKind.File) for name in _beside(path)
            ]
        shipped = sorted(f"zoo.{file.stem}" for file in MODELS.glob("*.net"))
        return _plain(shipped, CompletionItemKind.Module)
    origin = path.parent / named[1] if named[1] else MODELS / f"{named[2].partition('.')[2]}.net"
    module = desk.module(origin.resolve())
    if module is None:
        return []
    return [
        CompletionItem(
            name,
            kind=CompletionItemKind.Class,
            detail=callables.block(entity.definition).doc if isinstance(entity, Defined) else None,
        )
        for name, entity in module.names.items()
        if isinstance(entity, Defined | Constant) and not name.startswith("_")
    ]


def _beside(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("*.net") if file != path)[:200]


def _taps(scope: Scope | None, value: str) -> list[CompletionItem]:
    """The labels and variables inside what a value came from."""
    at = scope
    for name in value.split("."):
        at = at.bound_to(name) if at is not None else None
    if at is None:
        return []
    return [
        CompletionItem(symbol.name, kind=CompletionItemKind.Field, detail=symbol.sort.value)
        for symbol in at.names.values()
        if symbol.sort.value in ("label", "variable", "result")
    ]


def _arguments(found: Signature, given: Iterable[str], argument: str) -> Iterator[CompletionItem]:
    """The arguments that are left, or the words that the one being written takes."""
    for parameter in found.parameters:
        if parameter.name == argument:
            yield from _plain(parameter.words, CompletionItemKind.EnumMember)
        elif not argument and parameter.name not in given:
            yield CompletionItem(
                f"{parameter.name}=",
                kind=CompletionItemKind.Property,
                detail=parameter.doc,
                sort_text=f"0{parameter.name}",
            )


def _layers(module: Module | None, scope: Scope | None) -> Iterator[CompletionItem]:
    own = module.names.items() if module is not None else ()
    for name, entity in own:
        if isinstance(entity, Defined):
            yield _call(callables.block(entity.definition), name, "0")
    for symbol in scope.names.values() if scope is not None else ():
        if symbol.sort.value in ("layer", "parameter"):
            yield CompletionItem(symbol.name, kind=CompletionItemKind.Variable, sort_text="0")
    for layer in callables.layers():
        yield _call(layer, layer.name, "1")


def _call(found: Signature, name: str, rank: str) -> CompletionItem:
    required = [parameter.name for parameter in found.parameters if parameter.required]
    holes = ", ".join(f"${{{at}:{each}}}" for at, each in enumerate(required, 1))
    return CompletionItem(
        name,
        kind=CompletionItemKind.Class if rank == "0" else CompletionItemKind.Function,
        detail=found.label,
        documentation=found.doc,
        insert_text=f"{name}({holes})" if holes else name,
        insert_text_format=InsertTextFormat.Snippet if holes else InsertTextFormat.PlainText,
        sort_text=f"{rank}{name}",
    )


def _values(module: Module | None, scope: Scope | None) -> Iterator[CompletionItem]:
    for symbol in scope.names.values() if scope is not None else ():
        yield CompletionItem(
            symbol.name,
            kind=CompletionItemKind.Variable,
            detail=symbol.sort.value,
            sort_text=f"0{symbol.name}",
        )
    for name, entity in module.names.items() if module is not None else ():
        if isinstance(entity, Constant):
            yield CompletionItem(name, kind=CompletionItemKind.Constant, sort_text=f"0{name}")
        elif isinstance(entity, Defined):
            yield _call(callables.block(entity.definition), name, "0")
    for name, builtin in FUNCTIONS.items():
        yield CompletionItem(name, kind=CompletionItemKind.Function, detail=builtin.doc)
    for constant in callables.constants():
        yield _call(constant, constant.name, "1")


def _recipe(before: str) -> list[CompletionItem]:
    if re.fullmatch(r"\s*\w*", before):
        keys = [
            CompletionItem(f"{key.name} = ", kind=CompletionItemKind.Property, detail=key.doc)
            for key in KEYS.values()
        ]
        return [*keys, *_plain(("phase",), CompletionItemKind.Keyword)]
    return [_call(each, each.name, "1") for each in callables.recipe_objects()]


def _plain(words: Iterable[str], kind: CompletionItemKind) -> list[CompletionItem]:
    return [CompletionItem(word, kind=kind) for word in words]
