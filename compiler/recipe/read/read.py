"""Reads the settings of a `train` block: each key known, once, in its place, of the right type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Fix, Related
from ....dsl.diagnostics.suggest import correction, did_you_mean, nearest
from ....dsl.record import record
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...expand.body import Body
from ...expand.values import POISON
from ...ops.base.kinds import Word, show
from .case import Given, PerOutput
from .evaluate import Reader
from .names import Names
from .settings import KEYS, Key


@record
class PhaseSettings:
    """A `phase` block as it is written."""

    name: str
    span: Span
    given: Mapping[str, Given]


@record
class Settings:
    """The settings of a recipe and those of its phases."""

    given: Mapping[str, Given]
    phases: tuple[PhaseSettings, ...]
    meant: frozenset[str]
    """What unknown settings were most likely meant to be."""


def read_block(
    body: Body,
    item: ast.Train,
    names: Names | None,
    overrides: Sequence[ast.Setting],
) -> Settings:
    """All settings of a recipe; the value of one that is at fault is poison.

    `names` are those of the net's outputs and layers, None where they are not known. `overrides`
    stand in the place of settings that the recipe or a phase writes.
    """
    own = [entry for entry in item.entries if isinstance(entry, ast.Setting)]
    phases = [entry for entry in item.entries if isinstance(entry, ast.Phase)]
    replaced = {setting.key.name for setting in overrides}
    given = _read(body, own, names, replaced, None)
    given.update(_read(body, overrides, names, set(), None))
    found: dict[str, PhaseSettings] = {}
    for phase in phases:
        name = phase.name
        if name.name in found:
            body.fault(
                Code.DUPLICATE_NAME,
                f"there are two phases `{name.name}`",
                name.span,
                "defined again here",
                related=(Related("first defined here", found[name.name].span),),
                help="rename one of them",
            )
        settings = _read(body, phase.settings, names, replaced, phase)
        found.setdefault(name.name, PhaseSettings(name.name, name.span, settings))
    entries = [*own, *(setting for phase in phases for setting in phase.settings)]
    unknown = {entry.key.name for entry in entries} - KEYS.keys()
    meant = {known for name in unknown for known in nearest(name, KEYS, limit=1)}
    return Settings(given, tuple(found.values()), frozenset(meant))


def _read(
    body: Body,
    settings: Sequence[ast.Setting],
    names: Names | None,
    replaced: set[str],
    phase: ast.Phase | None,
) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for setting in settings:
        name = setting.key.name
        key = KEYS.get(name)
        if key is None:
            _unknown(body, setting, phase)
        elif name in found:
            body.fault(
                Code.EXTRA_ARGUMENT,
                f"`{name}` is set twice",
                setting.key.span,
                "set again",
                related=(Related("first set here", found[name].setting.key.span),),
                help="remove one of them",
            )
        elif phase is not None and not key.phase:
            body.fault(
                Code.NOT_IN_PHASE,
                f"`{name}` belongs to the whole recipe, not to a phase",
                setting.key.span,
                "in a phase",
                help="write it above the phases",
            )
        elif name not in replaced:
            found[name] = Given(_value(body, setting, key, names), setting)
    return found


def _unknown(body: Body, setting: ast.Setting, phase: ast.Phase | None) -> None:
    name = setting.key.name
    known = [key.name for key in KEYS.values() if key.phase or phase is None]
    body.fault(
        Code.UNKNOWN_SETTING,
        f"a recipe has no setting `{name}`",
        setting.key.span,
        "unknown setting",
        help=_USUAL.get(name) or did_you_mean(name, known),
        fix=_renamed(setting.key.span, name, known),
    )


def _renamed(span: Span, name: str, known: Sequence[str]) -> Fix | None:
    """The edit of a setting's name: to what another tool's is here, else to the nearest."""
    if name not in _USUAL:
        return correction(span, name, known)
    written = re.match(_NAME, _USUAL[name])
    return None if written is None else Fix(span, written[1])


_NAME = r"write `(\w+)`"
_ACCUMULATE = "it is the optimizer's: `optimizer = Adam(0.001, gradient_accumulation_steps=4)`"
_AVERAGE = "it is the optimizer's: `optimizer = Adam(0.001, use_ema=true)`"
_USUAL = {
    "learning_rate": "it is the optimizer's: `optimizer = Adam(0.001)`",
    "lr": "it is the optimizer's: `optimizer = Adam(0.001)`",
    "momentum": "it is the optimizer's: `optimizer = SGD(0.01, momentum=0.9)`",
    "accumulate": _ACCUMULATE,
    "gradient_accumulation_steps": _ACCUMULATE,
    "ema": _AVERAGE,
    "use_ema": _AVERAGE,
    "schedule": "it is the optimizer's: `optimizer = SGD(CosineDecay(0.1, decay_steps=10000))`",
    "cross_validation": "write `folds`, such as `folds = 5`",
    "k_folds": "write `folds`, such as `folds = 5`",
    "validation_split": 'it is the data\'s: `data = image_folder("data", validation_split=0.2)`',
    "callbacks": "there are `stop`, `plateau` and `keep`",
    "batch_size": "write `batch`",
    "early_stopping": "write `stop = EarlyStopping(…)`",
    "checkpoint": 'write `keep = best("val_loss")`',
    "dropout": "it is a layer of the net: `-> Dropout(0.5)`",
    "shuffle": "the training samples are always shuffled",
}
"""What to write for settings that other tools have."""


def _value(body: Body, setting: ast.Setting, key: Key, names: Names | None) -> object:
    reader = Reader(body)
    value = setting.value
    if (
        key.per_output
        and isinstance(value, ast.Call)
        and isinstance(value.function, ast.Name)
        and value.function.name == "per_output"
    ):
        return _per_output(reader, value, key, names)
    return reader.read(key.name, value, key.takes)


def _per_output(reader: Reader, call: ast.Call, key: Key, names: Names | None) -> object:
    body = reader.body
    found: dict[str, tuple[object, ast.Expr]] = {}
    faulty = False
    for arg in call.args:
        if arg.name is None:
            faulty = True
            body.fault(
                Code.WRONG_TYPE,
                "`per_output` takes named values only",
                arg.span,
                "no name",
                help="name the output: "
                + (f"`{names.outputs[0]}=…`" if names else "`per_output(name=…)`"),
            )
            continue
        name = arg.name.name if names is None else names.known(arg.name.name)
        if name in found:
            faulty = True
            body.fault(Code.EXTRA_ARGUMENT, f"`{name}` is given twice", arg.span, "given again")
        elif name is None:
            faulty = True
            _unknown_output(body, arg, names)
        else:
            made = reader.read(key.name, arg.value, key.takes)
            faulty = faulty or made is POISON
            found[name] = (made, arg.value)
    return POISON if faulty else PerOutput(found)


def _unknown_output(body: Body, arg: ast.Arg, names: Names | None) -> None:
    assert arg.name is not None
    assert names is not None
    name = arg.name.name
    known = names.outputs
    if arg.quoted or not nearest(name, known, limit=1):
        inner = names.inner
        known = (*known, *inner) if arg.quoted or nearest(name, inner, limit=1) else known
    body.fault(
        Code.UNKNOWN_OUTPUT,
        f"the net has no output{' and no one tensor' * arg.quoted} `{show(Word(name))}`",
        arg.name.span,
        "not an output" if not arg.quoted else "not in the net",
        help=did_you_mean(name, known) or "paths are those that `netc summary` lists" * arg.quoted,
        fix=None if arg.quoted else correction(arg.name.span, name, known),
    )
