"""A parsed file, and what each name of its top level stands for."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from ...dsl.record import record
from ...dsl.syntax import ast


@record(eq=False)
class Defined:
    """A definition, with the module whose names its body sees."""

    module: Module
    definition: ast.Definition


@record(eq=False)
class Constant:
    """A `const`, evaluated in the module that wrote it."""

    module: Module
    const: ast.Const


@record(eq=False)
class Unavailable:
    """A name whose import failed; a diagnostic has said so."""

    name: str


Entity: TypeAlias = "Defined | Constant | Unavailable"


@record(frozen=False, eq=False, slots=False)
class Module:
    """One parsed file and the names of its top level."""

    path: Path
    file: ast.File
    names: dict[str, Entity] = field(default_factory=dict)
    steps: int = 0
    """How many steps were taken to expand what stands in it, as far as they were counted."""

    @cached_property
    def constants(self) -> frozenset[str]:
        """The names of constants, which a signature may use as sizes."""
        return frozenset(n for n, entity in self.names.items() if isinstance(entity, Constant))

    @property
    def nets(self) -> list[ast.Definition]:
        """The nets the file defines, in order."""
        return [i for i in self.file.items if isinstance(i, ast.Definition) and i.kind == "net"]
