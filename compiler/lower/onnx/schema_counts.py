"""How many inputs and outputs an operator of ONNX has, and which it cannot do without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....dsl.diagnostics.codes import Code
from ...ops.base.op import Refusal
from ...ops.tensor.onnx_operator import Attributes, ForeignConstant
from ...shapes.types import TensorType
from .schema import MOST_ITEMS, is_optional

MOST_OUTPUTS = 256


def check_slots(
    who: str, schema: Any, slots: Sequence[TensorType | ForeignConstant | None]
) -> None:
    """Raises Refusal for a wrong number of inputs, or where a needed one is left out."""
    least, most = schema.min_input, schema.max_input
    count = len(slots)
    if not least <= count <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        if most > MOST_ITEMS:
            wanted = f"at least {least}"
        wanted += " tensor" if wanted.endswith("1") else " tensors"
        raise Refusal(Code.INPUT_COUNT, f"`{who}` takes {wanted}, got {count}")
    for place, slot in enumerate(slots):
        # ONNX's shape inference reads past the end where a required input is left out.
        if slot is None and not is_optional(schema, place):
            raise Refusal(
                Code.INPUT_COUNT,
                f"`{who}` needs the tensor `{schema.inputs[place].name}`",
                help="give it in front of the others, or by its name",
            )


def output_count(who: str, schema: Any, attributes: Attributes, asked: int) -> int:
    """How many outputs there are: those asked for, or the least. Raises Refusal."""
    least = max(1, schema.min_output)
    if asked and not least <= asked <= min(schema.max_output, MOST_OUTPUTS):
        most = min(schema.max_output, MOST_OUTPUTS)
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` cannot give {asked} outputs",
            argument="outputs",
            help=f"it gives {most}" if least == most else f"from {least} to {most}",
        )
    count = asked or dict(attributes).get("num_outputs", least)
    if not isinstance(count, int) or not 0 < count <= MOST_OUTPUTS:
        raise Refusal(
            Code.BAD_VALUE,
            f"`{who}` cannot give {count} outputs",
            argument="num_outputs",
            help=f"from 1 to {MOST_OUTPUTS}",
        )
    return count
