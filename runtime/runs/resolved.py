"""Every setting of a run by its dotted path: `optimizer.learning_rate`, `data.validation_split`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
"""What a setting can be in a table."""

_NOT_SETTINGS = ("phases", "outputs", "inner", "targets_of")
DEEPEST = 32
"""Levels of a `recipe.json` that are read."""


def resolved(recipe: Mapping[str, object], command: Sequence[str] = ()) -> dict[str, Scalar]:
    """The settings of a recipe as `recipe_data` gives it, and those that `--set` gave the net.

    A recipe of one phase, and a net of one output, have settings without the names of these.
    Settings of more are called `PHASE.epochs`, `OUTPUT.loss`. What has another form is left out.
    """
    found: dict[str, Scalar] = {}
    for name, value in recipe.items():
        if name not in _NOT_SETTINGS and not (name == "weights" and not value):
            found.update(_flat("recipe" if name == "name" else name, value))
    phases = [each for each in _listed(recipe.get("phases")) if isinstance(each, Mapping)]
    names = [str(each.get("name", "")) for each in phases]
    if any(names):
        found["phases"] = ", ".join(names)
    for phase, name in zip(phases, names, strict=True):
        found.update(_phase(phase, f"{name}." if name else ""))
    for name, text in given(command):
        found.setdefault(name, _read(text))
    return found


def _phase(phase: Mapping[str, object], before: str) -> Iterator[tuple[str, Scalar]]:
    for name, value in phase.items():
        if name != "name" and name not in _NOT_SETTINGS:
            yield from _flat(f"{before}{name}", value)
    outputs = phase.get("outputs")
    heads = outputs if isinstance(outputs, Mapping) else {}
    for head, settings in heads.items():
        if isinstance(settings, Mapping):
            own = before if len(heads) == 1 else f"{before}{head}."
            for name, value in settings.items():
                # A phase has class weights, too: they are those of its outputs.
                if name not in _NOT_SETTINGS and not (value is None and name == "class_weight"):
                    yield from _flat(f"{own}{name}", value)


def _flat(path: str, value: object, depth: int = 0) -> Iterator[tuple[str, Scalar]]:
    """A value by its path, and what is in it by paths below."""
    if value is None or isinstance(value, str | int | float):
        yield path, value
    elif depth > DEEPEST:
        return
    elif isinstance(value, Mapping) and isinstance(value.get("sum"), list):
        terms = [each for each in value["sum"] if isinstance(each, Mapping)]
        yield (
            path,
            " + ".join(f"{each.get('weight')} * {_called(each.get('loss'))}" for each in terms),
        )
        for each in terms:
            loss = each.get("loss")
            yield from _arguments(f"{path}.{_called(loss)}", loss, depth)
    elif isinstance(value, Mapping) and "name" in value:
        yield path, _called(value)
        yield from _arguments(path, value, depth)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner, depth + 1)
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        yield path, ", ".join(map(_called, value))
        for each in value:
            yield from _arguments(f"{path}.{_called(each)}", each, depth)
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _arguments(path: str, value: object, depth: int) -> Iterator[tuple[str, Scalar]]:
    arguments = value.get("arguments") if isinstance(value, Mapping) else None
    if isinstance(arguments, Mapping):
        for name, inner in arguments.items():
            yield from _flat(f"{path}.{name}", inner, depth + 1)


def _called(value: object) -> str:
    return str(value.get("name", "")) if isinstance(value, Mapping) else str(value)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def given(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the command line of a run gives by `--set NAME=VALUE` or `--set=NAME=VALUE`."""
    for at, word in enumerate(command):
        text = word.removeprefix("--set=") if word.startswith("--set=") else ""
        if word == "--set" and at + 1 < len(command):
            text = command[at + 1]
        name, equals, value = text.partition("=")
        if equals:
            yield name.strip(), value.strip()


def _read(text: str) -> Scalar:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False, "none": None}.get(text, text)
