"""Which rule a class of layer has, and the results of one call of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .....compiler.ops.table import OPS
from ....errors import UserError
from ....weights.keras_model import Call, Layer, refs
from ...steps import Value
from ..arguments import kind_of
from ..making import Making, Read, label_of
from . import attention
from .elements import SIGNS, activated, merge, passed, threshold
from .learned import einsum_dense, layer_scale
from .lookup import embedding, reversible
from .norms import normalized
from .use import Rule, Use, same
from .wrappers import bidirectional, recurrent, wrapper

_IN_TRAINING = """
    AugMix AutoContrast CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration
    RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip
    RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
    RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom
    """
IN_TRAINING = frozenset(_IN_TRAINING.split())
"""Layers that change pictures in training alone."""
_NORMALIZATIONS = """
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization RMSNormalization
    Normalization Softmax
    """
_RECURRENT = "LSTM GRU SimpleRNN ConvLSTM1D ConvLSTM2D ConvLSTM3D"
_ATTENTION = """
    MultiHeadAttention GroupQueryAttention GroupedQueryAttention Attention AdditiveAttention
    """
TENSORS = ("inputs", "sequences", "sequence", "initial_state", *attention.TENSORS, *attention.MASKS)
"""The arguments of calls that are tensors, in the order in which rules get them."""
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(SIGNS, merge),
    **dict.fromkeys((*IN_TRAINING, "Identity", "StochasticDepth"), passed),
    "Activation": activated,
    **dict.fromkeys(_NORMALIZATIONS.split(), normalized),
    "Embedding": embedding,
    "ReversibleEmbedding": reversible,
    **dict.fromkeys(_RECURRENT.split(), recurrent),
    "Bidirectional": bidirectional,
    **dict.fromkeys(("TimeDistributed", "SpectralNormalization"), wrapper),
    **dict.fromkeys(_ATTENTION.split(), attention.attention),
    "LayerScale": layer_scale,
    "EinsumDense": einsum_dense,
    "ThresholdedReLU": threshold,
}
"""The classes that need more than their arguments."""


def layer_values(making: Making, layer: Layer, path: str, call: Call, read: Read) -> list[Value]:
    """The results of one call of a layer. Raises UserError."""
    kind = kind_of(layer.kind)
    if (layer.kind not in RULES and not kind) or _is_own(layer):
        raise UserError(_refused(layer, path))
    named = [call.kwargs[name] for name in TENSORS if name in call.kwargs]
    tensors = [read(ref) for ref in refs([*call.args, *named])]
    mask = list(refs(call.kwargs.get("mask")))
    if len(mask) == 1 and kind and OPS[kind].takes_mask:
        tensors.append(read(mask[0]))
        call = replace(call, kwargs={k: v for k, v in call.kwargs.items() if k != "mask"})
    values = RULES.get(layer.kind, same)(Use(making, layer, path, tensors, call))
    if values and values[0].step.origin == path:
        values[0].step.label = label_of(layer.name, layer.kind)
    return values


def _refused(layer: Layer, path: str) -> str:
    who = f"the layer `{path}`"
    if layer.kind == "Lambda":
        return f"{who} is a `Lambda`: Python code, which netc does not run"
    if _is_own(layer):
        return f"{who} is of its author's class `{layer.kind}`, which only code explains"
    return f"{who} is a `{layer.kind}`, which netc has no layer for"


def _is_own(layer: Layer) -> bool:
    """Whether a class is its author's: of another module, or registered by a name."""
    theirs = layer.home in ("", "keras") or layer.home.startswith("keras.")
    return not theirs or ">" in layer.kind
