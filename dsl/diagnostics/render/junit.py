"""Diagnostics as a JUnit XML report, which CI servers show as test results."""

from __future__ import annotations

from collections.abc import Sequence

from ...text.escape import xml
from ..diagnostic import Diagnostic
from .order import in_order
from .text import render_text

_SPACES = str.maketrans({"\t": "&#9;", "\n": "&#10;"})
"""What an attribute would not keep."""


def render_junit(diagnostics: Sequence[Diagnostic], files: Sequence[str]) -> str:
    """One test suite with a test case for each checked file and a failure for each error.

    A file that has diagnostics but is not in `files`, an imported one say, gets a case as well.
    `failures` counts the cases that fail. Warnings are the output of a case, which passes.
    """
    found: dict[str, list[Diagnostic]] = {path: [] for path in files}
    for diagnostic in in_order(diagnostics):
        found.setdefault(diagnostic.span.source.path, []).append(diagnostic)
    failed = sum(any(map(_is_error, of_file)) for of_file in found.values())
    counts = f'tests="{len(found)}" failures="{failed}" errors="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {counts}>"]
    lines.append(f'  <testsuite name="netc check" {counts} skipped="0">')
    for path, of_file in found.items():
        lines.append(f'    <testcase classname="netc.check" name="{_attribute(path)}">')
        lines += [_failure(diagnostic) for diagnostic in of_file if _is_error(diagnostic)]
        warnings = [diagnostic for diagnostic in of_file if not _is_error(diagnostic)]
        if warnings:
            text = xml(render_text(warnings, color=False, full=True))
            lines.append(f"      <system-out>{text}</system-out>")
        lines.append("    </testcase>")
    lines += ["  </testsuite>", "</testsuites>"]
    return "\n".join(lines)


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity == "error"


def _failure(diagnostic: Diagnostic) -> str:
    message = _attribute(f"{diagnostic.span}: {diagnostic.message}")
    body = xml(render_text([diagnostic], color=False, full=True))
    return f'      <failure type="{diagnostic.code.id}" message="{message}">{body}</failure>'


def _attribute(text: str) -> str:
    return xml(text).translate(_SPACES)
