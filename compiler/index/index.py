"""Finds every name of a parsed module and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..link.module import Constant, Defined, Entity, Module
from ..link.names import expressions, own_expressions, plain_dims, setting_values, statements
from .symbols import FileIndex, Occurrence, Sort, Symbol


def index(module: Module) -> FileIndex:
    """The names of one file. What it imports must be loaded."""
    made = _Indexer(module)
    for item in module.file.items:
        made.item(item)
    # A size is bound where it stands in a signature, and read there, too.
    found = {one.span.start: one for one in sorted(made.found, key=lambda one: one.defines)}
    return FileIndex(module.path, [found[start] for start in sorted(found)])


def symbol_of(entity: Entity | None) -> Symbol | None:
    """What a name of a file's top level means."""
    if isinstance(entity, Defined):
        ident = entity.definition.name
        sort = Sort.NET if entity.definition.kind == "net" else Sort.BLOCK
        return Symbol(entity.module.path, ident.span.start, ident.name, sort)
    if isinstance(entity, Constant):
        ident = entity.const.name
        return Symbol(entity.module.path, ident.span.start, ident.name, Sort.CONST)
    return None


class _Indexer:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.found: list[Occurrence] = []
        self.aliases: dict[str, Symbol] = {}

    def add(self, symbol: Symbol | None, span: Span, *, defines: bool = False) -> None:
        if symbol is not None:
            self.found.append(Occurrence(symbol, span, defines))

    def top(self, name: str) -> Symbol | None:
        """What a name means at the top level."""
        return self.aliases.get(name) or symbol_of(self.module.names.get(name))

    def item(self, item: ast.Item) -> None:
        if isinstance(item, ast.Import):
            self._import(item)
        elif isinstance(item, ast.Const):
            self.add(self.top(item.name.name), item.name.span, defines=True)
            self._values([item.value], None)
        elif isinstance(item, ast.Definition):
            self.add(self.top(item.name.name), item.name.span, defines=True)
            self._definition(item)
        elif isinstance(item, ast.Expect):
            scope = self._target(item.net)
            self._arguments(item.args, scope)
            self._values([arg.value for arg in item.args], None)
            self._values(item.lines, scope)
        else:
            if item.recipe is not None:
                here = Symbol(
                    self.module.path, item.recipe.span.start, item.recipe.name, Sort.RECIPE
                )
                self.add(here, item.recipe.span, defines=True)
            scope = self._target(item.net)
            self._values(setting_values(item), scope)

    def _import(self, item: ast.Import) -> None:
        for name in item.names:
            local = name.alias or name.name
            target = symbol_of(self.module.names.get(local.name))
            if target is None:
                continue
            self.add(target, name.name.span)
            if name.alias is not None:
                alias = Symbol(self.module.path, name.alias.span.start, name.alias.name, Sort.ALIAS)
                self.aliases[name.alias.name] = alias
                self.add(alias, name.alias.span, defines=True)

    def _target(self, net: ast.Ident) -> Scope | None:
        """The names inside the net that a contract or a recipe is for."""
        self.add(self.top(net.name), net.span)
        entity = self.module.names.get(net.name)
        return Scope(entity) if isinstance(entity, Defined) else None

    def _definition(self, definition: ast.Definition) -> None:
        scope = Scope(Defined(self.module, definition))
        for ident in scope.idents():
            self.add(scope.names[ident.name], ident.span, defines=scope.introduces(ident))
        for param in definition.params:
            if isinstance(param.type, ast.TensorTypeExpr):
                self._values(plain_dims(param.type), scope)
            if param.default is not None:
                self._values([param.default], scope)
        for result in definition.results or ():
            self._values(plain_dims(result.type), scope)
        for statement in statements(definition.body):
            self._values(own_expressions(statement), scope)

    def _values(self, roots: Sequence[ast.Expr], scope: Scope | None) -> None:
        for root in roots:
            for expr in expressions(root):
                if isinstance(expr, ast.Name):
                    local = None if scope is None else scope.names.get(expr.name)
                    self.add(local or self.top(expr.name), expr.span)
                elif isinstance(expr, ast.Call):
                    called = self._called(expr.function, scope)
                    self._arguments(expr.args, called)
                elif isinstance(expr, ast.Attribute) and scope is not None:
                    inner = scope.inside(expr.value)
                    if inner is not None:
                        self.add(inner.find(expr.name.name), expr.name.span)

    def _called(self, function: ast.Expr, scope: Scope | None) -> Scope | None:
        if not isinstance(function, ast.Name) or (scope and function.name in scope.names):
            return None
        entity = self.module.names.get(function.name)
        return Scope(entity) if isinstance(entity, Defined) else None

    def _arguments(self, args: Sequence[ast.Arg], called: Scope | None) -> None:
        """The names of arguments, which are the parameters of what is called."""
        for arg in args if called is not None else ():
            if arg.name is not None and not arg.quoted and called is not None:
                self.add(called.names.get(arg.name.name), arg.name.span)


class Scope:
    """The names that a net or block binds: one space, wherever in it they stand."""

    def __init__(self, defined: Defined) -> None:
        self.defined = defined
        self.names: dict[str, Symbol] = {}
        self._owner = defined.definition.name.name
        for ident, sort in self._bound():
            if ident.name not in self.names:
                self.names[ident.name] = Symbol(
                    defined.module.path, ident.span.start, ident.name, sort, self._owner
                )

    def idents(self) -> Iterator[ast.Ident]:
        """Every place that binds one of the names."""
        return (ident for ident, _ in self._bound())

    def introduces(self, ident: ast.Ident) -> bool:
        """Whether this is the first place that binds its name."""
        return self.names[ident.name].start == ident.span.start

    def _bound(self) -> Iterator[tuple[ast.Ident, Sort]]:
        definition = self.defined.definition
        for param in definition.params:
            yield param.name, Sort.PARAMETER
        for param in definition.params:
            if isinstance(param.type, ast.TensorTypeExpr):
                yield from self._sizes(param.type)
        for result in definition.results or ():
            if result.name is not None:
                yield result.name, Sort.RESULT
            yield from self._sizes(result.type)
        for statement in statements(definition.body):
            if isinstance(statement, ast.Assign):
                yield from ((target, Sort.VARIABLE) for target in statement.targets)
            elif isinstance(statement, ast.LayerDef):
                yield statement.name, Sort.LAYER
            elif isinstance(statement, ast.WeightDef):
                yield statement.name, Sort.WEIGHT
            elif isinstance(statement, ast.For):
                yield from ((target, Sort.VARIABLE) for target in statement.targets)
            for root in own_expressions(statement):
                for expr in expressions(root):
                    yield from _labels(expr)

    def _sizes(self, declared: ast.TensorTypeExpr) -> Iterator[tuple[ast.Ident, Sort]]:
        """Sizes that a type names by themselves; constants and parameters are not theirs."""
        params = {param.name.name for param in self.defined.definition.params}
        others = params | self.defined.module.constants | {"ceil", "floor", "min", "max"}
        for dim in plain_dims(declared):
            for expr in expressions(dim):
                if isinstance(expr, ast.Name) and expr.name not in others:
                    yield ast.Ident(expr.name, expr.span), Sort.SIZE

    def find(self, name: str) -> Symbol | None:
        """A name that can be tapped: one bound here, or one that a returned block brings along."""
        if name in self.names:
            return self.names[name]
        for statement in statements(self.defined.definition.body):
            if isinstance(statement, ast.Return) and len(statement.values) == 1:
                inner = self._made_by(statement.values[0])
                if inner is not None:
                    return inner.find(name)
        return None

    def inside(self, value: ast.Expr) -> Scope | None:
        """The names inside the block or net that gave a value."""
        if isinstance(value, ast.Attribute):
            outer = self.inside(value.value)
            return None if outer is None else outer.bound_to(value.name.name)
        return self.bound_to(value.name) if isinstance(value, ast.Name) else None

    def bound_to(self, name: str) -> Scope | None:
        """What made the value of a variable or a label."""
        found: Scope | None = None
        for statement in statements(self.defined.definition.body):
            if isinstance(statement, ast.Assign) and any(t.name == name for t in statement.targets):
                found = self._made_by(statement.value) or found
            for root in own_expressions(statement):
                for expr in expressions(root):
                    for stage in expr.stages if isinstance(expr, ast.Pipeline) else ():
                        if stage.label is not None and stage.label.name == name:
                            found = self._called(stage.target) or found
        return found

    def _made_by(self, value: ast.Expr) -> Scope | None:
        if isinstance(value, ast.Pipeline) and value.stages:
            return self._called(value.stages[-1].target)
        return self._called(value)

    def _called(self, target: ast.Expr) -> Scope | None:
        name = target.function if isinstance(target, ast.Call) else target
        if not isinstance(name, ast.Name) or name.name in self.names:
            return None
        entity = self.defined.module.names.get(name.name)
        if not isinstance(entity, Defined) or entity.definition is self.defined.definition:
            return None
        return Scope(entity)


def _labels(expr: ast.Expr) -> Iterator[tuple[ast.Ident, Sort]]:
    if isinstance(expr, ast.Pipeline):
        for part in (expr.head, *expr.stages):
            if isinstance(part, ast.Labelled | ast.Stage) and part.label is not None:
                yield part.label, Sort.LABEL
