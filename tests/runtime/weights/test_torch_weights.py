"""PyTorch's state dicts in netc's nets: names, orders of axes, and what cannot be told apart.

The tests that write real files need PyTorch; all others go without.
"""

from __future__ import annotations

import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.ops.base.backend import Array, Tensor
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session
from netc.runtime.weights import WeightMismatch, load_weights
from netc.runtime.weights.file import WeightFile
from netc.runtime.weights.load import LoadedWeights
from netc.runtime.weights.match import Match, match_torch
from netc.runtime.weights.open import open_weights
from netc.runtime.weights.torch_file import FORMAT, LEGACY_HEAD
from netc.runtime.weights.torch_state import layers_of_state

from ..nets import dense_net, net, read_all

State = dict[str, Array]


def state(**shapes: tuple[int, ...]) -> State:
    """Distinct values; `features__0__weight` stands for `features.0.weight`."""
    rng = np.random.default_rng(0)
    return {
        name.replace("__", "."): rng.uniform(0.5, 1.5, shape).astype("float32")
        for name, shape in shapes.items()
    }


def match(checked: CheckedGraph, arrays: State, ordered: bool = True) -> Match:
    tensors = {
        name: Tensor(array.shape, str(array.dtype), lambda array=array: array)
        for name, array in arrays.items()
    }
    return match_torch(checked, WeightFile(Path("w"), FORMAT, layers_of_state(tensors), ordered))


def loaded(checked: CheckedGraph, arrays: State) -> LoadedWeights:
    found = match(checked, arrays)
    assert found.fits, "\n".join(WeightMismatch(Path("w"), checked, found).table_lines())
    return LoadedWeights(
        Path("w"), found, {(p.layer, n): t for p in found.pairs for n, t in p.tensors.items()}
    )


def taken(found: Match) -> dict[str, str]:
    return {pair.layer: pair.stored.name for pair in found.pairs}


def reasons(found: Match) -> dict[str, str]:
    return {row.layer: row.why for row in (*found.missing, *found.wrong_shape)}


def test_a_dense_kernel_is_turned(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)")
    arrays = state(fc__weight=(3, 4), fc__bias=(3,))
    got = read_all(checked, loaded(checked, arrays))
    np.testing.assert_array_equal(got["dense/kernel"], arrays["fc.weight"].T)
    np.testing.assert_array_equal(got["dense/bias"], arrays["fc.bias"])


def test_batch_normalization_takes_its_four_and_drops_the_counter(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "BatchNormalization")
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = state(**{f"bn__{name}": (4,) for name in names}, bn__num_batches_tracked=())
    got = read_all(checked, loaded(checked, arrays))
    ours = ("gamma", "beta", "moving_mean", "moving_variance")
    for new, old in zip(ours, names, strict=True):
        np.testing.assert_array_equal(got[f"batch_normalization/{new}"], arrays[f"bn.{old}"])


def picture_net(folder: Path, steps: str, size: str = "6, 5, 4") -> CheckedGraph:
    return net(folder, f"net Small(x: float32[N, {size}]) {{\n  return x -> {steps}\n}}\n")


def direct(x: Array, kernel: Array, groups: int) -> Array:
    """A convolution as PyTorch defines it: `[n, c, h, w]` and `[o, c / groups, h, w]`."""
    out, into, height, width = kernel.shape
    rows, columns = x.shape[2] - height + 1, x.shape[3] - width + 1
    made = np.zeros((len(x), out, rows, columns), np.float32)
    for o in range(out):
        first = o // (out // groups) * into
        for r in range(rows):
            for c in range(columns):
                window = x[:, first : first + into, r : r + height, c : c + width]
                made[:, o, r, c] = (window * kernel[o]).sum(axis=(1, 2, 3))
    return made


@pytest.mark.parametrize(
    ("layer", "shape", "groups"),
    [
        ("Conv2D(6, (3, 2), use_bias=false)", (6, 4, 3, 2), 1),
        ("Conv2D(6, (3, 2), groups=2, use_bias=false)", (6, 2, 3, 2), 2),
        ("DepthwiseConv2D((3, 2), use_bias=false)", (4, 1, 3, 2), 4),
        ("DepthwiseConv2D((3, 2), depth_multiplier=2, use_bias=false)", (8, 1, 3, 2), 4),
    ],
)
def test_convolutions_compute_what_pytorch_defines(
    tmp_path: Path, layer: str, shape: tuple[int, ...], groups: int
) -> None:
    checked = picture_net(tmp_path, layer)
    arrays = state(c__weight=shape)
    x = np.random.default_rng(1).uniform(-1, 1, (2, 6, 5, 4)).astype("float32")
    (got,) = Session.from_checked(checked, loaded(checked, arrays)).run({"x": x}).values()
    expected = direct(x.transpose(0, 3, 1, 2), arrays["c.weight"], groups)
    np.testing.assert_allclose(got, expected.transpose(0, 2, 3, 1), atol=1e-5)


@pytest.mark.parametrize("between", ["", "-> Dropout(0.5)", "-> ReLU -> Dropout(0.5)"])
def test_a_dense_layer_behind_flatten_keeps_its_meaning(tmp_path: Path, between: str) -> None:
    """PyTorch flattens channels first: the rows of the kernel have to move."""
    checked = picture_net(tmp_path, f"Flatten {between} -> Dense(3, use_bias=false)")
    arrays = state(fc__weight=(3, 120))
    x = np.random.default_rng(1).uniform(0, 1, (2, 6, 5, 4)).astype("float32")
    (got,) = Session.from_checked(checked, loaded(checked, arrays)).run({"x": x}).values()
    flat = x.transpose(0, 3, 1, 2).reshape(2, -1)
    np.testing.assert_allclose(got, flat @ arrays["fc.weight"].T, rtol=1e-4)


def test_order_decides_between_equal_shapes(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4)", "Dense(2)", "Dense(4)", size=4)
    arrays = state(
        a__weight=(4, 4),
        a__bias=(4,),
        z__weight=(2, 4),
        z__bias=(2,),
        m__weight=(4, 2),
        m__bias=(4,),
    )
    assert taken(match(checked, arrays)) == {"dense": "a", "dense_1": "z", "dense_2": "m"}


def test_names_count_whatever_separates_their_parts(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4) as fc_1", "Dense(4) as fc_0")
    arrays = state(fc__0__weight=(4, 4), fc__0__bias=(4,), fc__1__weight=(4, 4), fc__1__bias=(4,))
    found = match(checked, arrays)
    assert taken(found) == {"fc_1": "fc.1", "fc_0": "fc.0"}
    assert all(pair.by_name for pair in found.pairs)


RESIDUAL = """
net Small(x: float32[N, 4]) {
  shortcut = x -> Dense(4, use_bias=false)
  return shortcut + (x -> Dense(2, use_bias=false) -> Dense(4, use_bias=false))
    -> Dense(4, use_bias=false)
}
"""


def test_a_shortcut_may_be_the_last_of_its_block(tmp_path: Path) -> None:
    """It is shaped like the layer behind the sum, which works on what it made."""
    checked = net(tmp_path, RESIDUAL)
    shapes = {"conv1": (2, 4), "conv2": (4, 2), "last": (4, 4), "fc": (4, 4)}
    arrays = state(**{f"{name}__weight": shape for name, shape in shapes.items()})
    assert taken(match(checked, arrays)) == {
        "shortcut": "last",
        "dense": "conv1",
        "dense_1": "conv2",
        "dense_2": "fc",
    }


BOTTLENECK = """
net Small(x: float32[N, 4]) {
  shortcut = x -> Dense(8, use_bias=false)
  narrow = x -> Dense(4, use_bias=false) as narrow
  return shortcut + (narrow -> Dense(4, use_bias=false) -> Dense(8, use_bias=false) as widen)
}
"""


@pytest.mark.parametrize("name", ["downsample.0", "shortcut", "block.skip.conv"])
def test_of_two_branches_the_name_says_which_is_the_shortcut(tmp_path: Path, name: str) -> None:
    shapes = {"conv1": (4, 4), "conv2": (4, 4), "conv3": (8, 4), name: (8, 4)}
    arrays = state(**{f"{name}__weight": shape for name, shape in shapes.items()})
    found = taken(match(net(tmp_path, BOTTLENECK), arrays))
    assert found == {"shortcut": name, "narrow": "conv1", "dense": "conv2", "widen": "conv3"}


def test_a_shortcut_is_told_by_its_name_where_shapes_come_in_the_nets_order(tmp_path: Path) -> None:
    """Twins in the order of the net: without the name, each would get the other's weights."""
    checked = net(
        tmp_path,
        "net Small(x: float32[N, 4]) {\n"
        "  y = x -> Dense(4, use_bias=false) as first -> Dense(4, use_bias=false) as second\n"
        "  return y + (x -> Dense(4, use_bias=false) as around)\n}\n",
    )
    arrays = state(skip__weight=(4, 4), a__weight=(4, 4), b__weight=(4, 4))
    assert taken(match(checked, arrays)) == {"first": "a", "second": "b", "around": "skip"}


def test_another_order_is_refused_and_not_guessed(tmp_path: Path) -> None:
    """Neither shapes nor names tell the shortcut from the last layer of the other branch."""
    shapes = {"conv1": (4, 4), "conv2": (4, 4), "conv3": (8, 4), "conv4": (8, 4)}
    arrays = state(**{f"{name}__weight": shape for name, shape in shapes.items()})
    found = match(net(tmp_path, BOTTLENECK), arrays)
    assert not found.fits
    assert set(reasons(found)) == {"shortcut", "narrow", "dense", "widen"}
    assert all("in another order" in why for why in reasons(found).values())


TWO_ROADS = """
net Small(x: float32[N, 4]) {
  short = x -> Dense(6, use_bias=false) as short_in -> Dense(3, use_bias=false) as short_out
  long = x
    -> Dense(6, use_bias=false) as long_in
    -> Dense(5, use_bias=false) as long_middle
    -> Dense(2, use_bias=false) as long_out
  return (short, long) -> Concatenate
}
"""
ROADS = {
    "short_in": (6, 4),
    "short_out": (3, 6),
    "long_in": (6, 4),
    "long_middle": (5, 6),
    "long_out": (2, 5),
}


@pytest.mark.parametrize(
    "names",
    [
        ("one.0", "one.2", "two.0", "two.3", "two.5"),
        (
            "block.branch1.0",
            "block.branch1.2",
            "block.branch2.0",
            "block.branch2.3",
            "block.branch2.5",
        ),
        ("one_1.conv", "one_2.conv", "two_1.conv", "two_2.conv", "two_3.conv"),
    ],
)
def test_numbered_layers_of_a_module_are_a_chain_where_the_certain_ones_are(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    """The first layers of both roads have one shape; the second road's other two are certain."""
    by_path = dict(zip(ROADS, names, strict=True))
    arrays = state()
    # Both first layers come first, so that the order does not tell.
    for path in ("short_in", "long_in", "short_out", "long_middle", "long_out"):
        arrays |= state(**{f"{by_path[path]}.weight": ROADS[path]})
    assert taken(match(net(tmp_path, TWO_ROADS), arrays)) == by_path


def test_numbers_without_a_chain_say_nothing(tmp_path: Path) -> None:
    """Of two roads of equal layers the numbers may go along or across."""
    checked = net(
        tmp_path,
        "net Small(x: float32[N, 4]) {\n"
        "  a = x -> Dense(6, use_bias=false) as a1 -> Dense(3, use_bias=false) as a2\n"
        "  b = x -> Dense(6, use_bias=false) as b1 -> Dense(3, use_bias=false) as b2\n"
        "  return (a, b) -> Concatenate\n}\n",
    )
    arrays = state(
        m__0__weight=(6, 4), m__1__weight=(6, 4), m__2__weight=(3, 6), m__3__weight=(3, 6)
    )
    assert not match(checked, arrays).fits


POOLED = """
net Small(x: float32[N, 8, 8, 3]) {
  a = x -> Conv2D(4, 1, use_bias=false) as plain
  b = x -> AveragePooling2D(3, strides=1, padding=same) -> Conv2D(4, 1, use_bias=false) as mean
  return (a, b) -> Concatenate
}
"""


@pytest.mark.parametrize("name", ["branch_pool.conv", "pool.0", "block.pooled.conv"])
def test_of_two_branches_the_name_says_which_works_on_a_pool(tmp_path: Path, name: str) -> None:
    for names in (("branch1x1.conv", name), (name, "branch1x1.conv")):
        arrays = state(**{f"{each}.weight": (4, 3, 1, 1) for each in names})
        found = taken(match(net(tmp_path, POOLED), arrays))
        assert found == {"plain": "branch1x1.conv", "mean": name}
    arrays = state(one__weight=(4, 3, 1, 1), two__weight=(4, 3, 1, 1))
    assert not match(net(tmp_path, POOLED), arrays).fits


ENCODER = """
net Small(x: float32[N, 4]) {
  y = x -> LayerNormalization as norm_a -> Dense(8, use_bias=false) as into
  return y -> Dense(4, use_bias=false) as out -> LayerNormalization as norm_b
}
"""


@pytest.mark.parametrize(("first", "second", "fits"), [("norm1", "norm2", True), ("z", "a", False)])
def test_numbered_modules_may_stand_behind_those_they_feed(
    tmp_path: Path, first: str, second: str, fits: bool
) -> None:
    """As in `nn.TransformerEncoderLayer`, which lists its norms last."""
    kernels = {"linear1__weight": (8, 4), "linear2__weight": (4, 8)}
    norms = {f"{name}__{part}": (4,) for name in (first, second) for part in ("weight", "bias")}
    found = match(net(tmp_path, ENCODER), state(**kernels, **norms))
    assert found.fits == fits
    if fits:
        assert taken(found)["norm_a"] == "norm1"
        assert taken(found)["norm_b"] == "norm2"


def test_without_an_order_only_what_is_there_once_is_taken(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4)", "Dense(2)", "Dense(2)")
    arrays = state(a__weight=(4, 4), b__weight=(2, 4), c__weight=(2, 2)) | state(
        a__bias=(4,), b__bias=(2,), c__bias=(2,)
    )
    assert match(checked, arrays, ordered=False).fits
    checked = dense_net(tmp_path, "Dense(4)", "Dense(4)")
    twins = state(a__weight=(4, 4), a__bias=(4,), b__weight=(4, 4), b__bias=(4,))
    assert set(reasons(match(checked, twins, ordered=False))) == {"dense", "dense_1"}


def test_the_table_says_what_does_not_fit(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)", "BatchNormalization")
    found = match(checked, state(fc__weight=(5, 4), fc__bias=(5,)))
    lines = WeightMismatch(Path("w"), checked, found).table_lines()
    assert "fc: weight [5, 4], bias [5]" in lines[1]
    assert "`kernel` is [4, 5], not [4, 3]" in lines[1]
    assert "nothing" in lines[2]


def test_a_spare_layer_is_named(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(3)")
    found = match(checked, state(fc__weight=(3, 4), fc__bias=(3,), aux__weight=(9, 9)))
    assert found.fits
    assert [layer.name for layer in found.unused] == ["aux"]


def test_a_prefix_of_parallel_training_is_no_part_of_a_name(tmp_path: Path) -> None:
    checked = dense_net(tmp_path, "Dense(4) as fc")
    found = match(checked, state(module__fc__weight=(4, 4), module__fc__bias=(4,)))
    assert found.pairs[0].by_name


def test_safetensors_with_pytorchs_names(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    checked = dense_net(tmp_path, "Dense(3)", "BatchNormalization")
    shapes = {f"bn__{n}": (3,) for n in ("weight", "bias", "running_mean", "running_var")}
    arrays = state(fc__weight=(3, 4), fc__bias=(3,), **shapes)
    save_file(arrays, tmp_path / "w.safetensors")
    got = read_all(checked, load_weights(tmp_path / "w.safetensors", checked))
    np.testing.assert_array_equal(got["dense/kernel"], arrays["fc.weight"].T)
    np.testing.assert_array_equal(got["batch_normalization/gamma"], arrays["bn.weight"])


@pytest.mark.parametrize("legacy", [False, True])
def test_without_pytorch_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, legacy: bool
) -> None:
    path = tmp_path / "model.pth"
    if legacy:
        path.write_bytes(LEGACY_HEAD + b"the rest")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model/data.pkl", b"")
            archive.writestr("model/version", b"3\n")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match=r"pip install 'netc\[torch\]'"):
        open_weights(path)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_file_of_pytorch(tmp_path: Path, legacy: bool, nested: bool) -> None:
    torch = pytest.importorskip("torch")
    checked = dense_net(tmp_path, "Dense(3)")
    values = state(fc__weight=(3, 4), fc__bias=(3,))
    tensors = {name: torch.from_numpy(array) for name, array in values.items()}
    saved = {"state_dict": tensors, "epoch": 3} if nested else tensors
    path = tmp_path / "w.pt"
    torch.save(saved, path, _use_new_zipfile_serialization=not legacy)
    got = read_all(checked, load_weights(path, checked))
    np.testing.assert_array_equal(got["dense/kernel"], values["fc.weight"].T)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_recurrent_layers_compute_what_pytorch_computes(tmp_path: Path, kind: str) -> None:
    torch = pytest.importorskip("torch")
    checked = net(
        tmp_path,
        f"net Small(x: float32[N, T, 3]) {{\n  return x -> {kind}(5, return_sequences=true)"
        f" -> {kind}(4, return_sequences=true)\n}}\n",
    )

    class Two(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.a = getattr(torch.nn, kind)(3, 5, batch_first=True)
            self.b = getattr(torch.nn, kind)(5, 4, batch_first=True)

    module = Two()
    torch.save(module.state_dict(), tmp_path / "w.pt")
    x = np.random.default_rng(1).uniform(-1, 1, (2, 7, 3)).astype("float32")
    source = load_weights(tmp_path / "w.pt", checked)
    (got,) = Session.from_checked(checked, source).run({"x": x}).values()
    with torch.no_grad():
        expected = module.b(module.a(torch.from_numpy(x))[0])[0].numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)


class Bomb:
    """Makes a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("legacy", [False, True])
def test_nothing_but_tensors_is_opened(tmp_path: Path, legacy: bool) -> None:
    torch = pytest.importorskip("torch")
    path, fired = tmp_path / "w.pt", tmp_path / "fired"
    torch.save({"a": Bomb(fired)}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(UserError, match="holds Python objects"):
        open_weights(path)
    assert not fired.exists()


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("legacy", [False, True])
def test_a_cut_file_is_one_line(tmp_path: Path, legacy: bool, kept: float) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "w.pt"
    torch.save({"fc.weight": torch.zeros(40, 40)}, path, _use_new_zipfile_serialization=not legacy)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    with pytest.raises(UserError, match=r"damaged|cut-short"):
        open_weights(path)


def test_a_plain_pickle_is_still_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(pickle.dumps({"fc.weight": np.zeros(3)}, 2))
    with pytest.raises(UserError, match="is a pickle"):
        open_weights(path)
