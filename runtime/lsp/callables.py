"""What can be called, with its arguments: layers, blocks, functions, objects of recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...compiler.link.builtins import FUNCTIONS
from ...compiler.link.module import Defined, Module
from ...compiler.ops.base.declare import Argument, arguments
from ...compiler.ops.table import ACTIVATION_LAYERS, ALIASES, CONSTANTS, OBJECTS, OPS
from ...compiler.recipe.objects.families import called, families
from ...compiler.reference.operators import default_text
from ...dsl.record import record
from ...dsl.syntax import ast


@record
class Parameter:
    """One argument: its name, its default as written, its doc, and the words it takes."""

    name: str
    default: str
    doc: str
    words: tuple[str, ...] = ()
    required: bool = False

    @property
    def label(self) -> str:
        """`strides=1`."""
        return self.name if self.required else f"{self.name}={self.default}"


@record
class Signature:
    """Something that can be called."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]

    @property
    def label(self) -> str:
        """`Conv2D(filters, kernel_size, strides=1)`."""
        return f"{self.name}({', '.join(parameter.label for parameter in self.parameters)})"


def find(name: str, module: Module | None, *, in_recipe: bool) -> Signature | None:
    """What a call of a name in a file calls."""
    entity = module.names.get(name) if module is not None else None
    if isinstance(entity, Defined):
        return block(entity.definition)
    if in_recipe:
        for _, cls in called(name):
            return _of_class(name, cls)
    for table in (OPS, CONSTANTS, ALIASES, OBJECTS):
        if name in table:
            return _of_class(name, table[name])
    if name in FUNCTIONS:
        return Signature(name, FUNCTIONS[name].doc, ())
    return None


def layers() -> Iterator[Signature]:
    """Every layer, by each of its names."""
    for table in (OPS, ALIASES):
        yield from (_of_class(name, cls) for name, cls in table.items() if not cls.hidden)
    yield from (Signature(name, "an activation", ()) for name in ACTIVATION_LAYERS)


def constants() -> Iterator[Signature]:
    """The functions that make constant tensors."""
    yield from (_of_class(name, cls) for name, cls in CONSTANTS.items())


def recipe_objects() -> Iterator[Signature]:
    """Everything that recipes can name."""
    for family in families():
        for table in (family.classes, family.words):
            yield from (_of_class(name, cls) for name, cls in table.items())


def block(definition: ast.Definition) -> Signature:
    """A block or a net, with its parameters that are not tensors."""
    given = tuple(
        Parameter(
            param.name.name,
            param.default.span.text if param.default is not None else "",
            f"{param.type.span.text}",
            _words(param),
            param.default is None,
        )
        for param in definition.params
        if isinstance(param.type, ast.StaticTypeExpr)
    )
    head = " ".join(definition.head_span.text.split()).removesuffix("{").strip()
    return Signature(definition.name.name, head, given)


def _words(param: ast.Param) -> tuple[str, ...]:
    is_bool = isinstance(param.type, ast.StaticTypeExpr) and param.type.name.name == "bool"
    return ("true", "false") if is_bool else ()


def _of_class(name: str, cls: type) -> Signature:
    table = arguments(cls)
    return Signature(name, (cls.__doc__ or "").partition("\n")[0], tuple(_parameters(table)))


def _parameters(table: Mapping[str, Argument]) -> Iterator[Parameter]:
    for argument in table.values():
        default = "" if argument.required else default_text(argument)
        words = set(argument.kind.words)
        if default in ("true", "false"):
            words |= {"true", "false"}
        yield Parameter(
            argument.name, default, argument.doc, tuple(sorted(words)), argument.required
        )
