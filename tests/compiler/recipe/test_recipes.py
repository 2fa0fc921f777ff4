"""What a checked recipe holds: every default filled in, phases laid over the recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.logged import logged_names
from netc.compiler.recipe.objects.callbacks import Best, Last
from netc.compiler.recipe.objects.loads import load
from netc.compiler.recipe.objects.losses import MeanAbsoluteError, MeanSquaredError
from netc.compiler.recipe.objects.metrics import METRIC_CLASSES
from netc.compiler.recipe.objects.optimizers import SGD, Adam, RMSprop
from netc.compiler.recipe.objects.sources import npz
from netc.compiler.recipe.patterns import matching
from netc.compiler.recipe.recipe import Recipe
from netc.compiler.recipe.show import show_recipe

from ...places import MODELS
from .nets import CODER, DIGITS, FILE, analyse, recipe


def test_defaults_are_those_of_keras() -> None:
    made = recipe("train Digits {\n  loss = categorical_crossentropy\n}")
    (phase,) = made.phases
    assert (made.name, made.net, made.file) == ("Digits", "Digits", FILE)
    assert (phase.epochs, phase.batch, phase.name) == (1, 32, "")
    assert phase.optimizer == RMSprop()
    assert (made.restarts, made.seed, made.precision) == (1, 0, "float32")
    assert not made.deterministic
    assert not made.jit
    assert made.data is None
    assert made.steps_per_execution is None
    assert phase.keep == Last()
    assert phase.frozen == frozenset()
    assert phase.augment == ()


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ("", Last()),
        ('data = npz("a.npz")', Last()),
        ('data = npz("a.npz", validation_split=0.1)', Best("val_loss", "min")),
        ('data = npz("a.npz", validation="b.npz")', Best("val_loss", "min")),
        (
            'data = npz("a.npz", validation="b.npz")\n'
            'epochs = 9\nmetrics = accuracy\nstop = EarlyStopping("val_accuracy", mode="max")',
            Best("val_accuracy", "max"),
        ),
        ('data = npz("a.npz", validation="b.npz")\nkeep = last', Last()),
        ('keep = best("loss")', Best("loss", "min")),
    ],
)
def test_the_best_of_what_is_watched_is_kept(settings: str, kept: object) -> None:
    made = recipe(f"train Digits {{\n{settings}\nloss = categorical_crossentropy\n}}")
    assert made.phases[0].keep == kept


def test_a_phase_lies_over_the_recipe() -> None:
    made = recipe(
        """
train Slow for Digits {
  loss = categorical_crossentropy
  freeze = [low, high]
  epochs = 4
  optimizer = Adam(0.01)
  batch = all
  phase head {
    epochs = 2
  }
  phase fine {
    unfreeze = "high/*"
    optimizer = SGD(0.5)
    batch = 8
  }
  phase rest {
    freeze = none
  }
}
"""
    )
    head, fine, rest = made.phases
    assert (made.name, made.net) == ("Slow", "Digits")
    assert [phase.name for phase in made.phases] == ["head", "fine", "rest"]
    assert [phase.epochs for phase in made.phases] == [2, 4, 4]
    assert [phase.batch for phase in made.phases] == [None, 8, None]
    assert [phase.optimizer for phase in made.phases] == [Adam(0.01), SGD(0.5), Adam(0.01)]
    assert head.frozen == {"low/conv", "low/norm", "high/conv", "high/norm"}
    assert fine.frozen == {"low/conv", "low/norm"}
    assert rest.frozen == frozenset()


def test_each_output_has_its_own() -> None:
    made = recipe(
        """
train Coder {
  loss = per_output(recon=mse, code=mae)
  loss_weights = per_output(code=0.5)
  metrics = per_output(recon=mae)
}
""",
        CODER,
    )
    recon, code = made.phases[0].heads
    assert (recon.output, recon.loss, recon.weight) == ("recon", MeanSquaredError(), 1)
    assert (code.output, code.loss, code.weight) == ("code", MeanAbsoluteError(), 0.5)
    assert recon.metrics == (construct(METRIC_CLASSES["MeanAbsoluteError"], {"name": "mae"}),)
    assert code.metrics == ()


def test_an_output_without_a_loss_has_no_head() -> None:
    made = recipe("train Coder {\n  loss = per_output(code=mae)\n}", CODER)
    assert [head.output for head in made.phases[0].heads] == ["code"]


def test_accuracy_becomes_what_the_loss_needs() -> None:
    for loss, kind in (
        ("categorical_crossentropy", "CategoricalAccuracy"),
        ("sparse_categorical_crossentropy", "SparseCategoricalAccuracy"),
    ):
        made = recipe(f"train Digits {{\n  loss = {loss}\n  metrics = [accuracy]\n}}")
        (metric,) = made.phases[0].heads[0].metrics
        assert type(metric).__name__ == kind
        assert metric.logged == "accuracy"


def test_data_and_weights_are_as_written() -> None:
    made = recipe(
        """
train Digits {
  data = npz("a/b.npz", validation_split=0.25)
  weights = [load("x.safetensors"), load("y.h5", into=low.conv)]
  loss = categorical_crossentropy
}
"""
    )
    assert made.data == npz("a/b.npz", validation_split=0.25)
    assert made.loads == (load("x.safetensors", ""), load("y.h5", "low/conv"))


def test_mixed_precision_is_bfloat16() -> None:
    made = recipe("train Digits {\n  loss = kld\n  mixed_precision = true\n}")
    assert made.precision == "mixed_bfloat16"


def test_the_recipe_is_for_the_net_as_it_is_set() -> None:
    text = f"{DIGITS}\ntrain Digits {{\n  loss = kld\n  class_weight = [1] * classes\n}}\n"
    analysis = analyse(text, classes=3)
    assert analysis.diagnostics == []
    (made,) = analysis.recipes
    assert made.phases[0].class_weight == (1, 1, 1)
    (output,) = made.checked.graph.outputs
    assert made.checked.graph.type(output.ref).shape[1] == 3


def test_the_net_may_be_imported() -> None:
    text = "from zoo.lenet import LeNet5\n\ntrain LeNet5 {\n  loss = kld\n}\n"
    analysis = analyse(text)
    assert [made.net for made in analysis.recipes] == ["LeNet5"]


def test_a_recipe_at_fault_is_none_and_others_are() -> None:
    text = (
        f"{DIGITS}\ntrain Digits {{\n  loss = msee\n}}\n\ntrain B for Digits {{\n  loss = kld\n}}\n"
    )
    analysis = analyse(text)
    assert [made.name for made in analysis.recipes] == ["B"]
    assert len(analysis.diagnostics) == 1


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a", ["a/b/c", "a/b/d", "a/e"]),
        ("a/b", ["a/b/c", "a/b/d"]),
        ("a/b/c", ["a/b/c"]),
        ("b", ["b"]),
        ("*", ["a/b/c", "a/b/d", "a/e", "b", "ab/c"]),
        ("a*", ["a/b/c", "a/b/d", "a/e", "ab/c"]),
        ("*/c", ["ab/c"]),
        ("**/c", ["a/b/c", "ab/c"]),
        ("a/?", ["a/b/c", "a/b/d", "a/e"]),
        ("a/**/d", ["a/b/d"]),
        ("[ab]", []),
        ("**", ["a/b/c", "a/b/d", "a/e", "b", "ab/c"]),
        ("a/**", ["a/b/c", "a/b/d", "a/e"]),
        ("**/b/*", ["a/b/c", "a/b/d"]),
        ("*b", ["b", "ab/c"]),
        ("a/*/*", ["a/b/c", "a/b/d"]),
        ("**/e/**/x", []),
        ("all", ["a/b/c", "a/b/d", "a/e", "b", "ab/c"]),
        ("a/b/c/d", []),
        ("", []),
        ("**/**/**/**/**/**/x", []),
    ],
)
def test_a_pattern_means_paths_and_all_below(pattern: str, found: list[str]) -> None:
    assert matching(pattern, ["a/b/c", "a/b/d", "a/e", "b", "ab/c"]) == found


def test_figures_are_called_as_keras_calls_them() -> None:
    one = recipe("train Digits {\n  loss = kld\n  metrics = [accuracy, AUC]\n}").phases[0].heads
    assert logged_names(one, validation=True) == (
        *("loss", "accuracy", "auc", "val_loss", "val_accuracy", "val_auc"),
    )
    block = "train Coder {\n  loss = mse\n  metrics = per_output(code=mae)\n}"
    two = recipe(block, CODER).phases[0].heads
    assert logged_names(two, validation=False) == (
        *("loss", "recon_loss", "code_loss", "code_mae"),
    )


@pytest.mark.parametrize(
    ("monitor", "mode"),
    [("val_loss", "min"), ("accuracy", "max"), ("val_area", "max"), ("mae", "min")],
)
def test_a_watcher_is_told_which_values_are_better(monitor: str, mode: str) -> None:
    made = recipe(
        f"""
train Digits {{
  loss = categorical_crossentropy
  metrics = [accuracy, AUC(name="area"), mae]
  epochs = 50
  stop = EarlyStopping("{monitor}", patience=3)
  plateau = ReduceLROnPlateau("{monitor}")
  keep = best("{monitor}")
}}
"""
    )
    (phase,) = made.phases
    assert phase.stop is not None
    assert phase.plateau is not None
    assert (phase.stop.mode, phase.plateau.mode) == (mode, mode)
    assert phase.keep == Best(monitor, mode)


def test_every_metric_has_a_side() -> None:
    """A metric that is new must be looked at: lower is better for few."""
    lower = {name for name, cls in METRIC_CLASSES.items() if cls.lower_is_better}
    losses = ("Error", "entropy", "Hinge", "Divergence", "Poisson", "False")
    assert all(any(part in name for part in losses) for name in lower)
    assert not any(part in name for name in set(METRIC_CLASSES) - lower for part in losses)


def same(a: Recipe, b: Recipe) -> bool:
    """Whether two recipes say the same, wherever they are written."""
    return replace(a, text="", checked=b.checked) == replace(b, text="")


@pytest.mark.parametrize("file", sorted(MODELS.glob("*.net")), ids=lambda file: file.stem)
def test_a_shipped_recipe_read_again_is_the_same(file: Path) -> None:
    for made in check_files([file]).recipes:
        text = file.read_text(encoding="utf-8")
        start = text.index(made.text)
        again = text[:start] + show_recipe(made) + text[start + len(made.text) :]
        analysis = check_files([file], overlay={file: again}, recipe=made.name)
        assert [d.message for d in analysis.diagnostics if d.severity == "error"] == []
        (read,) = analysis.recipes
        assert same(read, made)
