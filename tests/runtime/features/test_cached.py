"""What is trained on kept features equals what is trained with the frozen layers in place."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import from_arrays
from netc.runtime.features.compute import Kept
from netc.runtime.features.extract import Extractor
from netc.runtime.features.keep import Keeper
from netc.runtime.features.store import Writer
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.infer.session import Session
from netc.runtime.runs.history import read_history
from netc.runtime.train.folds import train_recipe
from netc.runtime.train.options import RunOptions
from netc.runtime.train.outcome import Outcome
from netc.runtime.train.run import train
from netc.runtime.train.snapshot import Snapshot
from safetensors.numpy import load_file

from ..train.small import IGNORED, start
from ..train.test_resume import Cut, Cutting
from .small import HEAD, NET, TWO_PHASES, Told, data_of, pictures, recipe_in

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def weights(folder: Path) -> dict[str, Array]:
    return dict(load_file(folder / "best.safetensors"))


def check_same(one: Path, other: Path) -> None:
    """Two runs have seen and kept the same, within what kernels round."""
    first, second = read_history(one / "history.csv"), read_history(other / "history.csv")
    assert [epoch.phase for epoch in first] == [epoch.phase for epoch in second]
    for a, b in zip(first, second, strict=True):
        assert a.learning_rate == pytest.approx(b.learning_rate)
        assert a.values == pytest.approx(b.values, rel=1e-4, abs=1e-5)
    kept, other_kept = weights(one), weights(other)
    assert kept.keys() == other_kept.keys()
    for name, array in kept.items():
        np.testing.assert_allclose(array, other_kept[name], **CLOSE, err_msg=name)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two phases and two restarts without kept features."""
    folder = tmp_path_factory.mktemp("plain")
    recipe = recipe_in(folder, NET + TWO_PHASES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netc.runtime.report.write.write_report", lambda *_: None)
        train(recipe, data_of(recipe), folder / "run", RunOptions(cache=False))
    return folder / "run"


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the head alone without kept features."""
    folder = tmp_path_factory.mktemp("head")
    recipe = recipe_in(folder, NET + HEAD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netc.runtime.report.write.write_report", lambda *_: None)
        train(recipe, data_of(recipe), folder / "run", RunOptions(cache=False))
    return folder / "run"


def two_phases(folder: Path, told: Told | None = None, **options: bool) -> Outcome:
    recipe = recipe_in(folder, NET + TWO_PHASES)
    return train(
        recipe, data_of(recipe), folder / "run", RunOptions(watch=told or Told(), **options)
    )


def test_phases_restarts_and_weights_of_samples_come_to_the_same(
    tmp_path: Path, plain: Path, cache: Path
) -> None:
    """The later phase begins with what the cached one ended with; the models hold all layers."""
    told = Told()
    outcome = two_phases(tmp_path / "a", told)
    check_same(outcome.folder, plain)
    assert outcome.good
    assert len(told.features_told) == 2
    first, second = told.features_told
    assert first.startswith("phase head: features of 52 samples at `base/pooled` computed in")
    assert first.endswith(f"kept in {cache} (1.2 kB)")
    # Other weights are drawn for another restart, of the frozen layers, too.
    assert "the weights are no longer those of before; " in second
    x, _ = pictures(5, 3)
    made = Session(outcome.folder / "model.onnx").run({"image": x})["probs"]
    model = keras.models.load_model(outcome.folder / "model.keras")
    np.testing.assert_allclose(model.predict(x, verbose=0), made, **CLOSE)


def test_frozen_layers_keep_every_bit_and_a_second_run_reads(tmp_path: Path, head: Path) -> None:
    recipe = recipe_in(tmp_path, NET + HEAD)
    outcomes, told = [], Told()
    for name in ("a", "b"):
        outcomes.append(train(recipe, data_of(recipe), tmp_path / name, RunOptions(watch=told)))
    assert "computed in" in told.features_told[0]
    assert " read; kept in" in told.features_told[1]
    one, other = (weights(outcome.folder) for outcome in outcomes)
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)
    for name, array in weights(head).items():
        if name.startswith("base/"):
            np.testing.assert_array_equal(array, one[name], err_msg=name)
    check_same(tmp_path / "a", head)


class CuttingTold(Cutting, Told):
    """Cuts a run off, and writes down what is said of features."""


def test_a_run_that_is_cut_off_goes_on_with_features_or_without(
    tmp_path: Path, plain: Path
) -> None:
    """Cut off within the cached phase, then behind it; the state fits runs of both kinds."""
    with pytest.raises(Cut):
        two_phases(tmp_path, CuttingTold(1, 2, 3))
    with pytest.raises(Cut):
        two_phases(tmp_path, CuttingTold(2, 2, 2), resume=True, cache=False)
    two_phases(tmp_path, resume=True)
    check_same(tmp_path / "run", plain)


def test_killed_while_it_computes_features_it_begins_them_again(
    tmp_path: Path, head: Path, cache: Path
) -> None:
    class Killed(Told):
        def extracting(self, done: int, total: int) -> None:
            raise Cut

    recipe = recipe_in(tmp_path, NET + HEAD)
    with pytest.raises(Cut):
        train(recipe, data_of(recipe), tmp_path / "run", RunOptions(watch=Killed()))
    assert not list(cache.rglob("*.features"))
    train(recipe, data_of(recipe), tmp_path / "run", RunOptions(resume=True))
    check_same(tmp_path / "run", head)


KILLED = """
import os, signal, sys
from pathlib import Path
from netc.runtime.report import write
from netc.runtime.train import save
from tests.runtime.features.small import Told
from tests.runtime.features.test_cached import two_phases

class Killed(Told):
    def epoch(self, epoch, kept):
        super().epoch(epoch, kept)
        if len(self.epochs) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

save.SHARE = 1e9
write.write_report = lambda *_: None
two_phases(Path(sys.argv[1]), Killed())
"""


def test_killed_in_a_phase_with_features_it_goes_on_the_same(tmp_path: Path, plain: Path) -> None:
    """`kill -9` behind the second epoch of the cached phase, which reads its features again."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == -signal.SIGKILL
    begun = read_history(tmp_path / "run" / "history.csv")
    assert [epoch.phase for epoch in begun] == ["head"] * 2
    told = Told()
    two_phases(tmp_path, told, resume=True)
    assert len(told.epochs) == 8
    assert " read; kept in" in told.features_told[0]
    check_same(tmp_path / "run", plain)


def features(recipe: Recipe, data: Dataset) -> tuple[Kept, str]:
    """What is kept for the recipe's one phase, and what is said of it; nothing is trained."""
    told: list[str] = []
    arrays = start(recipe)
    kept = Keeper(recipe, data, told.append).of(recipe.phases[0], lambda: Snapshot(arrays))
    assert kept is not None, told
    return kept, told[0]


def test_a_damaged_file_is_noticed_and_made_again(tmp_path: Path, cache: Path) -> None:
    recipe = recipe_in(tmp_path, NET + HEAD)
    data = data_of(recipe)
    whole, _ = features(recipe, data)
    for harm in (flip, cut_short, lambda path: path.write_bytes(b"")):
        files = sorted(cache.rglob("*.features"))
        assert len(files) == 2
        harm(files[-1])
        again, line = features(recipe, data)
        assert line.startswith(f"1 damaged file of features in {files[-1].parent} was removed; ")
        assert " read, " in line
        for name, column in whole.train.inputs.items():
            np.testing.assert_allclose(again.train.inputs[name][:], column[:], rtol=1e-5)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-60] ^= 1
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def test_what_has_changed_is_said_and_computed_anew(tmp_path: Path) -> None:
    """Layers, weights; a sample that is another is one sample to compute."""
    recipe = recipe_in(tmp_path, NET + HEAD)
    features(recipe, data_of(recipe))
    changes = {
        "the frozen layers are": (NET.replace("-> ReLU", "-> ReLU(1.0)"), HEAD),
        "the weights are": (NET, HEAD.replace("cache ", "seed = 3\ncache ")),
    }
    for said, (net, settings) in changes.items():
        changed = recipe_in(tmp_path, net + settings)
        _, line = features(changed, data_of(changed))
        assert line.startswith(f"{said} no longer those of before; features of 52")
    recipe = recipe_in(tmp_path, NET + HEAD)
    x, y = pictures(42)
    x[3] += 1
    _, line = features(recipe, from_arrays(recipe, (x, y), pictures(10, 1)))
    assert line.startswith("features of 52 samples at `base/pooled` 51 read, 1 computed in")


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/there/features")


def test_a_full_disk_is_one_line_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path, head: Path
) -> None:
    recipe = recipe_in(tmp_path, NET + HEAD)
    told = Told()
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "add", full)
        train(recipe, data_of(recipe), tmp_path / "full", RunOptions(watch=told))
    with monkeypatch.context() as patch:
        patch.setattr("netc.runtime.features.store.LIMIT", 900)
        train(recipe, data_of(recipe), tmp_path / "large", RunOptions(watch=told))
    again = "frozen layers run again in each epoch: their features cannot be kept: "
    assert told.features_told == [
        f"{again}/there/features: no space left on device",
        f"{again}they would take 1.0 kB, and 900 B are kept at most",
    ]
    assert not list(cache.rglob("*.tmp"))
    for name in ("full", "large"):
        check_same(tmp_path / name, head)


def test_folds_compute_the_features_of_each_sample_once(tmp_path: Path) -> None:
    text = NET + HEAD.replace("cache ", "folds = 3\ncache ")
    recipe = recipe_in(tmp_path, text)
    told = Told()
    data = from_arrays(recipe, pictures(42))
    train_recipe(recipe, data, tmp_path / "a", RunOptions(watch=told))
    first, *others = told.features_told
    assert "features of 42 samples at `base/pooled` computed in" in first
    assert len(others) == 2
    assert all("features of 42 samples at `base/pooled` read; kept" in line for line in others)
    train_recipe(recipe, data, tmp_path / "b", RunOptions(cache=False))
    for fold in ("fold-1", "fold-3"):
        check_same(tmp_path / "a" / fold, tmp_path / "b" / fold)


def test_features_too_large_for_memory_are_read_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: Path
) -> None:
    recipe = recipe_in(tmp_path, NET + HEAD)
    monkeypatch.setattr("netc.runtime.data.stored.free_memory", lambda: 0)
    train(recipe, data_of(recipe), tmp_path / "b")
    check_same(tmp_path / "b", head)


AUGMENTED = HEAD.replace(
    "cache     = 1", "cache = 2\naugment = [RandomFlip, RandomTranslation(0.2, 0.2)]"
)


def test_augmented_passes_are_kept_and_gone_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four epochs see two passes twice each, which are not alike; validation is not augmented."""
    recipe = recipe_in(tmp_path, NET + AUGMENTED.replace("epochs    = 2", "epochs = 4"))
    seen: list[Array] = []
    own = Extractor._run

    def run(self: Extractor, given: dict[str, Array]) -> dict[str, Array]:
        seen.append(given["image"])
        return own(self, given)

    monkeypatch.setattr(Extractor, "_run", run)
    told = Told()
    train(recipe, data_of(recipe), tmp_path / "a", RunOptions(watch=told))
    (line,) = told.features_told
    assert line.startswith("features of 136 samples at `base/pooled` computed in")
    x, _ = pictures(42)
    whole = [array for array in seen if len(array) == 32]
    one, two, plain = whole
    np.testing.assert_array_equal(plain, x[:32])
    assert not np.allclose(one, two)
    assert not np.allclose(one, plain)
    seen.clear()
    train(recipe, data_of(recipe), tmp_path / "b", RunOptions(watch=told))
    assert not seen
    check_same(tmp_path / "a", tmp_path / "b")
    text = (tmp_path / "a" / "recipe.net").read_text()
    assert re.search(r"^  cache += 2$", text, re.MULTILINE)


def test_an_epoch_that_is_resumed_sees_its_own_pass(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, NET + AUGMENTED.replace("epochs    = 2", "epochs = 4"))
    train(recipe, data_of(recipe), tmp_path / "whole")

    with pytest.raises(Cut):
        train(recipe, data_of(recipe), tmp_path / "cut", RunOptions(watch=CuttingTold(1, 2, 3)))
    train(recipe, data_of(recipe), tmp_path / "cut", RunOptions(resume=True))
    check_same(tmp_path / "whole", tmp_path / "cut")


def test_the_store_removes_what_was_used_longest_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    (cache / "own").mkdir(parents=True)
    (cache / "own" / "mine.txt").write_text("not netc's")
    for seed in range(4):
        settings = HEAD.replace("cache ", f"seed = {seed}\ncache ")
        recipe = recipe_in(tmp_path, NET + settings)
        features(recipe, data_of(recipe))
        if not seed:
            size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
            monkeypatch.setattr("netc.runtime.features.store.LIMIT", 2 * size + 1500)
    left = [path for path in cache.iterdir() if path.name != "own"]
    assert len(left) == 2
    assert (cache / "own" / "mine.txt").exists()
