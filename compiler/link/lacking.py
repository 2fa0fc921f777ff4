"""The call that lacks arguments, written with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...dsl.text.source import Span
from ..ops.base.kinds import show
from ..ops.base.op import Example

_LONGEST = 80


def with_arguments(
    cls: type, lacking: Sequence[str], call: Span, positional: Iterable[Span]
) -> str:
    """The help for a call without required arguments: the call as it is, with usual values.

    A value is that of the first example of the operator's contract that has one. `positional`
    are the places of the call's arguments without names.
    """
    usual = {name: _usual(cls, name) for name in lacking}
    written = as_called(call, [f"{n}={value or '…'}" for n, value in usual.items()], positional)
    if not written:
        return f"give it: `{cls.__name__}({', '.join(f'{name}=…' for name in lacking)})`"
    return f"give it, as in `{written}`" if all(usual.values()) else f"give it: `{written}`"


def as_called(call: Span, given: Sequence[str], positional: Iterable[Span]) -> str:
    """A call with some more arguments behind those without names; nothing where it is long."""
    text, more = call.text, ", ".join(given)
    if "\n" in text or len(text) > _LONGEST:
        return ""
    opening = text.find("(") + 1
    behind = max((span.end - call.start for span in positional), default=0)
    if not opening:
        return f"{text}({more})"
    if behind:
        return f"{text[:behind]}, {more}{text[behind:]}"
    rest = text[opening:]
    return text[:opening] + more + (", " if rest.strip() != ")" else "") + rest.lstrip()


def _usual(cls: type, argument: str) -> str:
    examples: Iterable[Example | Mapping[str, object]] = getattr(cls, "examples", ())
    given = [one.args if isinstance(one, Example) else one for one in examples]
    values = [args[argument] for args in given if argument in args]
    plain = [value for value in values if isinstance(value, int | list | tuple)]
    return show(plain[0]) if plain else ""
