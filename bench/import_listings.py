"""Models before and after `netc import`: the listings of docs/import.md.

    pip install '.[train,torch]' torch==2.13.0 onnxscript
    python bench/import_listings.py [NAME…]            # prints them
    python bench/import_listings.py --write [NAME…]    # puts them into the page

Before are the first nodes of the file in its order, with the shapes of what each computes with and
of what it makes, or the layers of a `.keras` file with their arguments. What depends on no input is
left out, and the last line says how many nodes follow. After is what `netc import` writes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PAGE = Path(__file__).resolve().parents[1] / "docs" / "import.md"
FIRST = 14
"""So many nodes are shown."""


@dataclass(frozen=True)
class Listing:
    """A model of the page: its file, and what writes the file."""

    file: str
    export: Callable[[Path], None]


def tagger(path: Path) -> None:
    """PyTorch's `nn.TransformerEncoder`, by the exporter without dynamo."""
    import import_torch

    import_torch.export(import_torch.NETS["encoder"], path, dynamo=False)


def zoo(file: str, net: str, **settings: int) -> Callable[[Path], None]:
    """A net of the zoo, as `netc compile` writes it."""
    from imports import shipped

    return shipped(file, net, **settings).export


def text_classifier(path: Path) -> None:
    """A classifier of words, as Keras saves it."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(50, 8, mask_zero=True),
            layers.Bidirectional(layers.LSTM(6, return_sequences=True)),
            layers.GRU(5, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2)),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid", name="head"),
        ],
        name="text_classifier",
    )
    model.save(path)


GPT2 = {"width": 32, "vocabulary": 50, "depth": 6, "heads": 4, "longest": 16}
LISTINGS: Mapping[str, Listing] = {
    "tagger": Listing("tagger.onnx", tagger),
    "gpt2": Listing("gpt2.onnx", lambda path: zoo("gpt2.net", "GPT2", **GPT2)(path)),
    "resnet": Listing("resnet.onnx", lambda path: zoo("resnet.net", "ResNet50", size=64)(path)),
    "words": Listing("text_classifier.keras", text_classifier),
}


def main() -> int:
    """Makes what is named; the exit status is 1 where a net is not equal."""
    parser = argparse.ArgumentParser(description="Shows models before and after netc import.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(LISTINGS))
    parser.add_argument("--write", action="store_true", help="put them into docs/import.md")
    given = parser.parse_args()
    if unknown := set(given.names) - set(LISTINGS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    status = 0
    for name in given.names or LISTINGS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, LISTINGS[name].file)
            LISTINGS[name].export(path)
            made, equal = both(path)
        status |= not equal
        print(made)
        if given.write:
            put(name, made)
    return status


def both(path: Path) -> tuple[str, bool]:
    """A model before and after, in Markdown, and whether they are equal."""
    from netc.runtime.importing.keras.road import import_keras
    from netc.runtime.importing.road import import_onnx

    made = import_onnx(path) if path.suffix == ".onnx" else import_keras(path)
    return listing(path, made.text), made.proof.equal


def listing(path: Path, text: str) -> str:
    """The blocks of the page: a model before, and the text that came of it."""
    before = nodes(path) if path.suffix == ".onnx" else layers(path)
    return f"```text\n{before}\n```\n\nbecomes\n\n```net\n{text}```\n"


def nodes(path: Path) -> str:
    """The first nodes of an ONNX file."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    shapes = {
        value.name: f"[{', '.join(_dim(dim) for dim in value.type.tensor_type.shape.dim)}]"
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    computed = {value.name for value in graph.input} - {tensor.name for tensor in graph.initializer}
    shown = []
    for node in graph.node:
        if computed & set(node.input):
            computed |= set(node.output)
            shown.append(node)
    rows = [
        (
            node.op_type,
            ", ".join(shapes.get(name, "[…]") for name in node.input if name in computed),
            shapes.get(node.output[0], "[…]"),
        )
        for node in shown[:FIRST]
    ]
    op, read = (max(len(row[place]) for row in rows) for place in (0, 1))
    lines = [f"{row[0]:<{op}}  {row[1]:<{read}}  -> {row[2]}" for row in rows]
    return "\n".join([*lines, f"… and {len(shown) - FIRST:,} more nodes"])


def _dim(dim: object) -> str:
    """A size of a shape, by its number or its name."""
    value, name = getattr(dim, "dim_value", 0), getattr(dim, "dim_param", "")
    return str(value) if value else "?" if not name or name.startswith("unk") else str(name)


def layers(path: Path) -> str:
    """The layers of a `.keras` file with their arguments.

    Initializers are left out, and names that Keras gave itself.
    """
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))["config"]
    rows = []
    for layer in config["layers"]:
        kind, args = str(layer["class_name"]), dict(layer["config"])
        own = re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", kind).lower()
        shown = [
            f"{key}={value['class_name'] if isinstance(value, dict) else json.dumps(value)}"
            for key, value in args.items()
            if value is not None and key not in ("dtype", "trainable", "build_config")
            if not key.endswith("initializer")
            if key != "name" or not re.fullmatch(rf"{own}(_\d+)?|input_layer(_\d+)?", str(value))
        ]
        row = f"{kind}: {', '.join(shown)}" if shown else kind
        rows.append(row if len(row) <= 96 else f"{row[:94].rpartition(', ')[0]}, …")
    return "\n".join(rows)


def put(name: str, made: str) -> None:
    """Puts a listing between its marks. Raises ValueError where the page has none."""
    text = PAGE.read_text("utf-8")
    form = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not form.search(text):
        raise ValueError(f"{PAGE} has no listing {name}")
    PAGE.write_text(form.sub(lambda m: f"{m[1]}\n{made}\n{m[2]}", text), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
