"""What Normalization layers learn from the training part: the mean and variance of what they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default

import numpy as np

from ...compiler.graph import CheckedGraph, Graph, Node, Output
from ...compiler.ops.backend import Array
from ...compiler.ops.preprocessing import Normalization
from ...compiler.passes.drop_identity import KeyedBy  # placeholder
