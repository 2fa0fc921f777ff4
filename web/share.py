"""Texts in addresses of the playground."""

from __future__ import annotations

import base64
import zlib


def fragment(text: str) -> str:
    """A text as the playground takes it in its address: deflated, in base64 that URLs may hold."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text.encode()) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")
