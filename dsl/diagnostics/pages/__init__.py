"""The page of each diagnostic code: what is wrong, why, a wrong and a right example."""

from __future__ import annotations

from importlib.resources import files


def page(code: str) -> str:
    """The Markdown page of a code such as `NET0301`. Raises KeyError for a code without one."""
    name = code.strip().upper()
    path = files(__name__).joinpath(f"{name}.md")
    if not (name.isalnum() and name.isascii() and path.is_file()):
        raise KeyError(code)
    return path.read_text(encoding="utf-8")


def meaning(code: str) -> str:
    """What a page says before its examples, as one paragraph. Raises KeyError as `page` does."""
    text = page(code).partition("\n## ")[0]
    return " ".join(text.partition("\n")[2].split())
