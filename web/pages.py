"""The pages of docs/ as the site's generator gets them: one folder, links that lead on the site."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://github.com/netc-lang/netc/blob/main/"
CODES = Path("dsl/diagnostics/pages")
OTHERS = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")

_FENCED = re.compile(r"^(```.*?^```\n|~~~.*?^~~~\n)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
_FILE = re.compile(r"\A```net name=(\S+)\n")
_PART = re.compile(r"^## (.+)$", re.MULTILINE)
_PAGE = re.compile(r"\]\(([\w-]+)\.md\)")

_FRONT = """\
[**Try it in this browser**](playground:): break a net, read what is wrong, take the fix. Nothing
is installed, and nothing that you type leaves the page.

"""


def sources() -> dict[str, Path]:
    """Every page of the site by its name on the site."""
    pages = {path.stem: path for path in sorted((ROOT / "docs").glob("*.md"))}
    pages["contents"] = pages.pop("README")
    pages["index"] = ROOT / "README.md"
    pages |= {path.removesuffix(".md").lower(): ROOT / path for path in OTHERS}
    return pages | {path.stem: path for path in sorted((ROOT / CODES).glob("*.md"))}


def stage(folder: Path) -> None:
    """Writes the pages and their pictures into a folder, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "pictures", folder / "pictures")
    pages = sources()
    names = {path: name for name, path in pages.items()}
    for name, path in pages.items():
        text = _relinked(path.read_text(encoding="utf-8"), path, names)
        if name == "index":
            text = _front(text) + _trees((ROOT / "docs" / "README.md").read_text(encoding="utf-8"))
        elif name == "diagnostics":
            text += _tree("", sorted(p.stem for p in (ROOT / CODES).glob("*.md")))
        elif path.parent == ROOT / CODES:
            text = _titled(name, text)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def _relinked(text: str, page: Path, names: dict[Path, str]) -> str:
    """The text with links to pages, to nets in the playground, else to the repository."""

    def lead(found: re.Match[str]) -> str:
        target = (page.parent / found[1]).resolve()
        anchor = found[2] or ""
        if target in names:
            return f"]({names[target]}.md{anchor})"
        inside = target.relative_to(ROOT).as_posix()
        if inside.startswith("docs/pictures/"):
            return f"]({inside.removeprefix('docs/')})"
        if inside.startswith("models/") and target.suffix == ".net":
            return f"](playground:{target.name})"
        return f"]({REPOSITORY}{inside}{anchor})"

    parts = _FENCED.split(text)
    return "".join(
        _named(part) if part.startswith(("```", "~~~")) else _LINK.sub(lead, part) for part in parts
    )


def _named(block: str) -> str:
    """A block that is a file, `net name=blocks.net`, under its name."""
    return _FILE.sub(r"```{code-block} net\n:caption: \1\n\n", block)


def _front(text: str) -> str:
    """The README as the first page, with an invitation below its first lines."""
    title, claim, rest = text.split("\n\n", 2)
    return f"{title}\n\n{claim}\n\n{_FRONT}{rest}"


def _trees(text: str) -> str:
    """The parts of the table of contents as the generator's own."""
    names = _PART.findall(text)
    parts = dict(zip(names, _PART.split(text)[2::2], strict=True))
    made = "".join(_tree(name, _PAGE.findall(part)) for name, part in parts.items())
    others = ["contents", *(path.removesuffix(".md").lower() for path in OTHERS)]
    return made + _tree("Project", others)


def _tree(caption: str, pages: list[str]) -> str:
    title = f":caption: {caption}\n" if caption else ""
    return f"\n```{{toctree}}\n:hidden:\n{title}\n" + "\n".join(pages) + "\n```\n"


def _titled(name: str, text: str) -> str:
    return text if text.startswith("# ") else f"# {name}\n\n{text}"
