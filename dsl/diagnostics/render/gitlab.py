"""Diagnostics as GitLab's Code Quality report, which shows them in merge requests.

Format: docs.gitlab.com/ci/testing/code_quality.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...text.escape import json, terminal
from ..diagnostic import Diagnostic
from .fingerprint import fingerprints
from .order import in_order

_SEVERITIES = {"error": "major", "warning": "minor"}


def render_gitlab(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON array with an object for each diagnostic."""
    ordered = in_order(diagnostics)
    found = [_issue(*pair) for pair in zip(ordered, fingerprints(ordered), strict=True)]
    return json(found, indent=2)


def _issue(diagnostic: Diagnostic, fingerprint: str) -> dict[str, object]:
    span = diagnostic.span
    return {
        "description": terminal(diagnostic.message),
        "check_name": diagnostic.code.id,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {
            "path": span.source.path,
            "lines": {"begin": span.line, "end": span.end_position[0]},
        },
    }
