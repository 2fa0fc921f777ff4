"""docs/api.md: every public name of `netc` with its signature and docstring."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cached_property

from ...compiler.check import Analysis
from ...compiler.cost.costs import NetCosts
from ...compiler.diff.diff import NetDiff
from ...compiler.reference.made_by import MADE_BY
from ...dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from ...dsl.diagnostics.errors import NetcError, UserError
from ..api.api import check, diff, find_lr, load, train
from ..api.net import LoadedNet
from ..runs.rate_test import RateTest
from ..train.outcome import Outcome

FUNCTIONS = (check, load, diff, train, find_lr)
CLASSES = (LoadedNet, NetCosts, NetDiff, Analysis, Diagnostic, Outcome, RateTest)
ERRORS = (NetcError, DiagnosticError, UserError)

WIDTH = 92

HEAD = f"""\
# Python API

The verbs of the [command line](cli.md) as functions and methods. `import netc` loads nothing; a
function loads what it needs when it is called. All is typed.

```python
import netc

for finding in netc.check("digits.net").diagnostics:
    print(finding.severity, finding.code.id, finding.span.line, finding.message)

net = netc.load("digits.net", classes=26)
print(net.summary())
probs = net.run(images)["probs"]
```

Whatever goes wrong with files, settings or arrays is a `netc.NetcError` with one line to read, or,
for a `.net` file at fault, with all findings. `print` and notebooks show a summary as a table, and
an analysis as its findings.

A `Setting` is a number, a text, true or false, None, or a list of those. `Arrays` are an array, or
arrays by the names of inputs or outputs.

{MADE_BY} the docstrings; do not edit it.
"""


def api_markdown() -> str:
    """The page of the Python API."""
    parts = [HEAD, "## Functions\n"]
    parts += [_section(f"netc.{function.__name__}", function) for function in FUNCTIONS]
    parts += [_class(cls) for cls in CLASSES]
    parts += ["## Errors\n", "| error | is a | |\n|---|---|---|"]
    rows = (
        f"| `netc.{error.__name__}` | `{error.__base__.__name__}` | {_first(error)} |"
        for error in ERRORS
        if error.__base__ is not None
    )
    return "\n".join(parts) + "\n" + "\n".join(rows) + "\n"


def _class(cls: type) -> str:
    parts = [f"## netc.{cls.__name__}\n", f"{inspect.cleandoc(cls.__doc__ or '')}\n"]
    fields = [*_fields(cls), *_properties(cls)]
    if fields:
        parts.append("| attribute | type | |\n|---|---|---|")
        parts += [f"| `{name}` | `{_cell(type)}` | {_cell(doc)} |" for name, type, doc in fields]
        parts[-1] += "\n"
    parts += [
        _section(f"{cls.__name__}.{name}", value)
        for name, value in vars(cls).items()
        if inspect.isfunction(value) and not name.startswith("_")
    ]
    return "\n".join(parts)


def _fields(cls: type) -> Iterator[tuple[str, str, str]]:
    """The fields of a dataclass with the texts that stand below them in the source."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(tree, ast.ClassDef)
    texts: dict[str, str] = {}
    for field, below in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            texts[field.target.id] = _text(below)
    for one in dataclasses.fields(cls):
        yield one.name, str(one.type), texts[one.name]


def _text(statement: ast.stmt) -> str:
    """A statement that is nothing but a text; of others nothing."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _properties(cls: type) -> Iterator[tuple[str, str, str]]:
    for name, value in vars(cls).items():
        if isinstance(value, property | cached_property) and not name.startswith("_"):
            made = value.fget if isinstance(value, property) else value.func
            assert made is not None
            yield (
                name,
                str(inspect.signature(made).return_annotation),
                inspect.cleandoc(value.__doc__ or ""),
            )


def _section(name: str, function: Callable[..., object]) -> str:
    text = inspect.cleandoc(function.__doc__ or "")
    return f"### {name}\n\n```python\n{_signature(name, function)}\n```\n\n{text}\n"


def _signature(name: str, function: Callable[..., object]) -> str:
    """The call with its annotations as the source has them, on several lines where it is long."""
    signature = inspect.signature(function)
    parts = [*_parameters(signature)]
    head, tail = f"{name}(", f") -> {signature.return_annotation}"
    line = f"{head}{', '.join(parts)}{tail}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([head, *(f"    {part}," for part in parts), tail])


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        kind = parameter.kind
        if kind is kind.KEYWORD_ONLY and not starred:
            yield "*"
        starred = starred or kind in (kind.KEYWORD_ONLY, kind.VAR_POSITIONAL)
        stars = {kind.VAR_POSITIONAL: "*", kind.VAR_KEYWORD: "**"}.get(kind, "")
        default = parameter.default
        value = "" if default is parameter.empty else f" = {default!r}"
        yield f"{stars}{parameter.name}: {parameter.annotation}{value}"


def _first(error: type) -> str:
    return " ".join((error.__doc__ or "").split("\n\n")[0].split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
