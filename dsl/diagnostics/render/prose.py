"""A diagnostic as plain lines, for the formats that take a message and no layout."""

from __future__ import annotations

from ...text.escape import terminal
from ..diagnostic import Diagnostic


def details_of(diagnostic: Diagnostic) -> list[str]:
    """What stands below the headline: label, related places, block calls, help."""
    lines = [diagnostic.label] if diagnostic.label else []
    lines += [f"{related.span}: {related.message}" for related in diagnostic.related]
    lines += [f"in {f.block}({f.args}), called at {f.span}" for f in diagnostic.trace]
    if diagnostic.help:
        lines += f"help: {diagnostic.help}".splitlines()
    return [terminal(line) for line in lines]


def message_of(diagnostic: Diagnostic) -> list[str]:
    """The headline and all details, a line each, without control characters."""
    return [terminal(diagnostic.message), *details_of(diagnostic)]
