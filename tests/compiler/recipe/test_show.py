"""A recipe written back says the same as the one that was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.callbacks import Best, Last
from netc.compiler.recipe.objects.losses import LOSS_CLASSES
from netc.compiler.recipe.objects.optimizers import OPTIMIZER_CLASSES
from netc.compiler.recipe.objects.schedules import InverseTimeDecay, Warmup
from netc.compiler.recipe.recipe import Recipe
from netc.compiler.recipe.show import recipe_data, show_recipe, show_value, value_data

NET = """
net Net(image: float32[N, 8, 8, 3]) -> probs: [N, 4] {
  return image -> Conv2D(4, 3) as stem -> Conv2D(4, 3) as more -> GlobalAveragePooling2D
    -> Dense(4, activation=softmax) as head
}
"""

TWO = """
net Two(x: float32[N, 6]) -> (kind: [N, 3], size: [N, 1]) {
  x -> Dense(8, activation=relu) as trunk
  kind = trunk -> Dense(3, activation=softmax)
  size = trunk -> Dense(1)
  return kind, size
}
"""

SAME = (
    TWO.replace("Two", "Same")
    .replace("size: [N, 1]", "size: [N, 3]")
    .replace("Dense(1)", "Dense(3)")
)

RECIPES = {
    "short": NET + "train Net { loss = categorical_crossentropy }",
    "long": NET
    + """
train Night for Net {
  data = image_folder("pictures", validation="held \\"out\\" \\\\ later", image_size=(8, 8))
  augment = [RandomTranslation(0.1, (-0.2, 0.1)), RandomFlip(horizontal), MixUp]
  loss = CategoricalCrossentropy(label_smoothing=0.1)
  class_weight = [1, 2, 0.5, 1]
  optimizer = SGD(Warmup(InverseTimeDecay(0.1, 1000, 0.5), 100), 0.9, nesterov=true, clipnorm=1)
  metrics = [accuracy, TopKCategoricalAccuracy(2, name="two"), AUC]
  batch = 64
  epochs = 12
  stop = EarlyStopping("val_two", patience=3, mode=max)
  restarts = 3
  seed = 7
  deterministic = true
  precision = mixed_bfloat16
  jit = true
  steps_per_execution = 4
}
""",
    "sum": NET
    + """
train Net {
  loss = 2 * (CategoricalCrossentropy(label_smoothing=0.1) + 0.25 * mse) + Dice
  keep = best("dice_loss")
}
""",
    "inner": NET
    + """
train Net {
  loss = per_output(probs=categorical_crossentropy, "stem"=0.1 * minimize, more=minimize)
  metrics = [accuracy]
  phase one { loss = categorical_crossentropy }
  phase two {
    metrics = none
    keep = best("stem_loss")
  }
}
""",
    "shared": SAME
    + """
train Same {
  loss = per_output(kind=categorical_crossentropy, size=mse)
  targets = per_output(size=kind)
  class_weight = per_output(kind=[1, 2, 3])
  weighted_metrics = per_output(kind=[accuracy])
}
""",
    "phases": NET
    + """
train Net {
  data = image_folder("pictures", validation_split=0.2)
  loss = sparse_categorical_crossentropy
  weights = [load("stem.safetensors", into=stem), load("all.npz")]
  freeze = [stem]
  phase head { freeze = ["stem", "more"]; epochs = 2 }
  phase all { unfreeze = [stem]; optimizer = Adam(1e-7); keep = last; class_weight = balanced }
}
""".replace("; ", "\n"),
    "outputs": TWO
    + """
train Two {
  loss = per_output(kind=categorical_crossentropy, size=Huber(0.5))
  loss_weights = per_output(kind=1, size=0.25)
  metrics = per_output(kind=[accuracy], size=[mae])
  optimizer = adam
  batch = all
  plateau = ReduceLROnPlateau("loss", factor=0.5)
}
""",
}


def read(text: str) -> Recipe:
    path = Path("example.net")
    analysis = check_files([path], overlay={path.resolve(): text})
    assert not analysis.failed, [str(found.message) for found in analysis.diagnostics]
    (recipe,) = analysis.recipes
    return recipe


@pytest.mark.parametrize("defaults", [True, False])
@pytest.mark.parametrize("name", RECIPES)
def test_the_text_reads_as_the_same_recipe(name: str, defaults: bool) -> None:
    recipe = read(RECIPES[name])
    text = show_recipe(recipe, defaults=defaults)
    again = read({"Net": NET, "Two": TWO, "Same": SAME}[recipe.net] + "\n" + text)
    assert recipe_data(again) == recipe_data(recipe)
    assert show_recipe(again, defaults=defaults) == text


@pytest.mark.parametrize("name", RECIPES)
def test_the_data_are_json(name: str) -> None:
    data = recipe_data(read(RECIPES[name]))
    assert json.loads(json.dumps(data)) == data


def test_every_setting_of_a_recipe_is_in_the_data() -> None:
    first, second = (recipe_data(read(RECIPES[name])) for name in ("short", "long"))
    same = [key for key in first if first[key] == second[key]]
    assert same == ["net", "file", "weights"]


def test_without_defaults_only_what_differs_is_written() -> None:
    text = show_recipe(read(RECIPES["short"]), defaults=False)
    assert text == "train Net {\n  loss = CategoricalCrossentropy\n  keep = last\n}\n"


def test_an_object_is_written_as_a_call() -> None:
    sgd = construct(OPTIMIZER_CLASSES["SGD"], {"learning_rate": 0.1, "momentum": 0.9})
    assert show_value(sgd, defaults=False) == "SGD(learning_rate=0.1, momentum=0.9)"
    assert show_value(sgd).startswith("SGD(learning_rate=0.1, momentum=0.9, nesterov=false, ")
    nested = Warmup(InverseTimeDecay(0.1, 1000.0, 0.5), 5)
    assert show_value(nested, defaults=False) == (
        "Warmup(schedule=InverseTimeDecay(initial_learning_rate=0.1, decay_steps=1000.0, "
        "decay_rate=0.5), warmup_steps=5)"
    )
    assert show_value(Best("val_auc", "max")) == 'best(monitor="val_auc", mode="max")'
    assert show_value(Last()) == "last"
    assert show_value((0.5, None, True)) == "[0.5, none, true]"


def test_an_object_for_json_has_every_argument() -> None:
    assert value_data(construct(LOSS_CLASSES["Huber"], {})) == {
        "name": "Huber",
        "arguments": {"delta": 1.0, "reduction": "sum_over_batch_size"},
    }
