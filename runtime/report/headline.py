"""The head of `report.html`: what a run came to, before all that explains it."""

from __future__ import annotations

from ..runs.facts import Facts
from ..runs.history import FINISHED, INTERRUPTED, NOT_FINITE, STOPPED, VALIDATION, Ending
from . import html
from .judge import Judgement
from .panels import title
from .scales import duration, number, percent_or_number


def headline(facts: Facts, judged: Judgement | None) -> str:
    """What the run came to."""
    recipe, ending = facts.recipe, facts.ending
    name = recipe.name if recipe.name == recipe.net else f"{recipe.name} for {recipe.net}"
    shown = [html.tag("h1", html.text(name))]
    shown.append(html.tag("p", html.text(_ending(facts, ending)), "quiet"))
    tiles = _tiles(facts, judged)
    if tiles:
        shown.append(html.tag("div", "".join(_tile(*tile) for tile in tiles), "tiles"))
    shown.append(_proof(facts))
    if facts.notes:
        made = "".join(f"<p>{html.spoken(note)}</p>" for note in facts.notes)
        shown.append(html.tag("div", made, "note"))
    return "".join(shown)


def _ending(facts: Facts, ending: Ending | None) -> str:
    epochs = len([e for e in facts.history.epochs if e.restart == facts.kept_restart])
    many = f"{epochs} epoch{'s' * (epochs != 1)}"
    said = {
        FINISHED: f"Trained for {many}",
        STOPPED: f"Stopped early after {many}",
        INTERRUPTED: f"Interrupted after {many}",
        NOT_FINITE: f"Stopped after {many}, because the loss was not finite",
    }.get(ending.reason if ending else INTERRUPTED, f"Ended after {many}")
    said += f" in {duration(facts.seconds)}" if facts.seconds else ""
    if ending is not None and ending.kept:
        value = f", {ending.monitor} {number(ending.value)}" if ending.monitor else ""
        what = "the running mean at the end" if ending.averaged else "those"
        said += f"; the weights are {what} of epoch {ending.kept}{value}"
    if facts.recipe.restarts > 1:
        said += f"; restart {facts.kept_restart} of {facts.recipe.restarts} was kept"
    return f"{said}. {facts.started}".strip() + ("." if facts.started else "")


def _tiles(facts: Facts, judged: Judgement | None) -> list[tuple[str, str, str]]:
    """Each figure with the kept weights: where it tells most, what it is, and elsewhere."""
    held = facts.kept_values
    test = judged.values if judged is not None and judged.part == "test" else {}
    parts = {
        "test": test,
        "validation": {
            name.removeprefix(VALIDATION): value
            for name, value in held.items()
            if name.startswith(VALIDATION)
        },
        "training": {k: v for k, v in held.items() if not k.startswith(VALIDATION)},
    }
    names = dict.fromkeys(name for values in parts.values() for name in values)
    made = []
    for name in sorted(names, key=lambda name: "loss" in name):
        found = [
            (part, percent_or_number(name, values[name]))
            for part, values in parts.items()
            if name in values
        ]
        (part, value), *others = found
        elsewhere = " · ".join(f"{other} {figure}" for other, figure in others)
        made.append((value, f"{part} {title(name).lower()}", elsewhere))
    return made


def _tile(value: str, words: str, elsewhere: str) -> str:
    shown = f"<b>{html.text(value)}</b><span>{html.text(words)}</span>"
    return html.tag("div", shown + html.tag("span", html.text(elsewhere)), "tile")


def _proof(facts: Facts) -> str:
    made = facts.agreement
    if made is None:
        return ""
    what = (
        f"onnxruntime and Keras give the same outputs on {made.samples:,} {made.part} samples"
        if made.holds
        else f"onnxruntime and Keras differ on the {made.samples:,} {made.part} samples"
    )
    sign, css = ("✓", "good") if made.holds else ("✗", "bad")
    words = f"{what}: the largest difference is {made.largest:.2g} ({made.tolerance:g} is allowed)."
    return f'<p><b class="{css}">{sign}</b> {html.text(words)}</p>'
