"""Reads the next items on another thread while the caller works on the last one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 1 << 26
"""How many bytes may lie ready beyond the item being worked on."""
THREADS = 2


def read_ahead(
    items: Sequence[T], read: Callable[[T], R], size: Callable[[T], int]
) -> Generator[tuple[T, R], None, None]:
    """Every item with what `read` makes of it, in order.

    At most `AHEAD` bytes are read ahead; a larger item is read only when it is asked for.
    """
    waiting: deque[tuple[T, Future[R]]] = deque()
    ready = 0
    place = 0
    pool = ThreadPoolExecutor(THREADS)
    try:
        while place < len(items) or waiting:
            while place < len(items) and (not waiting or ready + size(items[place]) <= AHEAD):
                item = items[place]
                waiting.append((item, pool.submit(read, item)))
                ready += size(item)
                place += 1
            item, future = waiting.popleft()
            result = future.result()
            del future
            ready -= size(item)
            yield item, result
            del result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
