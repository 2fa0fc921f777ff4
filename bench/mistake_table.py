"""The thirty mistakes of `bench/mistakes/`: where each is, and the words of its cure.

A mistake NAME is `NAME.net`, `NAME_keras.py` and `NAME_torch.py`. Where what is wrong in a `.net`
file is right in Python, or the other way round, the three files hold the same slip the other way:
`False` in the one, `false` in the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mistake:
    """One mistake in three tools.

    `places` are pieces of lines; the mistake is at the lines that hold one, in the file of each
    tool. `cures` are regular expressions, by tool; a message that one of them is found in names the
    cure. `none` says, by tool, why it has no such mistake.
    """

    name: str
    title: str
    says: str
    places: Mapping[str, tuple[str, ...]]
    cures: Mapping[str, str]
    none: Mapping[str, str] = field(default_factory=dict)
    train: bool = False


def _mistake(
    title: str,
    says: str,
    places: str | tuple[str, str, str],
    cures: str | tuple[str, str, str],
    keras: str = "",
    torch: str = "",
    *,
    train: bool = False,
) -> Mistake:
    """A row of the table; `a | b` are two places. A text alone holds for all three tools.

    `keras` and `torch` say why the tool has no such mistake.
    """
    at = (places,) * 3 if isinstance(places, str) else places
    by = (cures,) * 3 if isinstance(cures, str) else cures
    none = {"keras": keras, "torch": torch}
    return Mistake(
        title.lower().replace(" ", "_"),
        title,
        says,
        {tool: tuple(text.split(" | ")) for tool, text in zip(TOOLS, at, strict=True)},
        dict(zip(TOOLS, by, strict=True)),
        {tool: why for tool, why in none.items() if why},
        train,
    )


TOOLS = ("netc", "keras", "torch")

MISTAKES = (
    _mistake(
        "Channels first",
        "The picture is declared as the other tool wants it: channels first in netc and Keras, "
        "last in PyTorch.",
        ("float32[N, 3, 96, 96]", "keras.Input((3, 96, 96))", "torch.zeros(2, 96, 96, 3)"),
        (r"\[N, 96, 96, 3\]", r"channels.(last|first)|96, 96, 3", r"permute|channels.first|3, 96"),
    ),
    _mistake(
        "Shortcut strides",
        "The block has strides, its shortcut has none.",
        ("short = x -> Conv2D", "short = layers.Conv2D", "self.short = "),
        ("strides=strides", "strides", "stride"),
    ),
    _mistake(
        "Kernel too big",
        "After three poolings the map is 2 by 2, and a kernel of 3 by 3 comes.",
        ("x -> Conv2D(width, 3", "x = layers.Conv2D(width, 3", "nn.Conv2d(into, | (conv(x))"),
        (r"padding=same|fewer", r"padding.{0,4}same|fewer|smaller", r"padding|fewer|smaller"),
    ),
    _mistake(
        "LSTM on maps",
        "The maps of a convolution go into an LSTM, which takes steps.",
        ("x -> LSTM", "layers.LSTM", "self.lstm(self.maps(x))"),
        r"[Rr]eshape|TimeDistributed|[Ff]latten",
    ),
    _mistake(
        "Flatten before pooling",
        "Flatten has made a vector, and a pooling over the places of maps comes.",
        (
            "-> Flatten | -> GlobalMaxPooling2D",
            "layers.Flatten() | layers.GlobalMaxPooling2D",
            "self.flatten(x) | self.whole(x)",
        ),
        r"[Ff]latten",
    ),
    _mistake(
        "Valid residual",
        "The second convolution of a residual block lacks its padding.",
        (
            "-> Conv2D(C, 5)",
            "layers.Conv2D(channels, 5)",
            "channels, channels, 5) | self.second(y)",
        ),
        (r"padding=same", r"padding", r"padding"),
    ),
    _mistake(
        "Padding as a number",
        "`padding=1`, as in PyTorch.",
        "padding=1",
        (r"`same`", r"same", ""),
        torch="`padding=1` is how PyTorch says it",
    ),
    _mistake(
        "Foreign names",
        "A layer by another tool's name: `BatchNorm1d` in netc and Keras, `BatchNormalization` in "
        "PyTorch.",
        ("BatchNorm1d", "BatchNorm1d", "BatchNormalization"),
        ("BatchNormalization", "BatchNormalization", "BatchNorm1d"),
    ),
    _mistake(
        "Dropout p",
        "An argument by another tool's name: `p` in netc and Keras, `rate` in PyTorch.",
        ("p=0.3", "p=0.3", "rate=0.3"),
        (r"write `rate`", r"\brate\b", r"\bp\b"),
    ),
    _mistake(
        "Misspelt import",
        "Two letters of a name that is imported have changed places. Python proposes the name from "
        "3.12 on.",
        ("import GatedUnti", "import gated_unti", "import GatedUnti"),
        (r"`GatedUnit`", r"gated_unit\b", r"GatedUnit\b"),
    ),
    _mistake(
        "Kernel missing",
        "A convolution without its kernel.",
        ("Conv2D(24", "Conv2D(24", "Conv2d(3, 24"),
        r"kernel_size",
    ),
    _mistake(
        "Kernel of three",
        "A kernel for pictures is given its channels, too.",
        ("(5, 5, 3)", "(5, 5, 3)", "(5, 5, 3)"),
        (r"`\(5, 5\)`", r"\(5, 5\)|2 (integers|values)|tuple of 2", r"\(5, 5\)|two|Conv3d|3D"),
    ),
    _mistake(
        "Ids into Conv",
        "The numbers of words go into a convolution; an embedding is missing.",
        ("words -> Conv1D", "(words)", "self.conv(words)"),
        r"[Ee]mbedding",
    ),
    _mistake(
        "Squeeze excite",
        "The gate has lost the axes that it is multiplied along.",
        (
            "gate = x -> GlobalAveragePooling2D | x * gate",
            "layers.GlobalAveragePooling2D()(x) | x * gate",
            "x.mean((2, 3)) | x * gate",
        ),
        (r"keepdims=true", r"keepdims|[Rr]eshape", r"keepdim|reshape|unsqueeze"),
    ),
    _mistake(
        "Odd UNet",
        "A U-Net of one step that takes pictures of any size; 75 by 75 does not come back.",
        (
            "slide: float32 | Concatenate",
            "keras.Input | layers.Concatenate",
            "torch.zeros(2, 1, 75, 75) | torch.cat",
        ),
        (r"\[N, 2 \* H, 2 \* W, 1\]", r"\beven\b|crop|pad\b", r"\beven\b|crop|pad\b"),
    ),
    _mistake(
        "Block promise",
        "A block that should give `width` channels multiplies them with those that come in.",
        ("Conv2D(C * width", "layers.Conv2D(x.shape[-1] * width", "nn.Conv2d(into, into * width"),
        (r"Conv2D\(width, 1\)", r"width", r"width"),
    ),
    _mistake(
        "Loop too short",
        "A loop runs one round too few for the channels that are counted on.",
        ("in range(", "in range(", "in range("),
        (r"range\(rounds\)", r"range|rounds", r"range|rounds"),
    ),
    _mistake(
        "Wrong reshape",
        "6 · 6 · 64 values shall become maps of 6 by 6 with 32 channels.",
        ("Reshape((6, 6, 32))", "Reshape((6, 6, 32))", "Unflatten(1, (32, 6, 6))"),
        (r"\(6, 6, 64\)|6 \* 6 \* 32", r"6, 6, 64|1152", r"64, 6, 6|1152"),
    ),
    _mistake(
        "Groups do not divide",
        "8 groups of 36 channels.",
        (
            "GroupNormalization(8) | Conv2D(36",
            "GroupNormalization(8) | Conv2D(36",
            "GroupNorm(8, 36) | Conv2d(3, 36",
        ),
        (r"4, 6, 9 and 12 divide", r"divi|multiple", r"divi|multiple"),
    ),
    _mistake(
        "Parenthesis missing",
        "A parenthesis is opened and never closed.",
        ("Dense(32,", "Dense(32,", "Linear(16, 32,"),
        (r"this `\(` is not closed", r"'\(' was never closed", r"'\(' was never closed"),
    ),
    _mistake(
        "Arrow missing",
        "What joins one layer to the next is missing: `->` in netc, a comma in a list of layers.",
        (
            "    GlobalMaxPooling1D",
            'layers.Conv1D(32, 9, strides=4, activation="relu") | layers.GlobalMaxPooling1D()',
            "    nn.ReLU()\n | nn.AdaptiveMaxPool1d(1)",
        ),
        (r"begin it with `->`", r"comma", r"comma"),
    ),
    _mistake(
        "Default without a type",
        "A parameter with a default and without its type.",
        ("kinds = 43", "", ""),
        (r"kinds: int = 43", "", ""),
        keras="Python needs no type there",
        torch="Python needs no type there",
    ),
    _mistake(
        "Words of Python",
        "`False` in netc; `false` in Python.",
        ("False", "false", "false"),
        (r"`false`", r"'False'", r"'False'"),
    ),
    _mistake(
        "Wrong quotes",
        "Single quotes in netc; no quotes in Python.",
        ("padding='same'", "padding=same", "padding=same"),
        (r'write "same"', r"[\"'`]same[\"'`].*(quot|string)|quot", r"quot|string"),
    ),
    _mistake(
        "Activation spelling",
        "The name of an activation, nearly.",
        ("LeakyRelu", "LeakyRelu", "nn.LeakyRelu()"),
        (r"`leaky_relu`", r"leaky_relu|LeakyReLU", r"LeakyReLU"),
    ),
    _mistake(
        "Import cycle",
        "Two files import each other.",
        ('from "import_cycle.net" | from "deeper.net"', "from deeper_keras", "from deeper_torch"),
        (r"third file", r"circular import", r"circular import"),
    ),
    _mistake(
        "Budget",
        "The net shall have less than 200,000 parameters, and a Dense layer behind Flatten has ten "
        "times as many.",
        ("params < 200K | Dense(256", "Dense(256", "Linear(32 * 16 * 16"),
        (r"GlobalAveragePooling2D` in the place", "GlobalAveragePooling2D", "AdaptiveAvgPool2d"),
    ),
    _mistake(
        "Softmax twice",
        "The net ends in softmax, and its loss applies softmax again.",
        (
            "from_logits=true | Dense(10, activation=softmax)",
            'from_logits=True | Dense(10, activation="softmax") | model.train_on_batch',
            "nn.Softmax(dim=1) | cross_entropy(",
        ),
        (r"remove `from_logits=true`", r"from_logits", r"softmax|logits"),
    ),
    _mistake(
        "Name of the rate",
        "The learning rate by another tool's name: `lr` in netc and Keras, `learning_rate` in "
        "PyTorch.",
        ("SGD(lr=", "SGD(lr=", "learning_rate="),
        (r"write `learning_rate`", r"learning_rate", r"\blr\b"),
    ),
    _mistake(
        "Data missing",
        "The file of the data is not there.",
        ('npz("numbers.npz"', 'np.load("numbers.npz")', 'np.load("numbers.npz")'),
        r"numbers\.npz",
        train=True,
    ),
)
