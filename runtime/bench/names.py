"""The words of `netc bench`, which its options need before anything is imported."""

from __future__ import annotations

from ..infer.engine import ENGINES

KERAS, TORCH = "keras", "torch"
PEERS = (*ENGINES, KERAS, TORCH)
"""What runs nets, by name."""
FORMATS = ("table", "markdown", "csv", "json")
"""How results are written."""
PICTURES = (".png", ".svg")
"""How files of pictures end."""
