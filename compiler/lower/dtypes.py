"""NumPy's dtypes by netc's names; bfloat16 is the one that NumPy has from ml_dtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np


def numpy_dtype(dtype: str) -> np.dtype[np.generic]:
    """NumPy's dtype of that name."""
    import numpy as np

    if dtype == "bfloat16":
        from ml_dtypes import bfloat16

        return cast("np.dtype[np.generic]", np.dtype(bfloat16))
    return np.dtype(dtype)


def holds_fractions(dtype: str) -> bool:
    """Whether a dtype is one of floats."""
    return "float" in dtype
