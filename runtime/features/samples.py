"""What tells one sample from others: the digest of the bytes that it is made of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import numpy as np

from ...compiler.ops.base.backend import Array
from ..data.dataset import Column, Part
from ..data.decode import Pictures
from ..data.stored import Rows
from ..errors import UserError, unreadable
from .store import DIGEST


class Digests:
    """The digests of samples, by the part that they are of, made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[str, ...]], list[bytes]] = {}

    def of(self, part: Part, inputs: tuple[str, ...]) -> list[bytes]:
        """Those of a part, by some of its inputs. Raises UserError as `sample_digests` does."""
        key = (part.name, inputs)
        if key not in self._known:
            self._known[key] = sample_digests(part, inputs)
        return self._known[key]


def sample_digests(part: Part, inputs: Iterable[str]) -> list[bytes]:
    """The digest of each sample of a part, by some of its inputs, before they are prepared.

    A picture is told by the bytes of its file. Raises UserError where one cannot be read.
    """
    columns = [_digests(part.inputs[name]) for name in inputs]
    if len(columns) == 1:
        return columns[0]
    return [_digest(b"".join(each)) for each in zip(*columns, strict=True)]


def _digests(column: Column) -> list[bytes]:
    if isinstance(column, Pictures):
        pictures = column

        def read(index: int) -> bytes:
            path = pictures.files[index]
            try:
                return _digest(path.read_bytes())
            except OSError as error:
                raise unreadable(path, error) from error

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(read, range(len(pictures)), chunksize=64))
    if isinstance(column, Rows):
        raise UserError("features are not made of features")
    return [_digest(_bytes(row)) for row in column]


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=DIGEST).digest()


def _bytes(row: Array) -> bytes:
    return np.ascontiguousarray(row).tobytes()
