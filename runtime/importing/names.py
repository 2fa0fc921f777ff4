"""Names of a `.net` file that are as much like a stranger's as can be."""

from __future__ import annotations

import re
from collections.abc import Container

from ...compiler.link.names import BUILT_IN
from ...dsl.syntax.tokens import KEYWORDS

RESERVED = KEYWORDS | BUILT_IN
"""Words that a `.net` file needs for something else."""


EXPORTED = ("", "graph", "main", "main_graph", "model", "onnx_graph", "tf2onnx", "torch_jit",
            "torch-jit-export")  # fmt: skip
"""What exporters call every graph."""


def net_name(text: str, file: str = "") -> str:
    """A net's name, which is no layer's; that of the file where exporters call all graphs alike."""
    if text.lower() in EXPORTED and file:
        text = "".join(word[:1].upper() + word[1:] for word in re.split(r"[\W_]+", file))
    name = re.sub(r"\W", "", text, flags=re.ASCII)[:60] or "Model"
    name = f"Model{name}" if name[0].isdigit() else name
    return f"{name}Net" if name in RESERVED else name


def identifier(text: str, default: str) -> str:
    """The name of a tensor, a size or a layer; `default` where nothing is left of a stranger's."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")[:40] or default
    if name[0].isdigit():
        name = f"{default}_{name}"
    return f"{name}_" if name in RESERVED else name


def label(text: str) -> str:
    """A layer's label, which only keywords cannot be; empty where it is not to be had."""
    word = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    if not word or word[0].isdigit() or len(word) > 60:
        return ""
    return f"{word}_" if word in KEYWORDS else word


def fresh(word: str, taken: Container[str], between: str = "_") -> str:
    """The word, with a number from 2 on behind it where it is taken."""
    result, count = word, 2
    while result in taken:
        result, count = f"{word}{between}{count}", count + 1
    return result
