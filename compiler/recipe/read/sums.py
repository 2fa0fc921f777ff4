"""Reads sums of losses: `categorical_crossentropy + 0.1 * mse`, each loss with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ....dsl.diagnostics.codes import Code
from ....dsl.record import record
from ....dsl.syntax import ast
from ...expand.body import Body
from ...expand.evaluate import condition, static
from ...expand.statics import binary, negate
from ...expand.values import POISON, Poison, Value
from ..objects.base import Loss, Term
from ..objects.number_kinds import EPSILON
from ..objects.sums import LossSum

MOST_TERMS = 100
"""How many losses a sum may have."""


@record
class Written:
    """The losses of a sum with their weights, and the expressions that name them."""

    terms: tuple[Term, ...]
    exprs: tuple[ast.Expr, ...]

    @property
    def loss(self) -> Loss:
        """The loss that the terms add up to."""
        alone = len(self.terms) == 1 and self.terms[0].weight == 1
        return self.terms[0].loss if alone else LossSum(self.terms)


Leaf: TypeAlias = "Callable[[ast.Expr], Loss | Value]"


def is_sum(expr: ast.Expr) -> bool:
    """Whether an expression may be a sum of losses, and not one alone."""
    if isinstance(expr, ast.Conditional):
        return is_sum(expr.then) or is_sum(expr.other)
    return isinstance(expr, ast.Binary | ast.Unary)


@record
class SumReader:
    """Reads a sum; `leaf` reads what is no arithmetic: a loss or a number."""

    body: Body
    leaf: Leaf

    def read(self, expr: ast.Expr) -> Written | Value:
        """The losses in their order, or a number; poison where it is at fault."""
        if isinstance(expr, ast.Conditional):
            holds = condition(self.body, expr.condition)
            return POISON if holds is None else self.read(expr.then if holds else expr.other)
        if isinstance(expr, ast.Binary):
            return self._binary(expr)
        if isinstance(expr, ast.Unary):
            found = self.read(expr.operand)
            if isinstance(found, Written):
                return self._fault(expr)
            return static(self.body, expr.span, lambda: negate(found) if expr.op == "-" else found)
        made = self.leaf(expr)
        return Written((Term(1.0, made),), (expr,)) if isinstance(made, Loss) else made

    def _binary(self, expr: ast.Binary) -> Written | Value:
        left, right = self.read(expr.left), self.read(expr.right)
        if isinstance(left, Poison) or isinstance(right, Poison):
            return POISON
        if isinstance(left, Written) and isinstance(right, Written):
            return self._added(expr, left, right) if expr.op == "+" else self._fault(expr)
        if isinstance(left, Written) and not isinstance(right, Written):
            return self._times(expr, left, right)
        if isinstance(right, Written):
            assert not isinstance(left, Written)
            return self._scaled(expr, right, left) if expr.op == "*" else self._fault(expr)
        assert not isinstance(left, Written)
        a, b = left, right
        return static(self.body, expr.op_span, lambda: binary(expr.op, a, b), a, b)

    def _times(self, expr: ast.Binary, left: Written, right: Value) -> Written | Poison:
        if expr.op not in ("*", "/"):
            return self._fault(expr)
        factor = right
        if expr.op == "/":
            factor = static(self.body, expr.op_span, lambda: binary("/", 1, right))
        return POISON if isinstance(factor, Poison) else self._scaled(expr, left, factor)

    def _added(self, expr: ast.Binary, left: Written, right: Written) -> Written | Poison:
        if len(left.terms) + len(right.terms) > MOST_TERMS:
            return self.body.fault(
                Code.BAD_VALUE,
                f"a sum has at most {MOST_TERMS} losses",
                expr.span,
                "more than that",
            )
        return Written(left.terms + right.terms, left.exprs + right.exprs)

    def _scaled(self, expr: ast.Binary, written: Written, factor: Value) -> Written | Poison:
        try:
            weight = EPSILON.convert(factor)
        except ValueError as error:
            return self.body.fault(
                Code.BAD_VALUE,
                f"the weight of a loss is {EPSILON.text}; {error}",
                expr.op_span,
                "times this loss",
            )
        terms = tuple(Term(each.weight * weight, each.loss) for each in written.terms)
        return Written(terms, written.exprs)

    def _fault(self, expr: ast.Binary | ast.Unary) -> Poison:
        return self.body.fault(
            Code.WRONG_TYPE,
            f"`{expr.op}` does not go with losses: they are added, each times a number",
            expr.op_span if isinstance(expr, ast.Binary) else expr.span,
            "not for losses",
            help="write a sum as `mse + 0.1 * mae`",
        )
