"""What becomes of each class of layer: mostly netc's layer of the same name and arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ....compiler.ops.recurrent.stepping import Stepping
from ....compiler.ops.table import ACTIVATION_LAYERS, OPS
from ....compiler.shapes.types import INTS
from ...errors import UserError
from ..steps import Argument, Value
from .arguments import activation, arguments_of, kind_of, object_of, plain
from .making import Making, label_of, outputs_of
from .masks import unmasked
from .parse import Call, Layer, Ref, refs

Rule = Callable[[Making, Layer, str, Sequence[Value], Call], list[Value]]
Read = Callable[[Ref], Value]

SIGNS = {"Add": "+", "Subtract": "-", "Multiply": "*"}
_IN_TRAINING = """
    AugMix AutoContrast CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration
    RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip
    RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
    RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom
    """
IN_TRAINING = frozenset(_IN_TRAINING.split())
"""Layers that change pictures in training alone."""
ATTENTION = ("query", "value", "key")
MASKS = ("attention_mask", "value_mask")


def layer_values(making: Making, layer: Layer, path: str, call: Call, read: Read) -> list[Value]:
    """The results of one call of a layer. Raises UserError."""
    rule = RULES.get(layer.kind)
    if (rule is None and not kind_of(layer.kind)) or _is_own(layer):
        raise UserError(_refused(layer, path))
    if rule is None:
        rule = _same
    tensors = [read(ref) for ref in _tensors(call)]
    mask = list(refs(call.kwargs.get("mask")))
    if len(mask) == 1 and OPS[kind_of(layer.kind) or "Dense"].takes_mask:
        tensors.append(read(mask[0]))
        call = replace(call, kwargs={k: v for k, v in call.kwargs.items() if k != "mask"})
    values = rule(making, layer, path, tensors, call)
    if values and values[0].step.origin == path:
        values[0].step.label = label_of(layer.name, layer.kind)
    return values


def _tensors(call: Call) -> list[Ref]:
    """The tensors of a call that are neither masks nor named."""
    found = list(refs(list(call.args)))
    for name in ("inputs", "sequences", "sequence", "initial_state", *ATTENTION, *MASKS):
        if name in call.kwargs:
            found += refs(call.kwargs[name])
    return found


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


def _same(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """The layer of the same name."""
    _only(call, path, ("inputs", "sequences", "sequence", "initial_state"))
    kind = kind_of(layer.kind)
    given = arguments_of(kind, layer.config, f"the layer `{path}`", making.notes.dropped)
    return outputs_of(making.layer(kind, inputs, given, path))


def _only(call: Call, path: str, names: Sequence[str]) -> None:
    """Raises UserError where a call has an argument besides some that are known."""
    for name, value in call.kwargs.items():
        if name not in names and name != "training" and value not in (None, False, []):
            raise UserError(f"the layer `{path}` is called with `{name}`, which netc does not have")


def _merge(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """A sum of two tensors is written as one; masks are the layer's business."""
    if len(inputs) == 2 and not making.masked:
        _only(call, path, ("inputs",))
        return [making.sign(path, SIGNS[layer.kind], *inputs)]
    return _same(making, layer, path, inputs, call)


def _activation(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """`Activation("relu")` is the layer ReLU."""
    _only(call, path, ("inputs",))
    who = f"the layer `{path}`"
    word = activation(layer.config.get("activation"), who, making.notes.dropped)
    if word is None:
        return list(inputs)
    op = ACTIVATION_LAYERS[word] if isinstance(word, str) else word
    return [making.layer(type(op).__name__, inputs, _arguments(op), path)]


def _arguments(op: object) -> Mapping[str, Argument]:
    """The arguments of an operator that are not its defaults."""
    from ....compiler.ops.base.declare import arguments

    return {
        name: getattr(op, name)
        for name, argument in arguments(type(op)).items()
        if argument.required or getattr(op, name) != argument.default
    }


def _passed(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """A layer that leaves what it gets as it is, at least outside of training."""
    if layer.kind != "Identity":
        making.notes.training.add(layer.kind)
    return list(inputs)


def _with(layer: Layer, config: Mapping[str, object]) -> Layer:
    return replace(layer, config=config)


def _normalized(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """Normalizations write the axis as a list of one, or several axes."""
    config = dict(layer.config)
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
    if config.get("rms_scaling"):
        raise UserError(f"the layer `{path}` has `rms_scaling`, which netc does not have")
    if isinstance(config.get("axis"), int) and config["axis"] == inputs[0].type.rank - 1:
        config["axis"] = -1
    for name in ("mean", "variance"):
        if isinstance(config.get(name), list):
            config[name] = _flat(config[name])
    config = {k: v for k, v in config.items() if k not in ("rms_scaling", "virtual_batch_size")}
    return _same(making, _with(layer, config), path, inputs, call)


def _flat(value: object) -> list[object]:
    if isinstance(value, list):
        return [inner for item in value for inner in _flat(item)]
    return [value]


def _embedding(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """Keras turns floats into places of a table; here that is a Cast."""
    (x,) = inputs
    if making.spelled:
        layer = unmasked(layer)
    if x.type.dtype not in INTS:
        x = making.layer("Cast", [x], {"dtype": "int32"}, path)
    return _same(making, layer, path, [x], call)


def _reversible(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """A table that also scores words, where it is called so; netc tells it by what it gets."""
    kwargs = {name: value for name, value in call.kwargs.items() if name != "reverse"}
    if not call.kwargs.get("reverse"):
        return _embedding(making, layer, path, inputs, replace(call, kwargs=kwargs))
    return _same(making, layer, path, inputs, replace(call, kwargs=kwargs))


def _recurrent(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """A recurrent layer; `stateful` would carry states from batch to batch."""
    config = dict(layer.config)
    for name, why in (
        ("stateful", "keeps its state between batches"),
        ("time_major", "has steps in front of the batch"),
    ):
        inner = config.get("layer")
        told = inner.get("config") if isinstance(inner, dict) else None
        if config.get(name) or (isinstance(told, dict) and told.get(name)):
            raise UserError(f"the layer `{path}` {why}, which netc does not have")
    return _same(making, _with(layer, config), path, inputs, call)


def _bidirectional(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """Keras also writes down the layer that goes backwards, where it is only the other's copy."""
    config, backward = dict(layer.config), layer.config.get("backward_layer")
    forward = layer.config.get("layer")
    if isinstance(forward, dict) and isinstance(backward, dict):
        who, dropped = f"the layer `{path}`", making.notes.dropped
        one = object_of(forward, "layer", who, dropped)
        other = object_of(backward, "backward_layer", who, dropped)
        if isinstance(one, Stepping) and isinstance(other, Stepping):
            turned = replace(one, go_backwards=not one.go_backwards)
            if turned == other and not one.go_backwards:
                del config["backward_layer"]
    return _recurrent(making, _with(layer, config), path, inputs, call)


def _wrapper(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """A layer around another."""
    inner = layer.config.get("layer")
    if isinstance(inner, dict) and isinstance(inner.get("config"), dict):
        if isinstance(inner["config"].get("layers"), list):
            raise UserError(f"the layer `{path}` wraps a model, which netc does not")
        if not kind_of(str(inner.get("class_name"))):
            raise UserError(
                f"the layer `{path}` wraps a `{inner.get('class_name')}`, which netc has no layer "
                "for"
            )
    return _same(making, layer, path, inputs, call)


def _attention(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """Attention: which tensor is which, masks among them, and whether it looks ahead."""
    kind = kind_of(layer.kind)
    who = f"the layer `{path}`"
    config = dict(layer.config)
    axes = config.pop("attention_axes", None)
    if axes not in (None, 1, [1], [-2]):
        raise UserError(
            f"{who} attends along the axes {axes}; netc's along the one behind the batch"
        )
    if config.get("value_dim") == config.get("key_dim"):
        config.pop("value_dim", None)
    for name, value in call.kwargs.items():
        known = name in (*ATTENTION, *MASKS, "use_causal_mask", "training", "inputs")
        if not known and value not in (None, False, []):
            raise UserError(f"{who} is called with `{name}`, which netc does not have")
    given = arguments_of(kind, config, who, making.notes.dropped)
    if call.kwargs.get("use_causal_mask"):
        given["use_causal_mask"] = True
    names = list(ATTENTION[: len(list(refs(list(call.args))))])
    names += [n for n in (*ATTENTION, *MASKS) if list(refs(call.kwargs.get(n)))]
    by_name = dict(zip(names, inputs, strict=True))
    if by_name.get("key") == by_name.get("value"):
        by_name.pop("key", None)
    if by_name.get("value") == by_name["query"] and "key" not in by_name:
        by_name.pop("value", None)
    order = tuple(name for name in (*ATTENTION, *MASKS) if name in by_name)
    plainly = order == ATTENTION[: len(order)]
    tensors = [by_name[name] for name in order]
    return outputs_of(making.layer(kind, tensors, given, path, () if plainly else order))


def _layer_scale(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """ConvNeXt's layer of `keras.applications`: a learned factor for each channel."""
    (gamma,) = making.stored(path, 1)
    return [making.sign(path, "*", inputs[0], making.learned(path, "gamma", gamma))]


def _einsum_dense(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """A product by an equation, with a learned tensor, and what is added to it."""
    who = f"the layer `{path}`"
    equation = str(layer.config.get("equation")).replace("...", "…")
    axes = layer.config.get("bias_axes")
    if "…" in equation:
        raise UserError(f"{who} has an equation with `...`, which netc does not have")
    stored = making.stored(path, 2 if axes else 1)
    kernel = making.learned(path, "kernel", stored[0])
    given = arguments_of("Einsum", {"equation": equation}, who, making.notes.dropped)
    made = making.layer("Einsum", [*inputs, kernel], given, path)
    if axes:
        made = making.sign(path, "+", made, making.learned(path, "bias", stored[1]))
    word = activation(layer.config.get("activation"), who, making.notes.dropped)
    if word is not None:
        op = ACTIVATION_LAYERS[word] if isinstance(word, str) else word
        made = making.layer(type(op).__name__, [made], _arguments(op), path)
    return [made]


def _threshold(
    making: Making, layer: Layer, path: str, inputs: Sequence[Value], call: Call
) -> list[Value]:
    """Keras 2's `ThresholdedReLU`."""
    theta = plain(layer.config.get("theta", 1.0))
    return [making.layer("Threshold", inputs, {"threshold": theta, "default_value": 0.0}, path)]


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(SIGNS, _merge),
    **dict.fromkeys(IN_TRAINING, _passed),
    "Identity": _passed,
    "Activation": _activation,
    "BatchNormalization": _normalized,
    "LayerNormalization": _normalized,
    "GroupNormalization": _normalized,
    "UnitNormalization": _normalized,
    "RMSNormalization": _normalized,
    "Normalization": _normalized,
    "Softmax": _normalized,
    "Embedding": _embedding,
    "ReversibleEmbedding": _reversible,
    **dict.fromkeys(
        ("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _recurrent
    ),
    "Bidirectional": _bidirectional,
    "TimeDistributed": _wrapper,
    "SpectralNormalization": _wrapper,
    **dict.fromkeys(
        (
            "MultiHeadAttention",
            "GroupQueryAttention",
            "GroupedQueryAttention",
            "Attention",
            "AdditiveAttention",
        ),
        _attention,
    ),
    "LayerScale": _layer_scale,
    "StochasticDepth": _passed,
    "EinsumDense": _einsum_dense,
    "ThresholdedReLU": _threshold,
}
"""The classes that need more than their arguments."""
