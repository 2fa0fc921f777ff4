"""Normalizations, and softmax, whose axes Keras writes in several ways."""

from __future__ import annotations

from ....errors import UserError
from ...steps import Value
from .use import Use, same


def normalized(use: Use) -> list[Value]:
    """Normalizations write the axis as a list of one, or several axes."""
    config = dict(use.layer.config)
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
    if config.get("rms_scaling"):
        raise UserError(f"{use.who} has `rms_scaling`, which netc does not have")
    if isinstance(config.get("axis"), int) and config["axis"] == use.inputs[0].type.rank - 1:
        config["axis"] = -1
    for name in ("mean", "variance"):
        if isinstance(config.get(name), list):
            config[name] = _flat(config[name])
    unsaid = ("rms_scaling", "virtual_batch_size")
    return same(use.configured({k: v for k, v in config.items() if k not in unsaid}))


def _flat(value: object) -> list[object]:
    if isinstance(value, list):
        return [inner for item in value for inner in _flat(item)]
    return [value]
