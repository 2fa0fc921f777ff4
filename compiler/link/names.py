"""Which names a piece of syntax binds, reads and calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...dsl.diagnostics.diagnostic import Fix
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ops.table import ACTIVATION_LAYERS, ALIASES, CONSTANTS, OBJECTS, OPS
from .builtins import FUNCTIONS
from .module import Constant, Defined, Module


@record
class Names:
    """The names an expression of a module may use; `local` are those of its net or block."""

    module: Module
    local: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.local or name in self.module.names or name in BUILT_IN

    def layers(self) -> list[str]:
        """Names for "did you mean" where a layer is called."""
        own = [n for n, e in self.module.names.items() if not isinstance(e, Constant)]
        return [*self.local, *own, *OPS, *ALIASES, *ACTIVATION_LAYERS]

    def values(self) -> list[str]:
        """Names for "did you mean" where a value is read."""
        return [*self.local, *self.module.names, *FUNCTIONS, *CONSTANTS, *OPS]

    def class_of(self, name: str) -> type | None:
        """The operator, initializer or regularizer that a call of `name` makes."""
        if name in self.local or name in self.module.names:
            return None
        return _class_of(name)

    def definition_of(self, name: str) -> ast.Definition | None:
        """The block or net that a call of `name` runs."""
        entity = None if name in self.local else self.module.names.get(name)
        return entity.definition if isinstance(entity, Defined) else None


CALLABLE = frozenset((*FUNCTIONS, *OPS, *ALIASES, *ACTIVATION_LAYERS, *OBJECTS, *CONSTANTS))
"""Layers, what makes arguments and constants, and functions: what a net can call by name."""
BUILT_IN = CALLABLE | {"onnx", "shape"}
"""The names that stand for something in every file."""


@lru_cache(maxsize=1024)
def _class_of(name: str) -> type | None:
    """The class that is called by a name where no file gives it to anything else."""
    return next(
        (table[name] for table in (OPS, ALIASES, CONSTANTS, OBJECTS) if name in table), None
    )


def text_of(layer: ast.Expr) -> str:
    """The text in the place of a layer: equal ones are equal layers in one net or block."""
    if type(layer) is ast.Name:
        return layer.name
    span = layer.span
    return span.source.text[span.start : span.end]


def takes_string(param: ast.Param) -> bool:
    """Whether a parameter is declared as a string."""
    return isinstance(param.type, ast.StaticTypeExpr) and param.type.name.name == "string"


def quotes(param: ast.Param, word: ast.Name) -> tuple[str, Fix]:
    """The help, and the edit, for a bare word that a string parameter gets."""
    text = f'"{word.name}"'
    return f"`{param.name.name}` is a string: put the word in quotes, {text}", Fix(word.span, text)


def nested(expr: ast.Expr) -> Sequence[ast.Expr]:
    """The expressions directly inside one."""
    inside = _NESTED.get(type(expr))
    return inside(expr) if inside is not None else ()


def _call_parts(expr: ast.Call) -> list[ast.Expr]:
    return [expr.function, *[arg.value for arg in expr.args]]


def _pipeline_parts(expr: ast.Pipeline) -> list[ast.Expr]:
    found = [expr.head]
    for stage in expr.stages:
        found.append(stage.target)
        if stage.repeat is not None:
            found.append(stage.repeat)
    return found


def _index_parts(expr: ast.Index) -> Iterator[ast.Expr]:
    for item in expr.items:
        if isinstance(item, ast.Slice):
            yield from (part for part in (item.start, item.stop, item.step) if part is not None)
        elif not isinstance(item, ast.EllipsisLiteral):
            yield item


_NESTED: Mapping[type, Callable[[Any], Sequence[ast.Expr]]] = {
    ast.ListExpr: lambda expr: expr.items,
    ast.TupleExpr: lambda expr: expr.items,
    ast.Unary: lambda expr: (expr.operand,),
    ast.Binary: lambda expr: (expr.left, expr.right),
    ast.Conditional: lambda expr: (expr.condition, expr.then, expr.other),
    ast.Call: _call_parts,
    ast.Attribute: lambda expr: (expr.value,),
    ast.Labelled: lambda expr: (expr.value,),
    ast.Index: lambda expr: (expr.value, *_index_parts(expr)),
    ast.Pipeline: _pipeline_parts,
}
"""What lies directly in each kind of expression; the others hold none."""


def expressions(root: ast.Expr) -> Iterator[ast.Expr]:
    """An expression and all inside it."""
    stack = [root]
    while stack:
        expr = stack.pop()
        yield expr
        inside = _NESTED.get(type(expr))
        if inside is not None:
            stack.extend(inside(expr))


def statements(body: Sequence[ast.Statement]) -> Iterator[ast.Statement]:
    """All statements of a body, those of loops and branches too."""
    for statement in body:
        yield statement
        if type(statement) is ast.Assign:
            continue
        if isinstance(statement, ast.If):
            yield from statements(statement.then)
            yield from statements(statement.other or ())
        elif isinstance(statement, ast.For | ast.Repeat):
            yield from statements(statement.body)


def own_expressions(statement: ast.Statement) -> list[ast.Expr]:
    """The expressions a statement evaluates itself."""
    if isinstance(statement, ast.Assign | ast.LayerDef | ast.ExprStatement):
        return [statement.value]
    if isinstance(statement, ast.WeightDef):
        return [*plain_dims(statement.type), statement.value, *(a.value for a in statement.options)]
    if isinstance(statement, ast.For):
        return [statement.iterable]
    if isinstance(statement, ast.Repeat):
        return [statement.count]
    if isinstance(statement, ast.If):
        return [statement.condition]
    if isinstance(statement, ast.Assert):
        return [statement.condition, *([statement.message] if statement.message else [])]
    return list(statement.values)


def setting_values(recipe: ast.Train) -> list[ast.Expr]:
    """The values that a recipe and its phases set."""
    found: list[ast.Expr] = []
    for entry in recipe.entries:
        settings = entry.settings if isinstance(entry, ast.Phase) else (entry,)
        found.extend(setting.value for setting in settings)
    return found


def assigned(body: Sequence[ast.Statement]) -> list[ast.Ident]:
    """The names that assignments, `layer` and `weight` statements bind."""
    found: list[ast.Ident] = []
    for statement in statements(body):
        if isinstance(statement, ast.Assign):
            found.extend(statement.targets)
        elif isinstance(statement, ast.LayerDef | ast.WeightDef):
            found.append(statement.name)
    return found


def bound_names(definition: ast.Definition) -> set[str]:
    """Every name that a definition binds anywhere: parameters, sizes, variables, labels."""
    found = {ident.name for ident in assigned(definition.body)}
    for param in definition.params:
        found.add(param.name.name)
        if isinstance(param.type, ast.TensorTypeExpr):
            found |= type_names(param.type)
    for result in definition.results or ():
        # A plain name that only a result mentions is bound there.
        found |= {dim.name for dim in result.type.dims if isinstance(dim, ast.Name)}
    for statement in statements(definition.body):
        if isinstance(statement, ast.For):
            found |= {target.name for target in statement.targets}
    return found | {label.name for label, _ in labels(definition)}


MOST_LOOKED_UP = 50
"""So many names are looked for in a text; with more, its tree is gone through."""


def may_name(definition: ast.Definition, names: Collection[str]) -> bool:
    """Whether the text of a definition's body may hold one of some names."""
    if not definition.body or len(names) > MOST_LOOKED_UP:
        return bool(definition.body)
    source, end = definition.span.source, definition.span.end
    text = source.text[definition.body[0].span.start : end]
    return any(name in text for name in names)


def labels(definition: ast.Definition) -> Iterator[tuple[ast.Ident, ast.Pipeline]]:
    """The labels in a definition's body, each with the pipeline that gives it."""
    if not _has_word(definition.span.text, "as"):
        return
    for statement in statements(definition.body):
        for root in own_expressions(statement):
            for expr in expressions(root):
                if isinstance(expr, ast.Pipeline):
                    for part in (expr.head, *expr.stages):
                        if isinstance(part, ast.Labelled | ast.Stage) and part.label is not None:
                            yield part.label, expr


def _has_word(text: str, word: str) -> bool:
    """Whether a word stands in a text, not as a part of another."""
    at = text.find(word)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(word) : at + len(word) + 1]
        if not any(sign == "_" or sign.isalnum() for sign in around):
            return True
        at = text.find(word, at + 1)
    return False


def plain_dims(declared: ast.TensorTypeExpr) -> list[ast.Expr]:
    """The sizes of a tensor type that are expressions."""
    return [d for d in declared.dims if not isinstance(d, ast.AnyDim | ast.EllipsisLiteral)]


def type_names(declared: ast.TensorTypeExpr) -> set[str]:
    """The names in a tensor type."""
    found: set[str] = set()
    for dim in declared.dims:
        if not isinstance(dim, ast.AnyDim | ast.EllipsisLiteral):
            found |= free_names(dim)
    return found


def setting_names(definition: ast.Definition) -> list[str]:
    """The static parameters of a net, and the sizes that its inputs name: what `--set` can give."""
    found: list[str] = []
    for param in definition.params:
        if isinstance(param.type, ast.TensorTypeExpr):
            found.extend(sorted(type_names(param.type)))
        else:
            found.append(param.name.name)
    return found


@record
class Called:
    """A name in the place of a layer, and the span of the whole call."""

    name: str
    span: Span


def called(definition: ast.Definition) -> list[Called]:
    """What a definition's body applies or mentions by name, with where."""
    found: list[Called] = []
    bound: set[str] | None = None
    for statement in statements(definition.body):
        for root in own_expressions(statement):
            for expr in expressions(root):
                if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Name):
                    found.append(Called(expr.function.name, expr.span))
                elif isinstance(expr, ast.Pipeline):
                    for stage in expr.stages:
                        if isinstance(stage.target, ast.Name):
                            found.append(Called(stage.target.name, stage.target.span))
                    # The first layer of a chain; else a head is a tensor, which has a name here.
                    head = expr.head
                    if expr.in_parentheses and isinstance(head, ast.Name):
                        bound = bound_names(definition) if bound is None else bound
                        if head.name not in bound:
                            found.append(Called(head.name, head.span))
    return found


def free_names(expr: ast.Expr) -> set[str]:
    """The names a dim expression reads."""
    if isinstance(expr, ast.Name):
        return {expr.name}
    if isinstance(expr, ast.Binary):
        return free_names(expr.left) | free_names(expr.right)
    if isinstance(expr, ast.Unary):
        return free_names(expr.operand)
    if isinstance(expr, ast.Call):
        found: set[str] = set()
        for arg in expr.args:
            found |= free_names(arg.value)
        return found
    if isinstance(expr, ast.Conditional):
        return free_names(expr.condition) | free_names(expr.then) | free_names(expr.other)
    return set()
