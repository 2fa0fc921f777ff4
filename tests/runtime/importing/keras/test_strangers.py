"""Files of strangers: nothing of them runs, and each fault is one line with nothing written."""

from __future__ import annotations

import io
import json
import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from netc.runtime.cli import execute

POLICY = {"class_name": "DTypePolicy", "config": {"name": "float32"}, "module": "keras"}


def layer(kind: str, *takes: str, module: str = "keras.layers", **config: object) -> dict[str, Any]:
    """A layer of a description, as Keras 3 writes it; `takes` are layers."""
    name = str(config.get("name", kind.lower()))
    tensors = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [each, 0, 0]},
        }
        for each in takes
    ]
    return {
        "module": module,
        "class_name": kind,
        "name": name,
        "config": {"dtype": POLICY, "trainable": True, **config, "name": name},
        "registered_name": None,
        "inbound_nodes": [{"args": tensors, "kwargs": {}}] if takes else [],
    }


GIVEN = layer("InputLayer", name="x", batch_shape=[None, 4], dtype="float32")


def model(*layers: dict[str, Any], end: str = "", **more: object) -> dict[str, Any]:
    """The description of a functional model."""
    return {
        "module": "keras",
        "class_name": "Functional",
        "config": {
            "name": "strange",
            "layers": [GIVEN, *layers],
            "input_layers": [["x", 0, 0]],
            "output_layers": [[end or layers[-1]["name"], 0, 0]],
            **more,
        },
    }


def weights(**layers: dict[str, tuple[int, ...]]) -> bytes:
    """A `.weights.h5` of ones."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        group = file.create_group("layers")
        for name, shapes in layers.items():
            own = group.create_group(f"{name}/vars")
            for place, shape in enumerate(shapes.values()):
                own[str(place)] = np.ones(shape, np.float32)
    return data.getvalue()


DENSE = weights(dense={"kernel": (4, 2), "bias": (2,)})


def archive(
    config: object, data: bytes = DENSE, extra: str = "", compress: int = zipfile.ZIP_STORED
) -> bytes:
    """A `.keras` file."""
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", compression=compress) as file:
        warnings.simplefilter("ignore")
        file.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        file.writestr("model.weights.h5", data, zipfile.ZIP_STORED)
        if extra:
            file.writestr(extra, "there")
    return made.getvalue()


def linked() -> bytes:
    """Weights whose data are in another file."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        own = file.create_group("layers/dense/vars")
        own["0"] = h5py.ExternalLink("/etc/passwd", "/")
        own["1"] = np.ones((2,), np.float32)
    return data.getvalue()


def outside() -> bytes:
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        own = file.create_group("layers/dense/vars")
        own.create_dataset("0", (4, 2), "float32", external=[("/etc/passwd", 0, 32)])
        own["1"] = np.ones((2,), np.float32)
    return data.getvalue()


def described(config: object, **more: object) -> bytes:
    """An `.h5` file with a configuration."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([], "S1")
    return data.getvalue()


def after(count: int, kind: str) -> Callable[[], bytes]:
    """A file that is cut short."""
    data = (
        archive(model(layer("Dense", "x", units=2)))
        if kind == "keras"
        else described(model(layer("ReLU", "x")))
    )
    return lambda: data[:count]


def truncated() -> bytes:
    return archive(model(layer("Dense", "x", units=2)), DENSE[: len(DENSE) // 2])


def cycle() -> bytes:
    return archive(model(layer("ReLU", "b", name="a"), layer("ReLU", "a", name="b")))


def nested(depth: int) -> dict[str, Any]:
    """Models in models."""
    made = model(layer("ReLU", "x"))
    for number in range(depth):
        inner = {**made, "name": f"m{number}", "inbound_nodes": layer("ReLU", "x")["inbound_nodes"]}
        made = model(inner, end=f"m{number}")
    return made


LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}}

STRANGE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("keras", lambda: b"", "is empty"),
    "no zip": ("keras", lambda: b"\x80\x04K\x01.", "is no file of Keras: it begins"),
    "a pickle": ("pkl", lambda: pickle.dumps([1]), "such files are pickles, which are programs"),
    "PyTorch's": ("pt", lambda: pickle.dumps([1]), "export the model to ONNX"),
    "a word": ("txt", lambda: b"net", "netc imports .onnx, .keras and .h5"),
    "zip cut short": ("keras", after(300, "keras"), "cut-short or damaged zip"),
    "h5 cut short": ("h5", after(300, "h5"), "damaged or cut-short HDF5"),
    "weights cut short": ("keras", truncated, "damaged or cut-short HDF5"),
    "no config": ("h5", lambda: DENSE, "without a `model_config`"),
    "no JSON": ("keras", lambda: archive("{"), "is not JSON"),
    "a number": ("keras", lambda: archive("7"), "describes no model"),
    "JSON too deep": ("keras", lambda: archive("[" * 100_000), "is not JSON"),
    "a bomb": (
        "keras",
        lambda: archive(" " * (2**26 + 1), compress=zipfile.ZIP_DEFLATED),
        "the limit is 67,108,864",
    ),
    "a file outside": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2)), extra="../../evil"),
        "whose name leads out of it",
    ),
    "two files": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2)), extra="config.json"),
        "two files of one name",
    ),
    "a link": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2)), linked()),
        "is a link; netc reads only what is inside",
    ),
    "data outside": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2)), outside()),
        "keeps its data in another file",
    ),
    "a Lambda": (
        "keras",
        lambda: archive(model(layer("Lambda", "x", function=LAMBDA))),
        "the layer `lambda` is a `Lambda`: Python code, which netc does not run",
    ),
    "a Lambda in old files": (
        "h5",
        lambda: described(model(layer("Lambda", "x", function=["4wEAAAA=", None, None]))),
        "the layer `lambda` is a `Lambda`",
    ),
    "a Lambda inside": (
        "keras",
        lambda: archive(
            model(layer("TimeDistributed", "x", layer=layer("Lambda", function=LAMBDA)))
        ),
        "the layer `timedistributed` wraps a `Lambda`",
    ),
    "an activation that is code": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2, activation=LAMBDA))),
        "the layer `dense` has `activation` of the class `__lambda__`",
    ),
    "a class of its author's": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2, module="os"))),
        "is of its author's class `Dense`",
    ),
    "a registered class": (
        "keras",
        lambda: archive(model(layer("Custom>Swirl", "x", module="mine"))),
        "is of its author's class `Custom>Swirl`",
    ),
    "a model of its author's": (
        "keras",
        lambda: archive({"module": "os", "class_name": "system", "config": "ls"}),
        "`system` is a class of its author's",
    ),
    "what netc has not": (
        "keras",
        lambda: archive(model(layer("TextVectorization", "x"))),
        "the layer `textvectorization` is a `TextVectorization`, which netc has no layer for",
    ),
    "a function of another room": (
        "keras",
        lambda: archive(model(layer("Popen", "x", module="subprocess.ops.numpy"))),
        "is the function `Popen`",
    ),
    "channels first": (
        "keras",
        lambda: archive(model(layer("Conv1D", "x", filters=2, data_format="channels_first"))),
        "has its channels first",
    ),
    "a state between batches": (
        "keras",
        lambda: archive(model(layer("LSTM", "x", units=2, stateful=True))),
        "keeps its state between batches",
    ),
    "another number of units": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=3))),
        "`kernel` is [4, 2], not [4, 3]",
    ),
    "huge": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=2**31 - 1))),
        "the layer `dense`",
    ),
    "past huge": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units=10**30))),
        "the layer `dense`",
    ),
    "no numbers": (
        "keras",
        lambda: archive(model(layer("Dense", "x", units="many"))),
        "the layer `dense`: `units` of `Dense` takes",
    ),
    "missing weights": (
        "keras",
        lambda: archive(
            model(layer("Dense", "x", units=2), layer("Dense", "dense", units=3, name="other"))
        ),
        "the layer `other` needs kernel [2, 3], bias [3]; the file has no such",
    ),
    "a cycle": ("keras", cycle, "the layer `a` needs what `b` makes"),
    "a layer that is not there": (
        "keras",
        lambda: archive(model(layer("ReLU", "gone"))),
        "the layer `relu` needs what `gone` makes",
    ),
    "two of one name": (
        "keras",
        lambda: archive(model(layer("ReLU", "x"), layer("ReLU", "x"))),
        "has two layers that are called `relu`",
    ),
    "too many results": (
        "keras",
        lambda: archive(model(layer("ReLU", "x"), output_layers=[["relu", 0, 7]])),
        "nothing makes the tensor 7 of `relu`",
    ),
    "nested for ever": ("keras", lambda: archive(nested(40)), "nested deeper than 32"),
    "no layers": ("keras", lambda: archive(model(layers=7, end="x")), "is a class of its author's"),
    "layers that are none": (
        "keras",
        lambda: archive(model(layers=[7], end="x")),
        "a layer that is no object of JSON",
    ),
    "calls that are none": (
        "keras",
        lambda: archive(model({**layer("ReLU"), "inbound_nodes": [7]})),
        "the layer `relu` says badly what it takes",
    ),
    "sizes that are none": (
        "keras",
        lambda: archive(
            model(layers=[{**GIVEN, "config": {"batch_shape": [None, -4]}}], end="x")
        ),
        "impossible sizes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_strange_files_get_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ending, data, said = STRANGE[name]
    path, out = tmp_path / f"model.{ending}", tmp_path / "model.net"
    path.write_bytes(data())

    assert execute(["import", str(path), "-o", str(out)]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert "bug of netc" not in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("gone.keras", "gone", "gone.pt"):
        assert execute(["import", str(tmp_path / name), "-o", str(tmp_path / "o.net")]) == 1
        assert capsys.readouterr().err == f"error: {tmp_path / name}: no such file or directory\n"


def test_endings_in_capitals_are_read(tmp_path: Path) -> None:
    path, out = tmp_path / "MODEL.KERAS", tmp_path / "model.net"
    path.write_bytes(archive(model(layer("Dense", "x", units=2))))

    assert execute(["import", str(path), "-o", str(out)]) == 0
    assert "-> Dense(2)" in out.read_text()
