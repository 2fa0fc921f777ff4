"""Checks leave the process as they found it, several at a time too."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.headroom import RECURSION, headroom

PATH = Path("a.net").resolve()
DEEP = f"net A(x: float32[N, 4]) {{\n  return x -> Dense({'(' * 90}4{')' * 90})\n}}\n"


@pytest.fixture(autouse=True)
def left_as_it_was() -> Iterator[None]:
    before = (sys.getrecursionlimit(), gc.isenabled())
    yield
    assert (sys.getrecursionlimit(), gc.isenabled()) == before


def test_a_check_moves_nothing_for_good() -> None:
    limit = sys.getrecursionlimit()
    assert check_files([PATH], overlay={PATH: DEEP}).diagnostics == []
    assert sys.getrecursionlimit() == limit
    assert gc.isenabled()


def test_the_first_of_two_that_ends_takes_no_room_from_the_other() -> None:
    limit = sys.getrecursionlimit()
    first, second = headroom(), headroom()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sys.getrecursionlimit() == RECURSION
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert sys.getrecursionlimit() == limit
    assert gc.isenabled()


class Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.own = self


def test_what_the_collector_skips_it_frees_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netc.compiler.headroom.LARGE", 1000)
    monkeypatch.setattr("netc.compiler.headroom.MOST_SKIPPED", 20_000)
    kept: list[weakref.ref[Cycle]] = []
    alive: list[object] = []
    for _ in range(100):
        with headroom():
            kept.append(weakref.ref(Cycle()))
            alive.append([[number] for number in range(2000)])
        assert gc.get_freeze_count() == 0
    assert sum(one() is not None for one in kept) < 20


def test_many_threads_at_once() -> None:
    limit = sys.getrecursionlimit()
    started = threading.Barrier(8)
    found: list[int] = []

    def check() -> None:
        started.wait()
        for _ in range(5):
            found.append(len(check_files([PATH], overlay={PATH: DEEP}).nets))

    threads = [threading.Thread(target=check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 40
    assert sys.getrecursionlimit() == limit
    assert gc.isenabled()


def test_what_a_caller_sets_meanwhile_stays() -> None:
    limit = sys.getrecursionlimit()
    with headroom():
        sys.setrecursionlimit(limit + 7)
    assert sys.getrecursionlimit() == limit + 7
    sys.setrecursionlimit(limit)


def test_a_caller_without_collection_keeps_it_so() -> None:
    gc.disable()
    try:
        check_files([PATH], overlay={PATH: DEEP})
        assert not gc.isenabled()
    finally:
        gc.enable()
