"""Arrow, which reads and writes Parquet: the extra `parquet`."""

from __future__ import annotations

from typing import Any

from ..errors import UserError


def arrow() -> Any:
    """The module `pyarrow`. Raises UserError where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(
            "Parquet needs pyarrow, which is not installed: pip install 'netc[parquet]'"
        ) from error
    return pyarrow
