"""`netc ops`: the reference of layers, and of what recipes can name."""

from __future__ import annotations

import click

from ...compiler.link.foreign_names import LAYERS
from ...compiler.ops.table import ALIASES, CONSTANTS, OPS
from ...compiler.reference.operators import families, render_op
from ...dsl.diagnostics.suggest import did_you_mean
from ..errors import UserError
from .common import format_option
from .say import say, say_json


@click.command("ops")
@click.argument("name", required=False)
@format_option
def command(name: str | None, form: str) -> int:
    """List the layers and what recipes can name, or describe one: arguments, shapes, weights."""
    if form == "json":
        return _as_json(name)
    if name is None:
        for family, classes in families():
            say(family)
            for cls in classes:
                doc = (cls.__doc__ or "").partition("\n")[0]
                say(f"  {cls.__name__:24} {doc}")
        from ...compiler.recipe.objects.families import families as recipe_families

        for each in recipe_families():
            say(f"Recipes: {each.title}")
            for word, made in each.classes.items():
                doc = (made.__doc__ or "").partition("\n")[0]
                say(f"  {word:24} {doc}")
        return 0
    folded = {each.lower(): cls for each, cls in {**ALIASES, **CONSTANTS, **OPS}.items()}
    found = folded.get(name.lower())
    if found is not None:
        say(render_op(found).removesuffix("\n"))
        return 0
    from ...compiler.reference import recipes as recipes

    known = recipes.names()
    alike = [each for each in known if each.lower() == name.lower()]
    text = recipes.render_object(name if name in alike else alike[0]) if alike else ""
    if not text:
        foreign = LAYERS.get(name)
        hint = (
            did_you_mean(name, [*OPS, *CONSTANTS, *ALIASES, *known])
            if foreign is None
            else f"{foreign.help}."
        )
        raise UserError(f"there is no layer `{name}`. {hint}".strip())
    say(text.removesuffix("\n"))
    return 0


def _as_json(name: str | None) -> int:
    """All of it, or what has the name: layers, then what recipes call so."""
    from ...compiler.reference.described import objects_json, operators_json

    found = [*operators_json(), *objects_json()]
    if name is None:
        say_json(found)
        return 0
    alias = ALIASES.get(name)
    wanted = {name.lower(), alias.__name__.lower() if alias else ""}
    named = [each for each in found if str(each["name"]).lower() in wanted]
    if not named:
        known = [str(each["name"]) for each in found]
        raise UserError(f"there is no layer `{name}`. {did_you_mean(name, known)}".strip())
    say_json(named)
    return 0
