"""What `--set` changes in the text of a file: constants, and values inside the settings of recipes.

The changed text stands for the file while it is checked; the file itself is not written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...compiler.check import load_files
from ...compiler.expand.values import Value
from ...compiler.link.names import setting_names
from ...compiler.link.reach import resolved
from ...compiler.link.settings import nets_of
from ...compiler.link.snapshot import Snapshot
from ...compiler.ops.base.declare import arguments
from ...compiler.ops.base.kinds import STRING, optional, show
from ...compiler.recipe.objects.find import class_of
from ...compiler.recipe.read.settings import KEYS
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.diagnostics.errors import SettingError
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.syntax import ast
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source, Span

SHORT = {"lr": "learning_rate", "wd": "weight_decay", "decay": "weight_decay"}
"""What people call arguments by."""


def with_constants(
    paths: Sequence[Path],
    settings: Mapping[str, Value],
    net: str | None = None,
    *,
    texts: Mapping[Path, str] | None = None,
    snapshot: Snapshot | None = None,
) -> tuple[dict[str, Value], dict[Path, str]]:
    """The settings of nets, and the texts of files whose constants settings replace.

    In each file a parameter or size of its nets goes before a constant of its name. `texts` stand
    for files already, and are among those given back; with a `snapshot` the paths are its files'.
    """
    overlay = dict(texts or {})
    if not settings:
        return {}, overlay
    of_nets: set[str] = set()
    replaced: set[str] = set()
    for _, module in load_files(paths, overlay, snapshot).modules:
        own = {name for one in nets_of(module, net) for name in setting_names(one)}
        of_nets |= own
        values = {name: value for name, value in settings.items() if name not in own}
        found = [name for name in constants(module.file) if name in values]
        if found:
            overlay[resolved(module.path)] = _replaced_constants(module.file, values)
            replaced.update(found)
    rest = {n: value for n, value in settings.items() if n in of_nets or n not in replaced}
    return rest, overlay


def _replaced_constants(file: ast.File, values: Mapping[str, Value]) -> str:
    """A file's text with other values of its constants."""
    items = [item for item in file.items if isinstance(item, ast.Const)]
    text = file.source.text
    for item in sorted(items, key=lambda each: -each.value.span.start):
        name = item.name.name
        if name in values:
            text = _replaced(text, item.value.span, expression(name, values[name]).span.text)
    return text


def file_settings(path: Path, net: str | None, snapshot: Snapshot | None = None) -> frozenset[str]:
    """What can be set of a file: parameters and sizes of its nets, and its constants."""
    found: set[str] = set()
    for _, module in load_files([path], {}, snapshot).modules:
        found |= {name for one in nets_of(module, net) for name in setting_names(one)}
        found.update(constants(module.file))
    return frozenset(found)


def constants(file: ast.File) -> list[str]:
    """The constants that a file defines."""
    return [item.name.name for item in file.items if isinstance(item, ast.Const)]


def with_constant(text: str, name: str, value: Value) -> str:
    """A file's text with another value of one of its constants. Raises SettingError."""
    for item in parse(Source("--set", text)).items:
        if isinstance(item, ast.Const) and item.name.name == name:
            return _replaced(text, item.value.span, expression(name, value).span.text)
    return text


def with_setting(text: str, recipe: str, path: str, value: Value) -> str:
    """A file's text with another value at a dotted path of a recipe: `optimizer.learning_rate`.

    The path begins with a setting, or with a phase and a setting of that. Without a phase it holds
    wherever the recipe and its phases write the setting. Raises SettingError where there is no such
    thing.
    """
    head, *rest = path.split(".")
    block = _block(text, recipe)
    phases = {e.name.name: e for e in block.entries if isinstance(e, ast.Phase)}
    made = expression(path, value).span.text
    if head in phases and rest:
        return _in_phase(text, phases[head], rest, path, made)
    if head not in KEYS:
        hint = did_you_mean(head, [*KEYS, *phases])
        raise SettingError(f"the recipe has no setting or phase `{head}`. {hint}".strip())
    written = _written(block, head)
    if not written:
        start = block.entries[0].span.start if block.entries else block.span.end - 1
        return _inserted(text, start, head, rest, path, made)
    for span in sorted((one.value.span for one in written), key=lambda s: -s.start):
        text = _replaced(text, span, changed(span.text, head, rest, path, made))
    return text


def changed(text: str, key: str, rest: Sequence[str], path: str, made: str) -> str:
    """The text of a setting's value, with `made` in the place of an argument inside it."""
    if not rest:
        return made
    value = expression(path, text)
    if isinstance(value, ast.Name):
        return f"{value.name}({rest[0]}={changed_inside(value.name, rest, path, made)})"
    if not isinstance(value, ast.Call) or not isinstance(value.function, ast.Name):
        raise SettingError(f"`{path}`: `{key}` is `{text}`, which has no arguments")
    name = value.function.name
    argument = _argument(name, rest[0], path)
    for place, arg in enumerate(value.args):
        own = arg.name.name if arg.name is not None else _names(name)[place : place + 1]
        if own == argument or own == [argument]:
            own_text = _quoted(name, argument, made) if len(rest) == 1 else made
            inner = changed(arg.value.span.text, rest[0], rest[1:], path, own_text)
            return _replaced(text, _moved(arg.value.span, value.span), inner)
    more = f"{argument}={changed_inside(name, rest, path, made)}"
    inside = ", ".join([*(arg.span.text for arg in value.args), more])
    return f"{name}({inside})"


def changed_inside(name: str, rest: Sequence[str], path: str, made: str) -> str:
    """The text of an argument that a call does not have yet."""
    _argument(name, rest[0], path)
    if len(rest) > 1:
        raise SettingError(f"`{path}`: `{rest[0]}` of `{name}` is not written, so it has no parts")
    return _quoted(name, rest[0], made)


def expression(name: str, value: Value) -> ast.Expr:
    """A value as a file would hold it; text that is no expression is a string."""
    texts = [value, show(value)] if isinstance(value, str) else [show(value)]
    for text in texts:
        try:
            items = parse(Source("--set", f"train _ {{\n  value = {text}\n}}\n")).items
        except DiagnosticError:
            continue
        entries = items[0].entries if isinstance(items[0], ast.Train) else ()
        if len(items) == len(entries) == 1 and isinstance(entries[0], ast.Setting):
            return entries[0].value
    raise SettingError(f"`{name}` cannot be `{value}`")


def _block(text: str, recipe: str) -> ast.Train:
    items = parse(Source("--set", text)).items
    return next(i for i in items if isinstance(i, ast.Train) and i.ident.name == recipe)


def _written(block: ast.Train, key: str) -> list[ast.Setting]:
    """Where a recipe and its phases write a setting."""
    return [one for one in _settings(block) if one.key.name == key]


def _settings(block: ast.Train) -> Iterator[ast.Setting]:
    for entry in block.entries:
        if isinstance(entry, ast.Phase):
            yield from entry.settings
        else:
            yield entry


def _in_phase(text: str, phase: ast.Phase, rest: Sequence[str], path: str, made: str) -> str:
    key, *inner = rest
    known = [one.name for one in KEYS.values() if one.phase]
    if key not in known:
        hint = did_you_mean(key, known)
        raise SettingError(f"`{path}`: a phase has no setting `{key}`. {hint}".strip())
    for one in phase.settings:
        if one.key.name == key:
            span = one.value.span
            return _replaced(text, span, changed(span.text, key, inner, path, made))
    start = phase.settings[0].span.start if phase.settings else phase.span.end - 1
    return _inserted(text, start, key, inner, path, made)


def _inserted(text: str, start: int, key: str, rest: Sequence[str], path: str, made: str) -> str:
    """A text with a setting that was not written: with its default, changed."""
    if rest:
        default = KEYS[key].default
        if default is None or isinstance(default, list | tuple | bool | int | float | str):
            raise SettingError(f"`{path}`: the recipe does not write `{key}`")
        made = changed(type(default).__name__, key, rest, path, made)
    return f"{text[:start]}{key} = {made}\n{text[start:]}"


def inside_hint(recipe: ast.Train, name: str) -> str:
    """The path of a setting that was called as the argument it is; empty where none is."""
    for one in _settings(recipe):
        value = one.value
        function = value.function if isinstance(value, ast.Call) else value
        known = _names(function.name) if isinstance(function, ast.Name) else []
        meant = SHORT.get(name, name)
        if meant in known:
            return f"write `{one.key.name}.{meant}`"
    return ""


def _names(function: str) -> list[str]:
    cls = class_of(function)
    return [] if cls is None else [argument.name for argument in arguments(cls).values()]


def _quoted(function: str, name: str, made: str) -> str:
    """The text of an argument; a bare word or path, where the argument is a string, in quotes."""
    cls = class_of(function)
    found = [] if cls is None else [a for a in arguments(cls).values() if a.name == name]
    strings = bool(found) and found[0].kind.text in (STRING.text, optional(STRING).text)
    return show(made) if strings and made != "none" and not made.startswith('"') else made


def _argument(function: str, name: str, path: str) -> str:
    known = _names(function)
    if known and name not in known:
        hint = did_you_mean(name, known)
        raise SettingError(f"`{path}`: `{function}` has no argument `{name}`. {hint}".strip())
    return name


def _moved(span: Span, around: Span) -> Span:
    """A span inside another one, counted from the beginning of that."""
    return Span(span.source, span.start - around.start, span.end - around.start)


def _replaced(text: str, span: Span, made: str) -> str:
    return text[: span.start] + made + text[span.end :]
