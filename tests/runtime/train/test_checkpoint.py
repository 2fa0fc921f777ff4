"""The state of a run: damage is noticed, and the state before it is there to go on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.runs.history import Ending, Epoch
from netc.runtime.train import save
from netc.runtime.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from netc.runtime.train.options import RunOptions
from netc.runtime.train.position import Best, Position
from netc.runtime.train.run import train

from .small import CLASSES, IGNORED, Seen, class_data, dataset_of, recipe_of, values, weights_of
from .test_resume import Cut, Cutting

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

POSITION = Position(
    phase=1,
    epoch=2,
    kept=Best(1, 2, 0.5, "val_loss"),
    epochs=[Epoch(1, "a", 1, 0.1, 2.5, {"loss": 0.75})],
    endings=[Ending(1, "a", 1, "finished", 1, "loss", 0.5, {"loss": 0.5})],
)
ARRAYS = {"kept/one": np.arange(6, dtype=np.float32).reshape(2, 3), "phase/0": np.array(7)}


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(data)


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_checkpoint(path, Checkpoint(POSITION, ARRAYS))
    found = load_checkpoint(path)
    assert found.position == POSITION
    assert {name: array.tolist() for name, array in found.arrays.items()} == {
        name: array.tolist() for name, array in ARRAYS.items()
    }


def test_one_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_checkpoint(path, Checkpoint(POSITION, ARRAYS))
    whole = path.read_bytes()
    for byte in range(len(whole)):
        flip(path, 8 * byte + byte % 8)
        with pytest.raises(UserError, match="is not the state of a run"):
            load_checkpoint(path)
        path.write_bytes(whole)
    assert load_checkpoint(path).position == POSITION


def test_the_state_before_is_kept(tmp_path: Path) -> None:
    path, older = tmp_path / "state.safetensors", tmp_path / "state.older.safetensors"
    for step in (1, 2, 3):
        save_checkpoint(path, Checkpoint(replace(POSITION, step=step), ARRAYS))
    assert load_checkpoint(path).position.step == 3
    assert load_checkpoint(older).position.step == 2


@pytest.mark.parametrize("lost", ["a bit of it", "all of it"])
def test_a_run_goes_on_from_the_state_before_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(save, "SHARE", 1e9)
    recipe = recipe_of(
        tmp_path, CLASSES, "loss = sparse_categorical_crossentropy\nepochs = 5\nbatch = 16"
    )
    dataset = dataset_of(recipe, class_data())
    run = tmp_path / "run"
    with pytest.raises(Cut):
        train(recipe, dataset, run, RunOptions(watch=Cutting(1, 4, 1)))
    state = run / "state.safetensors"
    if lost == "all of it":
        state.unlink()
    else:
        flip(state, 8 * (state.stat().st_size - 40))
    seen = Seen()
    outcome = train(recipe, dataset, run, RunOptions(resume=True, watch=seen))
    assert [epoch.epoch for epoch in seen.epochs] == [3, 4, 5]
    assert len(seen.notes) == (lost == "a bit of it")
    if seen.notes:
        assert "checksum does not fit); going on from the one before" in seen.notes[0]
    straight = train(recipe, dataset, tmp_path / "straight")
    assert values(outcome, "loss") == values(straight, "loss")
    for name, array in weights_of(straight).items():
        assert np.array_equal(array, weights_of(outcome)[name])
    assert not (run / "state.older.safetensors").exists()
