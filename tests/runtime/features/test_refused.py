"""What makes it unsafe to keep features is named, with its line and the way out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.recipe.frozen import Cut, Unsafe, frozen_part
from netc.compiler.recipe.recipe import Phase, Recipe
from netc.runtime.data.dataset import Dataset, Numbered, Part
from netc.runtime.data.load import from_arrays
from netc.runtime.data.targets import Copied
from netc.runtime.features.keep import Keeper
from netc.runtime.features.store import Row, Store
from netc.runtime.train.snapshot import Snapshot

from ..train.small import start
from .small import HEAD, NET, data_of, pictures, recipe_in


def found(folder: Path, text: str) -> tuple[Recipe, Phase, Cut | Unsafe | None]:
    """The one phase of a recipe, and where its frozen part ends."""
    recipe = recipe_in(folder, text)
    (phase,) = recipe.phases
    return recipe, phase, frozen_part(recipe, phase)


FREEZE = "freeze    = [base]"
UNSAFE = {
    "-> ReLU": (
        "-> Dropout(0.2) as drop -> ReLU -> Conv2D(6, 1) as more",
        "`base/drop` (Dropout, small.net:4) draws anew in each step",
        "put it behind the frozen layers, or leave it out",
    ),
    "-> BatchNormalization": (
        "-> GaussianNoise(0.1) as noise -> Conv2D(6, 1) as more -> BatchNormalization",
        "`base/noise` (GaussianNoise, small.net:4) draws anew in each step",
        "put it behind the frozen layers, or leave it out",
    ),
    "-> GlobalAveragePooling2D": (
        "-> ActivityRegularization(l2=0.1) as cost -> Conv2D(6, 1) -> GlobalAveragePooling2D",
        "`base/cost` (ActivityRegularization, small.net:4) adds a penalty to the loss",
        "put it behind the frozen layers, or leave it out",
    ),
    "as norm ->": (
        "as norm -> TimeDistributed(layer=Dropout(0.2)) as each -> Conv2D(6, 1) ->",
        "`base/each` (TimeDistributed, small.net:4) draws anew in each step",
        "put it behind the frozen layers, or leave it out",
    ),
    FREEZE: (
        'freeze = ["base/conv", "base/more"]',
        "`base/norm` (BatchNormalization, small.net:4) takes the statistics of each batch in "
        "training",
        'freeze it, too: freeze = […, "base/norm"]',
    ),
    "cache     = 1": (
        "augment = [RandomFlip, RandomRotation(0.1)]",
        "`augment` (RandomFlip, RandomRotation) changes the samples anew in each epoch",
        "`cache = 4` keeps four augmented passes and goes round them",
    ),
    "cache     = 1 ": (
        "cache = 2\n  augment = [RandomFlip, MixUp(0.2)]",
        "`MixUp` mixes samples of a batch and their targets",
        "leave it out",
    ),
}


def test_each_danger_is_named_with_its_line_and_a_way_out(tmp_path: Path) -> None:
    for old, (new, why, way_out) in UNSAFE.items():
        text = (NET + HEAD).replace(old.strip(), new)
        if old == FREEZE:
            text = text.replace("-> ReLU", "-> ReLU -> Conv2D(6, 1) as more")
        if "MixUp" in new:
            text = text.replace("sparse_categorical", "categorical")
        _, _, cut = found(tmp_path, text)
        assert isinstance(cut, Unsafe), new
        assert (cut.why, cut.way_out) == (why, way_out)
        assert cut.macs > 0


SAFE = {
    "Dropout that drops nothing": ("-> ReLU", "-> Dropout(0.0) -> ReLU"),
    "dropout behind the last frozen layer": ("-> ReLU", "-> ReLU -> Dropout(0.5)"),
    "normalization that learns behind it": ("-> Dropout(0.3)", "-> BatchNormalization"),
    "augmented passes": ("cache     = 1", "cache = 2\n  augment = [RandomFlip]"),
    "a recurrent layer": ("-> GlobalAveragePooling2D as pooled", "-> Flatten -> Dense(6)"),
}


def test_what_is_safe_is_cut_where_the_frozen_part_ends(tmp_path: Path) -> None:
    for what, (old, new) in SAFE.items():
        recipe, _, cut = found(tmp_path, (NET + HEAD).replace(old, new))
        assert isinstance(cut, Cut), what
        held = {node.layer for node in cut.lower if node.weights}
        assert held == {path for path in recipe.checked.layers() if path.startswith("base/")} & held
        assert "base/conv" in held, what
        assert {node.layer for node in cut.upper if node.weights} >= {"one", "head"}


def test_nothing_frozen_is_nothing_to_say(tmp_path: Path) -> None:
    for old, new in ((FREEZE, ""), (FREEZE, "freeze = [one]"), (FREEZE, "freeze = [head]")):
        assert found(tmp_path, (NET + HEAD).replace(old, new))[2] is None


BRANCHES = """
net Small(image: float32[N, 8, 8, 3], age: float32[N, 2]) -> (probs: [N, 3], side: [N]) {
  low = image -> Conv2D(4, 3) as one -> ReLU
  deep = low -> Conv2D(5, 3) as two -> GlobalAveragePooling2D
  years = age -> Dense(2)
  both = (low -> GlobalMaxPooling2D, deep, years) -> Concatenate -> Dense(4) as join
  return both -> Dense(3, activation=softmax) as head, both -> Dense(1) as side -> Reshape(())
}

train Small {
  loss   = per_output(probs=sparse_categorical_crossentropy, side=mse)
  cache  = 1
  freeze = [one, two]
}
"""


def test_branches_and_inputs_that_are_not_frozen_stay(tmp_path: Path) -> None:
    _, _, cut = found(tmp_path, BRANCHES)
    assert isinstance(cut, Cut)
    assert cut.lower.graph.inputs == ["image"]
    assert set(cut.upper.graph.inputs) == {*cut.names, "age"}
    assert len(cut.names) == 2
    assert [output.name for output in cut.upper.graph.outputs] == ["probs", "side"]


def told(recipe: Recipe, **options: object) -> list[str]:
    """What is said of the features of a recipe's one phase; nothing is trained."""
    lines: list[str] = []
    arrays = start(recipe)
    keeper = Keeper(recipe, data_of(recipe), lines.append, **options)
    keeper.of(recipe.phases[0], lambda: Snapshot(arrays))
    return lines


def test_what_depends_on_the_batch_or_has_no_size_is_not_kept(tmp_path: Path) -> None:
    again = "frozen layers run again in each epoch: their features cannot be kept: "
    among = NET.replace("return x ->", "y = x - Mean(x, axis=0, keepdims=true)\n  return y ->")
    recipe = recipe_in(tmp_path, among + HEAD)
    assert told(recipe) == [
        f"{again}what `base/pooled` gives for a sample depends on the other samples of its batch"
    ]


def test_a_small_saving_is_nothing_to_ask_for(tmp_path: Path) -> None:
    """Without `cache` the features of so small a net are not kept, and nothing is said."""
    recipe = recipe_in(tmp_path, NET + HEAD.replace("cache     = 1", ""))
    assert told(recipe) == []
    dropped = NET.replace("-> ReLU", "-> Dropout(0.2) -> ReLU -> Conv2D(6, 1)")
    recipe = recipe_in(tmp_path, dropped + HEAD.replace("cache     = 1", ""))
    assert told(recipe) == []
    recipe = recipe_in(tmp_path, NET + HEAD.replace("cache     = 1", "cache = 0"))
    assert told(recipe) == []


def test_a_large_one_is_taken_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netc.runtime.features.keep.WORTH", 100_000)
    recipe = recipe_in(tmp_path, NET + HEAD.replace("cache     = 1", ""))
    (line,) = told(recipe)
    assert "features of 52 samples" in line
    dropped = NET.replace("-> ReLU", "-> Dropout(0.2) -> ReLU -> Conv2D(6, 1)")
    recipe = recipe_in(tmp_path, dropped + HEAD.replace("cache     = 1", ""))
    (line,) = told(recipe)
    assert line.startswith("frozen layers run again in each epoch: `base/dropout` (Dropout, small")


def test_a_cache_in_a_project_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netc.toml").write_text("")
    recipe = recipe_in(tmp_path, NET + HEAD)
    monkeypatch.chdir(tmp_path)
    (line,) = told(recipe, root=tmp_path / "cache" / "features")
    assert line == (
        "frozen layers run again in each epoch: their features would be kept in "
        f"{tmp_path / 'cache' / 'features'}, but it lies in the project {tmp_path}"
    )


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from netc.runtime.features.store import Row, Store
store = Store(Path(sys.argv[1]), "a" * 40, Row((("x", "float32", (4,)),)))
for number in range(2):
    with store.writing([bytes([number, i]) * 8 for i in range(3)]) as writer:
        writer.add({"x": np.full((2, 4), number, np.float32)})
        if number:
            writer._file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        writer.add({"x": np.full((1, 4), 7, np.float32)})
"""


def test_of_a_killed_process_what_was_whole_is_left(tmp_path: Path) -> None:
    """A kill -9 while a file is written leaves the files before it, and rubbish nobody reads."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], env=os.environ, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    row = Row((("x", "float32", (4,)),))
    segments, damaged = Store(tmp_path, "a" * 40, row).segments()
    assert damaged == 0
    (segment,) = segments
    assert segment.samples == tuple(bytes([0, i]) * 8 for i in range(3))
    np.testing.assert_array_equal(segment.tensor(0)[:, 0], [0, 0, 7])
    assert len(list(tmp_path.rglob("*.tmp"))) == 1
    other = Row((("x", "float32", (5,)),))
    assert Store(tmp_path, "a" * 40, other).segments() == ([], 1)


def test_one_class_alone_is_no_reason_to_stop(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, NET + HEAD)
    x, y = pictures(12)
    lines: list[str] = []
    arrays = start(recipe)
    data = from_arrays(recipe, (x, y * 0))
    kept = Keeper(recipe, data, lines.append).of(recipe.phases[0], lambda: Snapshot(arrays))
    assert kept is not None
    assert len(kept.train) == 12


OVER = """
net Small(image: float32[N, 8, 8, 3]) -> out: [N, 8, 8, 3] {
  return image -> Conv2D(6, 3, padding=same) as base -> Conv2D(3, 1, activation=ELSE)
}

train Small {
  loss     = LOSS
  freeze   = [base]
  cache    = 2
  augment  = [RandomFlip]
}
"""


def test_targets_that_need_the_pictures_keep_them(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)
    text = OVER.replace("ELSE", "sigmoid").replace("LOSS", "mse")
    recipe = recipe_in(tmp_path, text.replace("  augment  = [RandomFlip]\n", ""))
    lines: list[str] = []
    copied = Part("train", {"image": x}, {"out": Copied("image")}, Numbered("sample", range(6)))
    own = Dataset(copied, None, None, ())
    assert Keeper(recipe, own, lines.append).of(recipe.phases[0], dict) is None
    recipe = recipe_in(
        tmp_path, OVER.replace("ELSE", "softmax").replace("LOSS", "sparse_categorical_crossentropy")
    )
    masked = from_arrays(recipe, (x, x[..., 0] % 3))
    assert Keeper(recipe, masked, lines.append).of(recipe.phases[0], dict) is None
    again = "frozen layers run again in each epoch: "
    assert lines == [
        f"{again}`out` learns what the net gets, so that all of it runs",
        f"{again}the targets of `out` move as augmentation moves the pictures",
    ]
