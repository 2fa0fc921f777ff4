"""What a rule raises where no layer does what a node asks for."""

from __future__ import annotations


class Unfit(Exception):
    """What an ONNX node asks for that no layer does; the node may stay as it is."""
