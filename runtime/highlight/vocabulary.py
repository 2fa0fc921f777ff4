"""The words of the language in the groups that colours tell apart, from its own tables."""

from __future__ import annotations

from functools import cache

from ...compiler.link.builtins import STATIC_TYPES
from ...compiler.link.names import CALLABLE as CALLABLE
from ...compiler.shapes.types import DTYPES as DTYPES
from ...dsl.syntax.parse import SOFT
from ...dsl.syntax.tokens import KEYWORDS as KEYWORDS
from ...dsl.syntax.tokens import TABLES

TYPES = frozenset((*DTYPES, *STATIC_TYPES))
"""What can be the type of a parameter; those of tensors are words elsewhere, too."""

LITERALS = frozenset(("true", "false", "none"))
"""Keywords that are values."""

WORDS = frozenset(("and", "or", "not", "in", "as"))
"""Keywords that stand between or before values."""

STATEMENTS = frozenset(word for word, kind in TABLES.keywords.items() if kind in SOFT) - {"import"}
"""Keywords that begin a line, and are names elsewhere."""


@cache
def recipe_callables() -> frozenset[str]:
    """What a recipe can name beside that: losses, optimizers, schedules, data, …"""
    from ...compiler.recipe.objects.families import families

    return frozenset(name for one in families() for name in (*one.classes, *one.words))
