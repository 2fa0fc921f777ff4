"""Many small cases in one test: all are tried, and all that fail are said, by their names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import extract_tb
from types import TracebackType

import pytest


class Cases:
    """Tries cases while it is open; fails at its end where any of them failed."""

    def __init__(self) -> None:
        self.tried, self._failed = 0, list[str]()

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """One case: what it raises is kept, and the next is tried."""
        self.tried += 1
        try:
            yield
        except Exception as error:
            frames = extract_tb(error.__traceback__)
            place = next(one for one in reversed(frames) if "site-packages" not in one.filename)
            said = f"{type(error).__name__}: {error}".strip()
            self._failed.append(f"{name}: {place.filename}:{place.lineno}: {said}")

    def __enter__(self) -> Cases:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._failed:
            count = f"{len(self._failed)} of {self.tried} cases failed"
            pytest.fail("\n\n".join([count, *self._failed]), pytrace=False)
        assert error is not None or self.tried, "there is no case"
