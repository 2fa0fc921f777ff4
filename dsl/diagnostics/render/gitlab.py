"""Diagnostics as GitLab's Code Quality report, which shows them in merge requests.

Format: docs.gitlab.com/ci/testing/code_quality.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ...text.escape import json, terminal
from ..diagnostic import Diagnostic
from .fingerprint import fingerprints
from .order import in_order
from .repository import in_repository, valid

_SEVERITIES = {"error": "major", "warning": "minor"}


def render_gitlab(diagnostics: Sequence[Diagnostic], below: str = "") -> str:
    """A JSON array with an object for each diagnostic.

    `below` is the working folder as seen from the repository's: paths are relative to the latter.
    """
    named = partial(in_repository, below=below)
    ordered = in_order(diagnostics)
    found = [
        _issue(diagnostic, fingerprint, valid(named(diagnostic.span.source.path)))
        for diagnostic, fingerprint in zip(ordered, fingerprints(ordered, named), strict=True)
    ]
    return json(found, indent=2)


def _issue(diagnostic: Diagnostic, fingerprint: str, path: str) -> dict[str, object]:
    span = diagnostic.span
    return {
        "description": terminal(diagnostic.message),
        "check_name": diagnostic.code.id,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {
            "path": path,
            "lines": {"begin": span.line, "end": span.end_position[0]},
        },
    }
