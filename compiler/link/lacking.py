"""The call that lacks an argument, written with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...dsl.text.source import Span
from ..ops.base.kinds import show
from ..ops.base.op import Example

_LONGEST = 80


def with_argument(cls: type, argument: str, call: Span, positional: Iterable[Span]) -> str:
    """The help for a call without a required argument: the call as it is, with a usual value.

    The value is that of the first example of the operator's contract that has one. `positional`
    are the places of the call's arguments without names.
    """
    value = _usual(cls, argument)
    text = call.text
    if not value or "\n" in text or len(text) > _LONGEST:
        return f"give it: `{cls.__name__}({argument}=…)`"
    given = f"{argument}={value}"
    opening = text.find("(") + 1
    behind = max((span.end - call.start for span in positional), default=0)
    if not opening:
        text = f"{text}({given})"
    elif behind:
        text = f"{text[:behind]}, {given}{text[behind:]}"
    else:
        rest = text[opening:]
        text = text[:opening] + given + (", " if rest.strip() != ")" else "") + rest.lstrip()
    return f"give it, as in `{text}`"


def _usual(cls: type, argument: str) -> str:
    examples: Iterable[Example | Mapping[str, object]] = getattr(cls, "examples", ())
    given = [one.args if isinstance(one, Example) else one for one in examples]
    values = [args[argument] for args in given if argument in args]
    plain = [value for value in values if isinstance(value, int | list | tuple)]
    return show(plain[0]) if plain else ""
