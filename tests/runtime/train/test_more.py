"""A complete run goes on where its recipe asks for more: epochs, patience, restarts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.runtime.errors import UserError
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.runs.history import read_history
from netc.runtime.train.options import RunOptions
from netc.runtime.train.outcome import Outcome
from netc.runtime.train.run import train

from .small import IGNORED, LINEAR, dataset_of, line_data, recipe_of, weights_of

keras = import_keras()
pytestmark = pytest.mark.filterwarnings(IGNORED)

STOPPING = """loss = mse
optimizer = Adam(0.02)
epochs = 12
stop = EarlyStopping(patience=1)"""
FINISHING = "loss = mse\noptimizer = SGD(0.05, momentum=0.9)\nepochs = 3\nbatch = 8\nkeep = last"
RESTARTING = f"{FINISHING}\nrestarts = 2"


def trained(tmp_path: Path, settings: str, out: str, *, resume: bool = False) -> Outcome:
    """A run on data whose validation part is the opposite of the training part."""
    recipe = recipe_of(tmp_path, LINEAR, settings)
    x, y = line_data()
    return train(
        recipe, dataset_of(recipe, (x, y), (x, -y)), tmp_path / out, RunOptions(resume=resume)
    )


def figures(run: Path) -> list[tuple[int, int, dict[str, float]]]:
    return [(e.restart, e.epoch, dict(e.values)) for e in read_history(run / "history.csv")]


def same_weights(one: Outcome, other: Outcome) -> bool:
    found: dict[str, Array] = weights_of(other)
    return all(np.array_equal(array, found[name]) for name, array in weights_of(one).items())


@pytest.mark.parametrize(
    ("settings", "asked", "more"),
    [
        (STOPPING, "patience=1", "patience=4"),
        (STOPPING, "epochs = 12\nstop = EarlyStopping(patience=1)",
         "epochs = 9\nstop = EarlyStopping(patience=30)"),
        (FINISHING, "epochs = 3", "epochs = 5"),
        (FINISHING, "epochs = 3", "epochs = 4\nrestarts = 2"),
        (RESTARTING, "restarts = 2", "restarts = 3"),
    ],
)  # fmt: skip
def test_it_comes_to_what_a_run_that_asked_so_from_the_start_does(
    tmp_path: Path, settings: str, asked: str, more: str
) -> None:
    if "epochs = 9" in more:
        settings = settings.replace("epochs = 12", "epochs = 7")
        asked = asked.replace("epochs = 12", "epochs = 7")
    before = trained(tmp_path, settings, "run")
    assert before.ending == ("stopped" if "stop" in settings else "finished")
    assert (tmp_path / "run" / "state.final.safetensors").exists()
    outcome = trained(tmp_path, settings.replace(asked, more), "run", resume=True)
    straight = trained(tmp_path, settings.replace(asked, more), "straight")
    assert outcome.ending == straight.ending
    assert len(figures(tmp_path / "run")) > len(before.history.epochs)
    assert figures(tmp_path / "run") == figures(tmp_path / "straight")
    assert outcome.kept == straight.kept
    assert same_weights(outcome, straight)
    for name in ("recipe.json", "recipe.net"):
        assert (tmp_path / "run" / name).read_text() == (tmp_path / "straight" / name).read_text()
    with pytest.raises(UserError, match="the run is complete; there is nothing to resume"):
        trained(tmp_path, settings.replace(asked, more), "run", resume=True)


@pytest.mark.parametrize(
    ("settings", "asked", "more", "said"),
    [
        (STOPPING, "epochs = 12", "epochs = 20", "it stopped early, and more epochs change noth"),
        (FINISHING, "epochs = 3", "epochs = 2", r"another recipe \(epochs was 3, is 2\)"),
        (FINISHING, "SGD(0.05", "SGD(0.1", r"another recipe \(learning_rate was 0.05, is 0.1\)"),
        (FINISHING, "epochs = 3\nbatch = 8", "epochs = 5\nbatch = 4", "another recipe"),
        (RESTARTING, "epochs = 3", "epochs = 4", "of its 2 restarts only the last could go on"),
    ],
)
def test_nothing_else_of_the_recipe_may_change(
    tmp_path: Path, settings: str, asked: str, more: str, said: str
) -> None:
    trained(tmp_path, settings, "run")
    before = (tmp_path / "run" / "recipe.json").read_text()
    with pytest.raises(UserError, match=said):
        trained(tmp_path, settings.replace(asked, more), "run", resume=True)
    assert (tmp_path / "run" / "recipe.json").read_text() == before
    assert (tmp_path / "run" / "state.final.safetensors").exists()
