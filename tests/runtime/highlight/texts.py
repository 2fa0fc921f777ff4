"""Every text of the language in the repository: shipped models and the blocks of all pages."""

from __future__ import annotations

from ...markdown import examples
from ...places import DOCS, MODELS, ROOT

PAGES = (
    *sorted(DOCS.glob("*.md")),
    *sorted((ROOT / "tests" / "language").glob("*.md")),
    *sorted((ROOT / "dsl" / "diagnostics" / "pages").glob("*.md")),
)


def texts() -> dict[str, str]:
    """The texts by where they stand."""
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(MODELS.glob("*.net"))}
    for page in PAGES:
        for one in examples(page):
            found[f"{page.name}:{one.line}"] = one.text
            found.update({f"{page.name}:{one.line}:{name}": t for name, t in one.files.items()})
    return found
