"""The reference of recipes: docs/recipe-objects.md, and what `netc ops SGD` prints."""

from __future__ import annotations

import inspect

from ..ops.base.declare import arguments
from ..ops.base.kinds import Kind
from ..recipe.objects.base import Loss, Metric, RecipeObject
from ..recipe.objects.families import Family, called, families
from ..recipe.read.settings import KEYS, Key, Many, Objects, Optional, Patterns, Takes
from .made_by import MADE_BY
from .operators import default_text

FORMS = {
    "classes": "indices of classes",
    "one_hot": "one-hot, or a distribution over the classes",
    "binary": "0 or 1 for each unit",
    "signs": "-1 or 1 for each unit",
    "values": "numbers as they come",
    "none": "none; the data bring nothing for the output",
}
"""The forms of targets, in words."""

OPENING = """\
# Recipes: every setting and every object

What a `train` block can set, and everything it can name or call. Names, arguments, their order and
their defaults are Keras's; what makes no sense in a text file (custom functions, dtypes of single
objects) is left out. `netc ops NAME` prints one of the objects in the terminal."""

SETTINGS = """\
## Settings

In an own `phase` block a setting holds for that phase only. Where a setting can differ between the
outputs of a net, `per_output(recon=…, mean=…)` gives each its own."""

MISSING = {
    "losses": {
        "CTC": "its targets are sequences of another length than the output",
        "Circle": "it compares the samples of a batch with one another",
    },
    "optimizers": {
        "LossScaleOptimizer": "Keras adds it itself under `precision = mixed_float16`",
        "MultiOptimizer": "a recipe has one optimizer; phases with `freeze` do part by part",
        "OptimizerMap": "as MultiOptimizer",
        "ScheduleFreeAdamW": "validation would need other weights than training",
    },
    "metrics": {
        "Mean": "it averages a number, not outputs and targets",
        "Sum": "as Mean",
        "MeanMetricWrapper": "it wraps a Python function",
    },
    "layers": {
        "AugMix": "Keras draws its chains in Python and from no seed: no run could be repeated",
        "ContrastLimitedAdaptiveHistogramEqualization": "nothing in it is random",
        "MaxNumBoundingBoxes": "data are pictures and classes, without boxes",
    },
}
"""What Keras has and recipes have not, by Keras's module, with the reason."""


def signature(name: str, cls: type[RecipeObject]) -> str:
    """`SGD(learning_rate=0.01, momentum=0.0, …)` as a recipe writes it."""
    parts = [
        argument.name if argument.required else f"{argument.name}={default_text(argument)}"
        for argument in arguments(cls).values()
    ]
    return f"{name}({', '.join(parts)})" if parts else name


def words(family: Family, cls: type[RecipeObject]) -> list[str]:
    """The other words for the class."""
    return sorted(word for word, one in family.words.items() if one is cls and word != cls.__name__)


def notes(cls: type[RecipeObject]) -> list[str]:
    """What there is to know of a class beside its arguments."""
    if issubclass(cls, Loss):
        return [f"Targets: {FORMS[cls.targets]}."]
    if issubclass(cls, Metric):
        forms = "; ".join(FORMS[kind] for kind in cls.takes)
        return [f"Targets: {forms}. Histories call it `{cls.called}`."]
    return []


def render_object(name: str) -> str:
    """The reference of everything a recipe calls by that name, as plain text; "" for nothing."""
    parts = []
    for family, cls in called(name):
        known = next((n for n, c in family.classes.items() if c is cls), cls.__name__)
        lines = [f"{signature(known, cls)}    ({family.title.lower()})", ""]
        lines += [inspect.cleandoc(cls.__doc__ or ""), *notes(cls), ""]
        table = arguments(cls)
        width = max(map(len, table), default=0)
        if table:
            lines.append("Arguments")
        for argument in table.values():
            default = "" if argument.required else f"; default {default_text(argument)}"
            text = f"{argument.doc} ({argument.kind.text}{default})"
            lines.append(f"  {argument.name:{width}}  {text}")
        also = words(family, cls)
        if also:
            lines += ["", f"Also      {', '.join(also)}"]
        parts.append("\n".join(lines).rstrip() + "\n")
    return "\n".join(parts)


def names() -> list[str]:
    """Everything `render_object` knows, once."""
    found = {name: None for family in families() for name in (*family.classes, *family.words)}
    return list(found)


def objects_markdown() -> str:
    """docs/recipe-objects.md."""
    lines = [*OPENING.split("\n"), "", f"{MADE_BY} the tables of recipes; do not edit it.", ""]
    for family in families():
        listed = ", ".join(f"[{name}](#{_anchor(family, name)})" for name in family.classes)
        lines.append(f"- **{family.title}**: {listed}")
    lines += ["", *SETTINGS.split("\n"), ""]
    lines += ["| setting | takes | default | |", "|---|---|---|---|"]
    lines += [_setting(key) for key in KEYS.values()]
    for family in families():
        lines += ["", f"## {family.title}"]
        for name, cls in family.classes.items():
            lines += ["", *_section(family, name, cls)]
    lines += ["", "## What Keras has and recipes have not", ""]
    for missing in MISSING.values():
        lines += [f"- `{name}`: {reason}." for name, reason in missing.items()]
    return "\n".join(lines) + "\n"


def _anchor(family: Family, name: str) -> str:
    return _title(family, name).lower().replace(" ", "-").replace("(", "").replace(")", "")


def _title(family: Family, name: str) -> str:
    """The heading of an object: some names are a loss's and a metric's, `accuracy` two metrics'."""
    alike = [
        other
        for each in families()
        for other in each.classes
        if other.lower() == name.lower() and (each is not family or other != name)
    ]
    if not alike:
        return name
    return f"{name} ({'the word' if name == 'accuracy' else _one(family)})"


def _one(family: Family) -> str:
    return {"Losses": "loss", "Metrics": "metric"}.get(family.title, family.title.lower())


def _section(family: Family, name: str, cls: type[RecipeObject]) -> list[str]:
    lines = [f"### {_title(family, name)}", "", f"`{signature(name, cls)}`", ""]
    lines += [inspect.cleandoc(cls.__doc__ or "").replace("|", "\\|"), ""]
    for note in notes(cls):
        lines += [note, ""]
    if arguments(cls):
        lines += ["| argument | takes | default | |", "|---|---|---|---|"]
    for argument in arguments(cls).values():
        default = "required" if argument.required else f"`{default_text(argument)}`"
        lines.append(
            f"| `{argument.name}` | {_cell(argument.kind.text)} | {default} "
            f"| {_cell(argument.doc)} |"
        )
    also = words(family, cls)
    if also:
        meanings = [f"`{word}`" for word in also]
        lines += ["", f"Also called {', '.join(meanings)}."]
    while lines[-1] == "":
        lines.pop()
    return lines


def _setting(key: Key) -> str:
    where = [
        *(() if key.phase else ("not in a phase",)),
        *(("`per_output`",) if key.per_output else ()),
    ]
    doc = f"{key.doc} ({'; '.join(where)})" if where else key.doc
    cells = (f"`{key.name}`", takes_text(key.takes), key.shown_default, doc)
    return f"| {' | '.join(map(_cell, cells))} |"


def takes_text(takes: Takes) -> str:
    """What a setting takes, in words."""
    if isinstance(takes, Many):
        return f"{takes_text(takes.item)}, or a list of them"
    if isinstance(takes, Optional):
        return f"{takes_text(takes.item)} or none"
    if isinstance(takes, Objects):
        return takes.what
    if isinstance(takes, Patterns):
        return "a label or a path, which may hold `*`"
    assert isinstance(takes, Kind)
    return takes.text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
