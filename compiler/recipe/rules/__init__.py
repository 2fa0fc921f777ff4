"""The rules a recipe must keep, each a function that reports what it finds.

In: a `Case`. Out: findings. Imports `read` and `objects`.
"""

from __future__ import annotations

from collections.abc import Callable

from ..read.case import Case
from .arguments import check_arguments
from .augment import check_augment
from .data import check_data
from .labels import check_labels
from .layers import check_layers
from .losses import check_losses
from .metrics import check_metrics
from .momentum import check_momentum
from .monitors import check_monitors
from .optimizers import check_optimizers
from .paths import check_paths
from .preprocessing import check_preprocessing
from .run import check_run
from .sequences import check_sequences
from .targets import check_targets
from .text import check_text

RULES: tuple[Callable[[Case], None], ...] = (
    check_data,
    check_text,
    check_sequences,
    check_preprocessing,
    check_losses,
    check_targets,
    check_labels,
    check_metrics,
    check_arguments,
    check_monitors,
    check_paths,
    check_layers,
    check_momentum,
    check_augment,
    check_run,
    check_optimizers,
)
"""Every rule, in the order their findings are looked for."""
