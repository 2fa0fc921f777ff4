"""Whether a loss fits the output it is for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Fix, Related
from ....dsl.diagnostics.edits import activated, argument_removed
from ....dsl.syntax import ast
from ....dsl.text.source import Span
from ...shapes.types import FLOATS
from ..objects.base import CLASSES, NONE, Loss
from ..objects.sums import shared_form
from ..outputs import Ending, Values, ending
from ..read.case import Aim, Case, PerOutput, argument_span

OVERLAPS = ("Dice", "Tversky")
SHOWN = {
    "classes": "the index of a class",
    "one_hot": "one class of several",
    "binary": "yes or no for each unit",
    "signs": "-1 or 1",
    "values": "measurements",
}
"""What losses of each form are about."""


def check_losses(case: Case) -> None:
    """Reports a loss whose output has other values or another width than it needs."""
    _check_taught(case)
    for whole, end in aims(case):
        if shared_form(part.loss.form for part in whole.parts) is None:
            _mixed(case, whole)
        for part in whole.parts:
            _check_loss(case, whole, part, end)


def _mixed(case: Case, aim: Aim) -> None:
    """Reports a sum whose losses take targets of different forms."""
    first, other = next(
        pair
        for pair in combinations(aim.parts, 2)
        if shared_form(part.loss.form for part in pair) is None
    )
    case.findings.fault(
        Code.LOSS_MISFIT,
        f"`{word(first.loss_expr)}` is about {SHOWN[first.loss.form]}, and "
        f"`{word(other.loss_expr)}` about {SHOWN[other.loss.form]}",
        other.loss_expr.span,
        "other targets",
        related=(Related("the first loss", first.loss_expr.span),),
        help="the losses of a sum share the targets of their output"
        + "; `categorical_crossentropy` takes one number a class"
        * ("classes" in (first.loss.form, other.loss.form)),
    )


def _check_loss(case: Case, whole: Aim, aim: Aim, end: Ending) -> None:
    """One loss of an output; `whole` is the sum that it is from."""
    check = _Check(case, aim, end)
    loss = type(aim.loss).__name__
    if end.type.dtype not in FLOATS:
        check.misfit(
            f"a loss needs an output of floats, and `{end.name}` is {end.type.dtype}",
            "train the output that this one is made from",
        )
    elif end.values is Values.DISTRIBUTION and end.units == 1:
        check.report(
            Code.CLASS_COUNT,
            "softmax over one unit is always 1, so nothing can be learned",
            check.loss_span,
            "use `Dense(1, activation=sigmoid)` with `binary_crossentropy`, or two units",
        )
    elif loss == "KLDivergence":
        check.distribution()
    elif aim.loss.form in CLASSES and loss != "CategoricalHinge":
        check.classes()
    elif aim.loss.form == "binary":
        check.binary(logits=loss not in OVERLAPS)
    elif aim.loss.form == "signs":
        check.signs()
    elif aim.loss.form == "values" and not any(p.loss.form in CLASSES for p in whole.parts):
        check.values()
    elif aim.loss.form == NONE:
        check.itself()


def aims(case: Case) -> Iterator[tuple[Aim, Ending]]:
    """What each phase trains each output for, and how that output ends."""
    seen: set[tuple[str, int]] = set()
    for stage in case.stages:
        for aim in stage.aims:
            key = (aim.output.name, id(aim.loss_expr))
            if key not in seen:
                seen.add(key)
                yield aim, ending(case.checked.graph, aim.output)


def _check_taught(case: Case) -> None:
    """Reports metrics and weights for outputs that have no loss."""
    for stage in case.stages:
        taught = {aim.output.name for aim in stage.aims}
        for key in ("metrics", "weighted_metrics", "loss_weights", "class_weight"):
            given = stage.given.get(key)
            if not taught or given is None or not isinstance(given.value, PerOutput):
                continue
            for name, (_, expr) in given.value.values.items():
                if name not in taught:
                    case.findings.fault(
                        Code.UNKNOWN_OUTPUT,
                        f"the output `{name}` has no loss, and so no targets",
                        expr.span,
                        "for nothing",
                        related=(Related("the losses", stage.given["loss"].span),),
                        help=f"give it a loss, or remove it from `{key}`",
                    )


def word(expr: ast.Expr) -> str:
    """What a recipe calls an object, without its arguments."""
    return (expr.function if isinstance(expr, ast.Call) else expr).span.text


class _Check:
    """Checks one loss against one output."""

    def __init__(self, case: Case, aim: Aim, end: Ending) -> None:
        self.case = case
        self.aim = aim
        self.end = end
        self.loss_span = aim.loss_expr.span
        self.loss = word(aim.loss_expr)

    def report(
        self,
        code: Code,
        message: str,
        span: Span,
        help: str,
        label: str = "",
        fix: Fix | None = None,
    ) -> None:
        end = self.end
        made = f"`{end.name}` ends in {end.activation} here" if end.activation else ""
        made = made or f"`{end.name}` is made here"
        related = (Related(made, end.span),) if end.span != span else ()
        self.case.findings.fault(
            code, message, span, label or "this loss", related=related, help=help, fix=fix
        )

    def misfit(self, message: str, help: str, activation: str = "") -> None:
        """`activation` is what the help lets the net end in."""
        fix = activated(self.end.span, activation) if activation else None
        self.report(Code.LOSS_MISFIT, message, self.loss_span, help, fix=fix)

    @property
    def logits(self) -> bool:
        return bool(getattr(self.aim.loss, "from_logits", False))

    def _twice(self) -> None:
        span = argument_span(self.aim.loss_expr, "from_logits") or self.loss_span
        kind = self.end.activation
        self.report(
            Code.LOGITS,
            f"`{self.end.name}` ends in {kind}, and `from_logits=true` says that it does not",
            span,
            f"remove `from_logits=true`, or the {kind} from the net",
            "applies it again",
            argument_removed(span) if span != self.loss_span else None,
        )

    def _scores(self, activation: str) -> None:
        example = _with_logits(self.aim.loss)
        other = f"; `{example}` takes the numbers as they are" if example else ""
        self.report(
            Code.LOGITS,
            f"`{self.loss}` takes probabilities, and `{self.end.name}` has no activation",
            self.loss_span,
            f"end the net in `activation={activation}`{other}",
            "takes probabilities",
            activated(self.end.span, activation),
        )

    def classes(self) -> None:
        """A loss that picks one class of several."""
        end = self.end
        if end.units == 1:
            self.report(
                Code.CLASS_COUNT,
                f"`{self.loss}` tells classes apart by a unit for each, "
                f"and `{end.name}` has one unit",
                self.loss_span,
                "for two classes use `binary_crossentropy` with one sigmoid unit, or two units "
                "with softmax",
            )
        elif self.logits:
            if end.values in (Values.DISTRIBUTION, Values.UNITS, Values.SIGNED):
                self._twice()
        elif end.values is Values.SCORES:
            self._scores("softmax")
        elif end.values is Values.UNITS:
            self.misfit(
                f"`{self.loss}` needs one distribution over the classes, and each unit of "
                f"`{end.name}` is a {end.activation} of its own",
                "use `activation=softmax`, or `loss = binary_crossentropy` where several classes "
                "can hold at once",
                "softmax",
            )
        elif end.values not in (Values.DISTRIBUTION, Values.UNKNOWN):
            self.misfit(
                f"`{self.loss}` takes probabilities, and {end.activation} makes none",
                "use `activation=softmax`",
                "softmax",
            )

    def binary(self, *, logits: bool) -> None:
        """A loss that asks yes or no of each unit."""
        end = self.end
        if self.logits:
            if end.values in (Values.DISTRIBUTION, Values.UNITS, Values.SIGNED):
                self._twice()
        elif end.values is Values.SCORES:
            self._scores("sigmoid")
        elif end.values is Values.DISTRIBUTION and logits:
            self.misfit(
                f"`{self.loss}` asks yes or no of each unit, and softmax makes the units of "
                f"`{end.name}` one distribution",
                "use `loss = categorical_crossentropy`, or `activation=sigmoid`",
            )
        elif end.values not in (Values.UNITS, Values.UNKNOWN, Values.DISTRIBUTION):
            self.misfit(
                f"`{self.loss}` takes probabilities, and {end.activation} makes none",
                "use `activation=sigmoid`",
                "sigmoid",
            )

    def distribution(self) -> None:
        """A loss between two distributions."""
        if self.end.values not in (Values.DISTRIBUTION, Values.UNKNOWN):
            has = self.end.activation or "no activation"
            self.misfit(
                f"`{self.loss}` compares distributions, and `{self.end.name}` ends in {has}",
                "use `activation=softmax`",
                "softmax",
            )

    def signs(self) -> None:
        """A loss whose targets are -1 and 1."""
        if self.end.values in (Values.DISTRIBUTION, Values.UNITS, Values.POSITIVE):
            self.misfit(
                f"`{self.loss}` wants values around -1 and 1, and {self.end.activation} "
                "makes none below 0",
                "use `activation=tanh` or none",
                "tanh",
            )

    def itself(self) -> None:
        """A loss that is the output."""
        if self.end.values is Values.DISTRIBUTION:
            self.report(
                Code.LOSS_DOUBT,
                f"the mean of `{self.end.name}` is always the same: softmax makes its sum 1",
                self.loss_span,
                "an output that `minimize` takes is a loss that the net computes",
            )

    def values(self) -> None:
        """A loss between numbers."""
        if self.end.values in (Values.DISTRIBUTION, Values.LOG_DISTRIBUTION):
            name = type(self.aim.loss).__name__
            if name == "CosineSimilarity":
                return
            self.report(
                Code.LOSS_DOUBT,
                f"`{self.loss}` treats the probabilities of `{self.end.name}` as measurements",
                self.loss_span,
                "for classes use `categorical_crossentropy`; for measurements no activation",
            )


def _with_logits(loss: Loss) -> str:
    """The loss written so that it takes logits; empty where it cannot."""
    if not hasattr(loss, "from_logits"):
        return ""
    return f"{type(loss).__name__}(from_logits=true)"
