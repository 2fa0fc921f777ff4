"""Sums of products over named axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.assume import same
from ...shapes.dims import Dim, Shape, dim_prod
from ...shapes.types import FLOATS, TensorType, show_shape
from ..base.backend import KerasLayer, KerasModule, KerasTensor, OnnxCall, OnnxGraph, OnnxValue
from ..base.broadcast import broadcast
from ..base.kinds import STRING, Kind, OutOfRange, arg
from ..base.op import Example, Op, Refusal, Window, elements, example, op
from .merge import same_dtypes


def _equation(value: object) -> str:
    text = STRING.convert(value).replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    for term in (*terms, right):
        letters = term.replace("...", "", 1)
        if letters and not (letters.isascii() and letters.isalpha()):
            raise OutOfRange(f"`{term}` of `{text}` is not a row of letters")
        if len(set(letters)) < len(letters):
            raise OutOfRange(f"`{term}` of `{text}` names an axis twice")
    if not arrow:
        raise OutOfRange(f"`{text}` does not say what comes out: it has no `->`")
    inside = set(left.replace(",", "").replace(".", ""))
    for letter in right.replace("...", ""):
        if letter not in inside:
            raise OutOfRange(f"`{letter}` of the output is an axis of no input in `{text}`")
    if "..." in left and "..." not in right:
        raise OutOfRange(f"`...` is missing in the output of `{text}`")
    if "..." in right and "..." not in left:
        raise OutOfRange(f"`...` of the output stands for axes of no input in `{text}`")
    return text


EQUATION = Kind('an equation such as "nij,njk->nik"', _equation)


@op
class Einsum(Op):
    """The sum of products over all axes that the output does not name, as `keras.ops.einsum`.

    Each letter names an axis and has one size; `...` stands for any axes, broadcast. The output
    is written out, and no tensor names one axis twice.
    """

    equation: str = arg(EQUATION, doc="the axes of each tensor, `->`, the axes of the output")

    arity = (1, None)
    dtypes: ClassVar[tuple[str, ...]] = FLOATS
    examples: ClassVar[tuple[Example, ...]] = (
        example(("N", 4, 5), ("N", 5, 3), equation="nij,njk->nik"),
        example(("N", "T", 2, 5), ("N", "M", 2, 5), equation="nqhd,nkhd->nhqk"),
        example(("N", 4), (3, 4), equation="nd,kd->nk"),
        example(("N", 4, 3), equation="nij->nji"),
        example(("N", 4, 3), equation="nij->n"),
        example(("N", "H", "W", 3), (3, 5), equation="...c,cd->...d"),
        example(("N", 4), ("N", 5), ("N", 6), equation="ni,nj,nk->nijk"),
        example((4,), (4,), equation="i,i->"),
        example((3,), ("N", 4), equation="i, nj -> jin"),
    )

    @property
    def terms(self) -> tuple[list[str], str]:
        """The axes of each input, and those of the output."""
        left, _, right = self.equation.partition("->")
        return left.split(","), right

    def check_inputs(self, inputs: Sequence[TensorType]) -> None:
        super().check_inputs(inputs)
        same_dtypes(self.name, inputs)
        terms, _ = self.terms
        if len(terms) != len(inputs):
            raise Refusal(
                Code.INPUT_COUNT,
                f"`Einsum` takes {len(terms)} tensor{'s' * (len(terms) != 1)} for "
                f'"{self.equation}", got {len(inputs)}',
                help="there is one row of letters for each tensor, with commas between",
            )

    def sizes(self, shapes: Sequence[Shape]) -> tuple[dict[str, Dim], Shape]:
        """The size of each letter, and the shape that `...` stands for.

        Raises Refusal (RANK, SHAPE or BROADCAST) where the shapes do not fit the equation.
        """
        sizes: dict[str, Dim] = {}
        places: dict[str, int] = {}
        rests: list[Shape] = []
        for index, (term, shape) in enumerate(zip(self.terms[0], shapes, strict=True)):
            head, dots, tail = term.partition("...")
            if len(shape) < len(head + tail) or (not dots and len(shape) > len(head)):
                raise Refusal(
                    Code.RANK,
                    f"`{term}` of `Einsum` names {len(head + tail)} axes, "
                    f"got rank {len(shape)} {show_shape(shape)}",
                    argument="equation",
                    inputs=[index],
                    help="`...` stands for the axes that are not named",
                )
            last = len(shape) - len(tail)
            if dots:
                rests.append(shape[len(head) : last])
            pairs = [*zip(head, shape, strict=False), *zip(tail, shape[last:], strict=True)]
            for letter, dim in pairs:
                if not same(sizes.setdefault(letter, dim), dim):
                    other = places[letter]
                    raise Refusal(
                        Code.SHAPE,
                        f"`{letter}` of `Einsum` is {sizes[letter]} long in "
                        f"{show_shape(shapes[other])} and {dim} in {show_shape(shape)}",
                        argument="equation",
                        inputs=[other, index],
                        help="give axes of different sizes different letters",
                    )
                places.setdefault(letter, index)
        return sizes, broadcast(self.name, *rests) if rests else ()

    def shape(self, *shapes: Shape) -> Shape:
        sizes, rest = self.sizes(shapes)
        head, dots, tail = self.terms[1].partition("...")
        middle = rest if dots else ()
        return (*(sizes[a] for a in head), *middle, *(sizes[a] for a in tail))

    def macs(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        """One for each product of two numbers: all sizes multiplied, for each tensor but one."""
        if len(inputs) == 1:
            return 0
        sizes, rest = self.sizes([x.shape for x in inputs])
        return dim_prod((*sizes.values(), *rest)) * (len(inputs) - 1)

    def flops(self, inputs: Sequence[TensorType], outputs: Sequence[TensorType]) -> Dim:
        if len(inputs) > 1:
            return 2 * self.macs(inputs, outputs)
        return 0 if elements(inputs[0]) == elements(outputs[0]) else elements(inputs[0])

    def window(self, *inputs: TensorType) -> Window | None:
        return None

    def onnx(self, g: OnnxGraph, call: OnnxCall) -> OnnxValue:
        values = [g.channels_last(value) for value in call.inputs]
        (out,) = call.outputs
        return g.node("Einsum", *values, type=out, first=False, equation=self.equation)

    def keras_layer(self, keras: KerasModule, name: str) -> KerasLayer | None:
        return None

    def keras_call(
        self, keras: KerasModule, layer: KerasLayer | None, inputs: Sequence[KerasTensor]
    ) -> KerasTensor:
        return keras.ops.einsum(self.equation, *inputs)
