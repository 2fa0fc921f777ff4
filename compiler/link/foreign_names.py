"""The names of other tools, by what they are names of."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.record import record
from .foreign_words import RENAMED, SAID


@record
class Foreign:
    """A name of another tool."""

    help: str
    """What is written here."""
    word: str | None = None
    """What can stand in its place as it is, its arguments too."""
    layer: str | None = None
    """What stands in its place with some of its arguments alone."""
    kept: tuple[int, ...] = ()
    """Which of its positional arguments those are."""


def _same(word: str) -> Foreign:
    return Foreign(f"write `{word}`", word)


_BATCH_NORM = Foreign(
    "write `BatchNormalization`; it finds the channels itself", layer="BatchNormalization"
)


def _layers() -> dict[str, Foreign]:
    made: dict[str, Foreign] = {}
    for n in (1, 2, 3):
        made[f"MaxPool{n}d"] = _same(f"MaxPooling{n}D")
        made[f"AvgPool{n}d"] = _same(f"AveragePooling{n}D")
        made[f"AdaptiveAvgPool{n}d"] = _same(f"AdaptiveAveragePooling{n}D")
        made[f"AdaptiveMaxPool{n}d"] = _same(f"AdaptiveMaxPooling{n}D")
        made[f"BatchNorm{n}d"] = _BATCH_NORM
        made[f"InstanceNorm{n}d"] = Foreign("write `GroupNormalization(-1)`: a group a channel")
        made[f"ConvTranspose{n}d"] = Foreign(
            f"write `Conv{n}DTranspose(filters, kernel_size)`; the channels before it are inferred"
        )
        made[f"Dropout{n}d"] = _same(f"SpatialDropout{n}D")
    for name in ("Conv", "Convolution", "convolutional"):
        made[name] = Foreign("write `Conv2D(filters, kernel_size, strides=…, padding=same)`")
    for name in ("Gemm", "InnerProduct", "FullyConnected", "connected", "MatMul"):
        made[name] = Foreign("write `Dense(units)`; the size that comes in is inferred")
    for name in ("BatchNorm", "batch_norm", "batchnorm", "SyncBatchNorm", "Scale"):
        made[name] = _BATCH_NORM
    for name in ("LayerNorm", "layer_norm"):
        made[name] = Foreign(
            "write `LayerNormalization`; it finds the size itself", layer="LayerNormalization"
        )
    for name in ("GroupNorm", "group_norm"):
        made[name] = Foreign(
            "write `GroupNormalization(groups)`; it finds the channels itself",
            layer="GroupNormalization",
            kept=(0,),
        )
    for name in ("LSTM", "GRU"):
        for both in (f"Bi{name}", f"B{name}", f"Bidirectional{name}"):
            made[both] = Foreign(f"write `Bidirectional({name}(…))`")
    made["RMSNorm"] = Foreign(
        "write `RMSNormalization`; it finds the size itself", layer="RMSNormalization"
    )
    made["Sequential"] = made["Model"] = made["ModuleList"] = Foreign(
        "a net is text here: put layers in a row with `->`, and what repeats into a `block`"
    )
    for name in ("view", "reshape", "flatten_"):
        made[name] = Foreign("write `Reshape((…))`, without the batch, or `Flatten`")
    for name in ("permute", "transpose", "Transpose"):
        made[name] = Foreign("write `Permute((2, 1, …))`: axes behind the batch count from 1")
    for name in ("cat", "concat", "concatenate", "hstack", "route"):
        made[name] = Foreign("write `(a, b) -> Concatenate`, `axis=-1` unless it is given")
    made["stack"] = Foreign("give each an axis: `(a[:, none], b[:, none]) -> Concatenate(axis=1)`")
    for name in ("add", "Eltwise", "shortcut"):
        made[name] = Foreign("write `a + b`, or `(a, b) -> Add`")
    for name in ("unsqueeze", "expand_dims"):
        made[name] = Foreign("write `x[:, none]`, with `none` where the axis goes")
    made["squeeze"] = Foreign("index the axis: `x[:, 0]`")
    made["einsum"] = Foreign('write `a @ b`, or `Einsum(a, b, equation="…")`')
    made["roll"] = made["Roll"] = Foreign(
        "join the two parts: `(x[:, 2:], x[:, :2]) -> Concatenate(axis=1)`"
    )
    for name in ("split", "Split", "chunk", "unbind"):
        made[name] = Foreign("index the parts: `x[:, :4]` and `x[:, 4:]`")
    for name in ("flip", "reverse"):
        made[name] = Foreign("index backwards: `x[:, ::-1]`")
    for name in ("take", "index_select", "gather"):
        made[name] = Foreign("write `Gather(x, places, axis=1)`")
    for name in ("masked_fill", "where"):
        made[name] = Foreign("write `Where(condition, a, b)`")
    for name in ("interpolate", "resize"):
        made[name] = Foreign("write `UpSampling2D(2)`, or `Resizing(height, width)`")
    for name in ("DropPath", "StochasticDepth"):
        made[name] = Foreign(
            "write `Dropout(rate, noise_shape=(none, 1, 1, 1))`, a 1 for each axis but the batch"
        )
    for name in ("Lambda", "Module"):
        made[name] = Foreign("write the arithmetic itself, or a `block`")
    for name in ("NLLLoss", "CrossEntropyLoss", "MSELoss", "BCELoss"):
        made[name] = Foreign("a loss belongs into a recipe: `train Net { loss = … }`")
    made.update(
        {
            "LeakyRelu": _same("LeakyReLU"),
            "Upsample": Foreign("write `UpSampling2D(2)`, or `Resizing(height, width)`"),
            "upsample": Foreign("write `UpSampling2D(2)`"),
            "PixelShuffle": Foreign("write the Reshape, Permute and Reshape that it is"),
            "MultiheadAttention": Foreign(
                "write `MultiHeadAttention(num_heads, key_dim)`: key_dim is embed_dim / num_heads"
            ),
            "TransformerEncoderLayer": Foreign("import it: `from zoo.transformer import …`"),
            "EmbeddingBag": Foreign("write `Embedding(…) -> GlobalAveragePooling1D`"),
            "maxpool": Foreign("write `MaxPooling2D(size, strides=…)`"),
            "avgpool": Foreign("write `GlobalAveragePooling2D`"),
            "Pooling": Foreign("write `MaxPooling2D(size, strides=…)` or `AveragePooling2D`"),
            "GlobalAveragePool": _same("GlobalAveragePooling2D"),
            "GlobalMaxPool": _same("GlobalMaxPooling2D"),
            "AveragePool": Foreign("write `AveragePooling2D(size)`"),
            "MaxPool": Foreign("write `MaxPooling2D(size)`"),
            "InputLayer": Foreign("the net's signature is its input: `net A(x: float32[N, 8])`"),
            "Input": Foreign("the net's signature is its input: `net A(x: float32[N, 8])`"),
            "CuDNNLSTM": _same("LSTM"),
            "CuDNNGRU": _same("GRU"),
            "Merge": Foreign("write `a + b`, `a * b` or `(a, b) -> Concatenate`"),
            "yolo": Foreign("write the head as `Conv2D(3 * (5 + classes), 1)`"),
        }
    )
    return made


LAYERS: Mapping[str, Foreign] = {
    **_layers(),
    **{name: _same(word) for names, word in RENAMED.items() for name in names.split()},
    **{name: Foreign(help) for names, help in SAID.items() for name in names.split()},
}
"""Layers of PyTorch, older Keras, TensorFlow, Flax, Caffe, Darknet and ONNX."""

_INFERRED = Foreign("leave it out: the size that comes in is inferred")
_LEFT_OUT = Foreign("leave it out: it changes nothing here")
_PUBLISHED = Foreign(
    'a recipe loads weights: `weights = [load("….safetensors", into=base)]`, or a published '
    'model\'s by its name, `load("zoo.resnet:ResNet50", into=base)`'
)
ARGUMENTS: Mapping[str, Foreign] = {
    "in_channels": _INFERRED,
    "in_features": _INFERRED,
    "input_size": _INFERRED,
    "num_features": _INFERRED,
    "normalized_shape": _INFERRED,
    "embed_dim": Foreign("give `key_dim`: embed_dim / num_heads"),
    "input_shape": Foreign("leave it out: the net's signature says it"),
    "batch_input_shape": Foreign("leave it out: the net's signature says it"),
    "input_length": Foreign("leave it out: the net's signature says it"),
    "inplace": _LEFT_OUT,
    "batch_first": Foreign("leave it out: the batch always comes first"),
    "data_format": Foreign("leave it out: channels always come last"),
    "device": _LEFT_OUT,
    "track_running_stats": _LEFT_OUT,
    "out_channels": _same("filters"),
    "out_features": _same("units"),
    "hidden_size": _same("units"),
    "nb_filter": _same("filters"),
    "num_output": _same("filters"),
    "kernel": _same("kernel_size"),
    "stride": _same("strides"),
    "subsample": _same("strides"),
    "border_mode": _same("padding"),
    "bias": _same("use_bias"),
    "dilation": _same("dilation_rate"),
    "p": _same("rate"),
    "eps": _same("epsilon"),
    "dim": _same("axis"),
    "num_groups": _same("groups"),
    "num_embeddings": _same("input_dim"),
    "embedding_dim": _same("output_dim"),
    "nonlinearity": _same("activation"),
    "scale_factor": _same("size"),
    "lr": _same("learning_rate"),
    "decay": _same("weight_decay"),
    "bidirectional": Foreign("write `Bidirectional(LSTM(…))`"),
    "num_layers": Foreign(
        "put layers in a row: `-> LSTM(…, return_sequences=true) * 2 -> LSTM(…)`"
    ),
    "betas": Foreign("write `beta_1=…, beta_2=…`"),
    "weight_decay": Foreign("write `kernel_regularizer=l2(…)`, or give it to the optimizer"),
    "l2_reg": Foreign("write `kernel_regularizer=l2(…)`"),
    "W_regularizer": _same("kernel_regularizer"),
    "init": _same("kernel_initializer"),
    "kernel_init": _same("kernel_initializer"),
    "features": Foreign("write `units=…` of a `Dense`, `filters=…` of a convolution"),
    "nb_row": Foreign("write `kernel_size=(rows, columns)`"),
    "padding_mode": Foreign("put `ReflectionPadding2D(…)` or `EdgePadding2D(…)` before it"),
    "output_padding": Foreign("leave it out: what fits is found"),
    "ceil_mode": Foreign("write `padding=same`"),
    "elementwise_affine": Foreign("write `center=false, scale=false`"),
    "affine": Foreign("write `center=false, scale=false`"),
    "n_heads": _same("num_heads"),
    "nhead": _same("num_heads"),
    "d_model": Foreign("give `key_dim`: d_model / num_heads"),
    "vocab_size": _same("input_dim"),
    "heads": _same("num_heads"),
    "n_head": _same("num_heads"),
    "head_dim": _same("key_dim"),
    "dim_head": _same("key_dim"),
    "hidden_dim": _same("units"),
    "hidden_units": _same("units"),
    "n_filters": _same("filters"),
    "num_filters": _same("filters"),
    "k": _same("kernel_size"),
    "weights": _PUBLISHED,
    "pretrained": _PUBLISHED,
    "include_top": Foreign("leave it out, and tap what is in front of the net's top"),
    "name": Foreign("label it behind the call: `-> Dense(8) as hidden`"),
    "target": _same("label"),
    "target_column": _same("label"),
    "label_column": _same("label"),
    "labels_column": _same("label"),
    "y_col": _same("label"),
    "test_size": _same("test_split"),
    "val_split": _same("validation_split"),
    "val_size": _same("validation_split"),
    "rotation_range": _same("factor"),
    "delimiter": _same("separator"),
    "sep": _same("separator"),
    "shuffle": Foreign("leave it out: training samples are shuffled"),
}
"""Arguments of their layers and optimizers."""

VALUES: Mapping[str, Foreign] = {
    "self": Foreign("a block's parameters have names of their own, and layers need no `self`"),
    "batch_size": Foreign("the batch is the first axis of the net's input: `[N, …]`"),
}
"""Names in expressions."""

OBJECTS: Mapping[str, Foreign] = {
    "CrossEntropyLoss": Foreign(
        "write `CategoricalCrossentropy`, or `SparseCategoricalCrossentropy` for labels that are "
        "numbers; `from_logits=true` where the net ends without softmax"
    ),
    "cross_entropy": Foreign("write `categorical_crossentropy`"),
    "NLLLoss": Foreign("write `sparse_categorical_crossentropy`, with a softmax at the net's end"),
    "BCELoss": _same("binary_crossentropy"),
    "BCEWithLogitsLoss": Foreign("write `BinaryCrossentropy(from_logits=true)`"),
    "MSELoss": _same("mean_squared_error"),
    "L1Loss": _same("mean_absolute_error"),
    "SmoothL1Loss": _same("Huber"),
    "HuberLoss": _same("Huber"),
    "KLDivLoss": _same("kl_divergence"),
    "acc": _same("accuracy"),
    "f1": Foreign("write `F1Score(average=macro)`"),
    "f1_score": Foreign("write `F1Score(average=macro)`"),
    "auc": _same("AUC"),
    "precision": _same("Precision"),
    "recall": _same("Recall"),
    "adamw": _same("AdamW"),
    "StepLR": Foreign("write `PiecewiseConstantDecay(boundaries, values)`"),
    "CosineAnnealingLR": Foreign("write `CosineDecay(learning_rate, decay_steps)`"),
    "ExponentialLR": Foreign("write `ExponentialDecay(learning_rate, decay_steps, decay_rate)`"),
    "CosineAnnealing": Foreign("write `CosineDecay(learning_rate, decay_steps)`"),
    "CosineAnnealingWarmRestarts": Foreign("write `CosineDecayRestarts(…)`"),
    "OneCycleLR": Foreign("write `Warmup(CosineDecay(…), …)`"),
    "MultiStepLR": Foreign("write `PiecewiseConstantDecay(boundaries, values)`"),
    "LinearLR": Foreign("write `PolynomialDecay(…)`"),
    "LambdaLR": Foreign("write one of the schedules, such as `ExponentialDecay(…)`"),
    "FocalLoss": Foreign("write `CategoricalFocalCrossentropy`, or `BinaryFocalCrossentropy`"),
    "DiceLoss": Foreign("write `Dice`"),
    "arrays": Foreign('write `npz("file.npz", x=…, y=…)`'),
    "ImageFolder": Foreign('write `image_folder("folder")`'),
    "ImageDataGenerator": Foreign('write `image_folder("folder")`, and `augment = …`'),
    "flow_from_directory": Foreign('write `image_folder("folder")`'),
    "image_dataset_from_directory": Foreign('write `image_folder("folder")`'),
    "CSVDataset": Foreign('write `csv("file.csv", label=…)`'),
    "ReduceLROnPlateau": Foreign("it is a setting: `plateau = ReduceLROnPlateau(…)`"),
    "ModelCheckpoint": Foreign('it is a setting: `keep = best("val_loss")`'),
    "RandomHorizontalFlip": Foreign("write `RandomFlip(horizontal)`"),
    "RandomVerticalFlip": Foreign("write `RandomFlip(vertical)`"),
    "ColorJitter": Foreign("write `RandomColorJitter(…)`"),
}
"""Losses, metrics, schedules and augmentations."""
