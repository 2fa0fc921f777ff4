"""A layer's configuration as the arguments that a `.net` file gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....compiler.ops.activation.activations import ACTIVATIONS
from ....compiler.ops.base.declare import Argument as Declared
from ....compiler.ops.base.declare import Refusal, arguments, construct, convert
from ....compiler.ops.base.op import Op
from ....compiler.ops.base.regularizers import L1L2, L2, REGULARIZER_CLASSES, REGULARIZERS
from ....compiler.ops.table import ALIASES, OPS
from ...errors import UserError
from ..steps import Argument
from .function_names import ONE

_HELD = """
    ActivityRegularization AdditiveAttention Add AlphaDropout Attention Average AveragePooling1D
    AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CenterCrop Concatenate Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D
    Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU Embedding
    Flatten GRU GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention LSTM LayerNormalization LeakyReLU Masking MaxPooling1D
    MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention Multiply Normalization PReLU
    Permute RMSNormalization ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D
    SeparableConv2D SimpleRNN Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SpectralNormalization Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D
    UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
    AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D
    AdaptiveMaxPooling2D AdaptiveMaxPooling3D ReversibleEmbedding"""
HELD = frozenset(_HELD.split())
"""The layers that Keras has, and netc by the same name and arguments."""

_UNSAID = """name trainable dtype seed batch_input_shape batch_shape input_length implementation
    unroll fused synchronized autocast quantization_config lora_rank lora_alpha flash_attention
    fill_mode interpolation_order experimental_run_tf_function supports_jit zero_output_for_mask
    batch_size input_shape input_dtype factor ragged sparse is_legacy_layer build_input_shape
    renorm_momentum renorm_clipping query_shape key_shape value_shape
    """
UNSAID = frozenset(_UNSAID.split())
"""What of a configuration changes no output of a layer that is called as here."""

CHANNELS = "channels_first"
OLD: Mapping[str, Mapping[str, str]] = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "Dropout": {"p": "rate"},
}
"""Arguments of Keras 2 under names that are Keras 3's no longer."""


def kind_of(kind: str) -> str:
    """The name that netc has for a class of Keras; empty where it has none."""
    if kind in ALIASES:
        return ALIASES[kind].__name__
    return kind if kind in HELD and kind in OPS else ""


def arguments_of(
    kind: str, config: Mapping[str, object], who: str, dropped: set[str]
) -> dict[str, Argument]:
    """The arguments of a layer that are not its defaults, as a file spells them.

    `who` is what a message calls the layer. What is left out although it acts in training is put
    into `dropped`. Raises UserError for what would make it compute something else.
    """
    cls = OPS[kind]
    table = arguments(cls)
    named = {OLD.get(kind, {}).get(name, name): value for name, value in config.items()}
    given: dict[str, Argument] = {}
    for name, value in named.items():
        argument = table.get(name)
        if argument is None:
            _unknown(kind, name, value, who, dropped)
        elif name.endswith("initializer"):
            if not _is_default(value, argument):
                dropped.add("initializers")
        else:
            value = value_of(name, value, who, dropped)
            if value is None and argument.default is None and not argument.required:
                continue
            if value is None and name.endswith("activation"):
                value = "linear"
            _put(given, cls, argument, value, who)
    return given


def object_of(value: Mapping[str, object], name: str, who: str, dropped: set[str]) -> Op | Argument:
    """A layer that is an argument of another. Raises UserError."""
    said, config = str(value.get("class_name")), value.get("config")
    kind = kind_of(said) or _activation(said)
    if not kind and name.endswith("activation"):
        kind = ONE.get(said, "")
    if not kind or not isinstance(config, dict):
        raise UserError(f"{who} has `{name}` of the class `{said}`, not a layer")
    return made(kind, arguments_of(kind, config, who, dropped), who)


def made(kind: str, given: Mapping[str, Argument], who: str) -> Op:
    """The operator with some arguments. Raises UserError where they do not fit."""
    try:
        return construct(OPS[kind], given)
    except Refusal as fault:
        raise UserError(f"{who}: {fault.message}") from fault


def value_of(name: str, value: object, who: str, dropped: set[str]) -> object:
    """A value of the configuration as `construct` takes it."""
    if name.endswith("regularizer"):
        return _regularizer(value, dropped)
    if name.endswith("activation"):
        return activation(value, who, dropped)
    if isinstance(value, dict):
        return object_of(value, name, who, dropped)
    return plain(value)


def activation(value: object, who: str, dropped: set[str]) -> object:
    """An activation as a word, or as a layer; None for none. Raises UserError."""
    if isinstance(value, dict):
        kind, config = value.get("class_name"), value.get("config")
        if str(kind).lower() == "function" and isinstance(config, str):
            value = config
        else:
            return object_of(value, "activation", who, dropped)
    if value is None or value == "linear":
        return None
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise UserError(f"{who} has the activation `{value}`, which netc does not have")
    return value


def plain(value: object) -> object:
    """Lists as tuples, and numbers that were float32 as short as those can be written."""
    if isinstance(value, list | tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, float):
        short = float(str(np.float32(value))) if abs(value) < 3e38 else value
        return short if float(np.float32(value)) == value and value != int(value) else value
    return value


def _put(
    given: dict[str, Argument], cls: type[Op], argument: Declared, value: object, who: str
) -> None:
    """Takes an argument in, as short as it can be written, unless it is the default."""
    try:
        whole = convert(cls, argument, value)
        if not argument.required and whole == argument.default:
            return
        short = _shortest(value)
        if short is not value:
            try:
                if convert(cls, argument, short) == whole:
                    value = short
            except Refusal:
                pass
    except Refusal as fault:
        raise UserError(f"{who}: {fault.message}") from fault
    given[argument.name] = list(value) if isinstance(value, tuple) and not _pairs(value) else value


def _pairs(value: tuple[object, ...]) -> bool:
    return any(isinstance(item, tuple) for item in value)


def _shortest(value: object) -> object:
    """The one number that all of some nested tuples are made of."""
    if not isinstance(value, tuple) or not value:
        return value
    inner = [_shortest(item) for item in value]
    first = inner[0]
    same = isinstance(first, int | float) and all(item == first for item in inner)
    return first if same else value


def _unknown(kind: str, name: str, value: object, who: str, dropped: set[str]) -> None:
    """Passes over what changes nothing. Raises UserError for the rest."""
    if name in UNSAID or value in (None, False, 0, 0.0, "", "channels_last"):
        return
    if name.endswith(("_initializer", "_constraint", "activity_regularizer")):
        dropped.add(f"{name.rpartition('_')[2]}s")
        return
    if name == "groups" and value == 1:
        return
    if value == CHANNELS:
        raise UserError(f"{who} has its channels first; netc imports channels last")
    raise UserError(f"{who} is a `{kind}` with `{name}`, which netc does not have")


def _is_default(value: object, argument: Declared) -> bool:
    word = value.get("class_name") if isinstance(value, dict) else value
    return str(word).replace("_", "").lower() == type(argument.default).__name__.lower()


def _activation(kind: str) -> str:
    """A layer of Keras that is an activation, such as `LeakyReLU`."""
    return kind if kind in ("LeakyReLU", "PReLU", "ELU", "ReLU", "Softmax") else ""


def _regularizer(value: object, dropped: set[str]) -> object:
    """A penalty; None where there is none, or none that netc has."""
    if isinstance(value, str):
        return REGULARIZERS.get(value)
    if not isinstance(value, dict):
        return None
    cls, config = REGULARIZER_CLASSES.get(str(value.get("class_name"))), value.get("config")
    if cls is None or not isinstance(config, dict):
        dropped.add("regularizers")
        return None
    numbers = {name: plain(number) for name, number in config.items()}
    if cls is L1L2 and not numbers.get("l1"):
        cls, numbers = L2, {"l2": numbers.get("l2", 0.0)}
    try:
        return construct(cls, numbers)
    except Refusal:
        dropped.add("regularizers")
        return None
