"""The references of operators, recipe objects and codes for programs, as JSON."""

from __future__ import annotations

import inspect
import re

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.pages import page
from ..ops.base.declare import arguments
from ..ops.base.op import Op
from ..recipe.objects.base import RecipeObject
from ..recipe.objects.families import families as recipe_families
from .operators import default_text, description, examples, families, signature
from .recipes import notes, words
from .recipes import signature as recipe_signature

_BLOCK = re.compile(r"^```net\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def operator_json(family: str, cls: type[Op]) -> dict[str, object]:
    """An operator: its call, arguments, what it takes, and worked examples."""
    least, most = cls.arity
    low, high = cls.rank if isinstance(cls.rank, tuple) else (cls.rank, cls.rank)
    return {
        "name": cls.__name__,
        "family": family,
        "signature": signature(cls),
        "doc": description(cls),
        "arguments": _arguments(cls),
        "inputs": {"least": least, "most": most, "names": list(cls.tensor_names)},
        "rank": None if cls.rank is None else {"least": low, "most": high},
        "axes": cls.axes or None,
        "dtypes": list(cls.dtypes),
        "examples": [
            {"call": call, "output": output, "params": params}
            for call, output, params in examples(cls)
        ],
    }


def operators_json() -> list[dict[str, object]]:
    """Every operator and constant, by family."""
    return [operator_json(family, cls) for family, classes in families() for cls in classes]


def objects_json() -> list[dict[str, object]]:
    """Everything that a recipe can name or call."""
    return [
        object_json(family.title, name, cls, words(family, cls))
        for family in recipe_families()
        for name, cls in family.classes.items()
    ]


def object_json(
    family: str, name: str, cls: type[RecipeObject], also: list[str]
) -> dict[str, object]:
    """A loss, an optimizer or the like."""
    return {
        "name": name,
        "family": family,
        "signature": recipe_signature(name, cls),
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "also": also,
        "arguments": _arguments(cls),
        "notes": notes(cls),
    }


def code_json(code: Code) -> dict[str, object]:
    """A diagnostic code with its page, and the page's examples apart."""
    text = page(code.id)
    parts = _SECTION.split(text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {
        "code": code.id,
        "severity": code.severity,
        "title": code.title,
        "text": parts[0].partition("\n")[2].strip(),
        "wrong": _BLOCK.findall(sections.get("Wrong", "")),
        "right": _BLOCK.findall(sections.get("Right", "")),
        "page": text,
    }


def _arguments(cls: type) -> list[dict[str, object]]:
    return [
        {
            "name": argument.name,
            "doc": argument.doc,
            "takes": argument.kind.text,
            "words": sorted(argument.kind.words),
            "required": argument.required,
            "default": None if argument.required else default_text(argument),
        }
        for argument in arguments(cls).values()
    ]
