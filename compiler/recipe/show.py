"""Writes a recipe, or any object of one, back as `.net` text or as data for JSON.

The text has everything resolved: reading it again gives the same recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from ..ops.base.declare import Argument, arguments
from ..ops.base.kinds import show
from .objects.base import Metric, RecipeObject, Term
from .objects.callbacks import Best, Last
from .objects.loads import load
from .objects.sums import LossSum
from .read.settings import KEYS
from .recipe import Phase, Recipe

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
_WORDS: Mapping[type, str] = {Best: "best", Last: "last"}


def show_value(value: object, *, defaults: bool = True) -> str:
    """A value as a recipe writes it: `SGD(learning_rate=0.1, momentum=0.9)`, `[0.1, 0.2]`, `none`.

    Without `defaults`, arguments that have theirs are left out.
    """
    if isinstance(value, LossSum):
        return " + ".join(_show_term(term, defaults) for term in value.added)
    if isinstance(value, RecipeObject):
        given = ", ".join(
            f"{argument.name}={show_value(getattr(value, argument.name), defaults=defaults)}"
            for argument in _shown(value, defaults)
        )
        return f"{called(value)}({given})" if given else called(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(show_value(item, defaults=defaults) for item in value)}]"
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    return show(value)


def _show_term(term: Term, defaults: bool) -> str:
    text = show_value(term.loss, defaults=defaults)
    return text if term.weight == 1 else f"{show(term.weight)} * {text}"


def value_data(value: object) -> object:
    """A value for JSON; an object is `{"name": …, "arguments": {…}}`, every argument given.

    A sum of losses is `{"sum": [{"weight": …, "loss": …}, …]}`.
    """
    if isinstance(value, LossSum):
        terms = [{"weight": each.weight, "loss": value_data(each.loss)} for each in value.added]
        return {"sum": terms}
    if isinstance(value, RecipeObject):
        return {
            "name": called(value),
            "arguments": {
                argument.name: value_data(getattr(value, argument.name))
                for argument in _shown(value, defaults=True)
            },
        }
    if isinstance(value, list | tuple):
        return [value_data(item) for item in value]
    return value


def called(made: RecipeObject) -> str:
    """The name that calls an object's class: `SGD`, `best`."""
    return _WORDS.get(type(made), type(made).__name__)


def _shown(made: RecipeObject, defaults: bool) -> list[Argument]:
    return [
        argument
        for argument in arguments(type(made)).values()
        if defaults or argument.required or getattr(made, argument.name) != argument.default
    ]


def show_recipe(recipe: Recipe, *, defaults: bool = True) -> str:
    """The whole `train` block, with a newline at its end."""
    title = recipe.net if recipe.name == recipe.net else f"{recipe.name} for {recipe.net}"
    lines = [f"train {title} {{"]
    lines += _lines(_run_settings(recipe, defaults), "  ")
    for phase in recipe.phases:
        settings = _phase_settings(recipe, phase, defaults)
        if not phase.name:
            lines += _lines(settings, "  ")
            continue
        lines += ["", f"  phase {phase.name} {{", *_lines(settings, "    "), "  }"]
    return format_file(parse(Source("recipe.net", "\n".join([*lines, "}", ""]))))


def recipe_data(recipe: Recipe) -> Mapping[str, object]:
    """The recipe for JSON, everything resolved."""
    return {
        "name": recipe.name,
        "net": recipe.net,
        "file": recipe.file.name,
        "data": value_data(recipe.data),
        "weights": [
            {"file": one.file, "into": one.into, "rename": list(one.rename)} for one in recipe.loads
        ],
        "restarts": recipe.restarts,
        "seed": recipe.seed,
        "deterministic": recipe.deterministic,
        "precision": recipe.precision,
        "jit": recipe.jit,
        "steps_per_execution": recipe.steps_per_execution,
        "phases": [_phase_data(phase) for phase in recipe.phases],
        **({"bucket_by_length": True} if recipe.bucket_by_length else {}),
        **({} if recipe.folds is None else {"folds": recipe.folds}),
    }


def _phase_data(phase: Phase) -> Mapping[str, object]:
    return {
        "name": phase.name,
        "epochs": phase.epochs,
        "batch": "all" if phase.batch is None else phase.batch,
        "optimizer": value_data(phase.optimizer),
        "outputs": {
            head.output: {
                "loss": value_data(head.loss),
                "weight": head.weight,
                "targets": head.targets,
                "targets_of": head.source,
                "inner": head.inner,
                "metrics": [value_data(metric) for metric in head.metrics],
                "weighted_metrics": [value_data(metric) for metric in head.weighted],
                "class_weight": value_data(head.class_weight),
            }
            for head in phase.heads
        },
        "frozen": sorted(phase.frozen),
        "augment": value_data(phase.augment),
        "stop": value_data(phase.stop),
        "plateau": value_data(phase.plateau),
        "keep": value_data(phase.keep),
        "class_weight": value_data(phase.class_weight),
    } | ({} if phase.cache is None else {"cache": phase.cache})


_Settings = list[tuple[str, str]]
"""Keys, and the text of their values."""


def _lines(settings: _Settings, indent: str) -> list[str]:
    return [f"{indent}{key} = {text}" for key, text in settings]


def _kept(settings: _Settings, defaults: bool) -> _Settings:
    """The settings that are shown: what is none or empty never is."""
    return [
        (key, text)
        for key, text in settings
        if text not in ("none", "[]") and (defaults or text != KEYS[key].shown_default)
    ]


def _run_settings(recipe: Recipe, defaults: bool) -> _Settings:
    loads = ", ".join(map(_load, recipe.loads))
    return _kept(
        [
            ("data", show_value(recipe.data, defaults=defaults)),
            ("weights", f"[{loads}]"),
            ("folds", show(recipe.folds)),
            ("restarts", show(recipe.restarts)),
            ("seed", show(recipe.seed)),
            ("deterministic", show(recipe.deterministic)),
            ("precision", recipe.precision),
            ("bucket_by_length", show(recipe.bucket_by_length)),
            ("jit", show(recipe.jit)),
            ("steps_per_execution", show(recipe.steps_per_execution)),
        ],
        defaults,
    )


def _load(one: load) -> str:
    into = f", into={show_value(one.into)}" if one.into else ""
    rename = f", rename={show_value(one.rename)}" if one.rename else ""
    return f"load({show_value(one.file)}{into}{rename})"


def _phase_settings(recipe: Recipe, phase: Phase, defaults: bool) -> _Settings:
    single = len(recipe.trained.graph.outputs) == 1
    names = {head.output: f'"{head.output}"' if head.inner else head.output for head in phase.heads}
    losses = {names[head.output]: show_value(head.loss, defaults=defaults) for head in phase.heads}
    weights = {names[head.output]: show(head.weight) for head in phase.heads}
    metrics = {names[head.output]: _metrics(head.metrics, defaults) for head in phase.heads}
    weighted = {names[head.output]: _metrics(head.weighted, defaults) for head in phase.heads}
    sources = {names[h.output]: h.takes for h in phase.heads if h.takes}
    weighing = [head for head in phase.heads if head.class_weight is not None]
    own = {names[head.output]: _weights(head.class_weight) for head in weighing}
    classes = _for_outputs(own, False, "") if own else _weights(phase.class_weight)
    return _kept(
        [
            ("freeze", show_value(sorted(phase.frozen))),
            ("augment", show_value(phase.augment, defaults=defaults)),
            ("cache", show(phase.cache)),
            ("loss", _for_outputs(losses, single, "")),
            ("targets", _for_outputs(sources, False, "") if sources else "none"),
            ("loss_weights", _for_outputs(weights, single, KEYS["loss_weights"].shown_default)),
            ("class_weight", classes),
            ("optimizer", show_value(phase.optimizer, defaults=defaults)),
            ("metrics", _for_outputs(metrics, single, "[]")),
            ("weighted_metrics", _for_outputs(weighted, single, "[]")),
            ("batch", "all" if phase.batch is None else show(phase.batch)),
            ("epochs", show(phase.epochs)),
            ("stop", show_value(phase.stop, defaults=defaults)),
            ("plateau", show_value(phase.plateau, defaults=defaults)),
            ("keep", show_value(phase.keep, defaults=defaults)),
        ],
        defaults,
    )


def _metrics(metrics: Sequence[Metric], defaults: bool) -> str:
    return f"[{', '.join(show_value(metric, defaults=defaults) for metric in metrics)}]"


def _weights(weights: tuple[float, ...] | str | None) -> str:
    return weights if isinstance(weights, str) else show_value(weights)


def _for_outputs(texts: Mapping[str, str], single: bool, nothing: str) -> str:
    """One text for all outputs where they agree on `nothing`, or there is one; else by output."""
    found: Iterable[str] = texts.values()
    if single:
        return next(iter(found))
    if nothing and all(text == nothing for text in found):
        return nothing
    return f"per_output({', '.join(f'{name}={text}' for name, text in texts.items())})"
