"""Sequences of unequal lengths: padding changes no output, no loss and no metric."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.backend import Array
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.sources import csv, npz
from netc.compiler.recipe.recipe import Recipe
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute
from netc.runtime.data.arrays import input_arrays
from netc.runtime.data.dataset import Dataset, Part
from netc.runtime.data.load import from_arrays, load_data
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session

from .recipes import recipe

IGNORED = "ignore:__array__ implementation:DeprecationWarning"
LENGTHS = np.array([3, 1, 5, 2, 2, 4, 1, 5])
RNG = np.random.default_rng(5)
FLAT = RNG.normal(size=(LENGTHS.sum(), 3)).astype(np.float32)
"""The steps of all sequences behind one another."""
IDS = RNG.integers(1, 6, LENGTHS.sum())
CLASSES = np.array([0, 1, 1, 0, 1, 0, 0, 1])
TAGS = (FLAT.sum(axis=1) > 0).astype(np.int64)
LAST = {
    "Masking": "net N(x: float32[N, T, 3]) -> y: [N, 2] "
    "{ return x -> Masking(9) -> LSTM(4) -> Dense(2, activation=softmax) }",
    "a mean over steps": "net N(x: int32[N, T]) -> y: [N, 2] { return x "
    "-> Embedding(6, 3, mask_zero=true) -> GlobalAveragePooling1D "
    "-> Dense(2, activation=softmax) }",
    "both directions": "net N(x: int32[N, T]) -> y: [N, 2] { return x "
    "-> Embedding(6, 3, mask_zero=true) -> Bidirectional(GRU(2)) "
    "-> Dense(2, activation=softmax) }",
    "a mask of its own": "net N(x: float32[N, T, 3], real: bool[N, T]) -> y: [N, 2] "
    "{ return LSTM(x, real, 4) -> Dense(2, activation=softmax) }",
}
STEPS = {
    "Masking": "net N(x: float32[N, T, 3]) -> y: [N, T, 2] { return x -> Masking(9) "
    "-> GRU(4, return_sequences=true) -> Dense(2, activation=softmax) }",
    "attention": "net N(x: float32[N, T, 3], real: bool[N, T]) -> y: [N, T, 2] { return x "
    "-> MultiHeadAttention(1, 2, value_mask=real) -> Dense(2, activation=softmax) }",
}


def pieces(flat: Array) -> list[Array]:
    return np.split(flat, np.cumsum(LENGTHS)[:-1])


def padded(flat: Array, steps: int, fill: float) -> Array:
    made = np.full((len(LENGTHS), steps, *flat.shape[1:]), fill, flat.dtype)
    for row, one in zip(made, pieces(flat), strict=True):
        row[: len(one)] = one
    return made


def saved(root: Path, layout: str, flat: Array, targets: Array) -> npz:
    """The source of an `.npz` in one of the layouts that it may have."""
    x, y = flat, targets
    more = {}
    if layout != "behind one another":
        x = padded(flat, 9, 7)
        y = padded(targets, 9, 1) if len(targets) == len(flat) else targets
    if layout == "with a declared length":
        more["length"] = 8
    np.savez(root / "data.npz", x=x, y=y, n=LENGTHS)
    return construct(npz, {"path": "data.npz", "lengths": "n", **more})


LAYOUTS = ("behind one another", "padded with something", "with a declared length")


def values_of(net: str) -> Array:
    return IDS if "int32" in net else FLAT


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize("name", [*LAST, *(f"{name}, each step" for name in STEPS)])
def test_a_sequence_gives_in_a_padded_batch_what_it_gives_alone(name: str, tmp_path: Path) -> None:
    net = LAST.get(name) or STEPS[name.removesuffix(", each step")]
    by_step = net in STEPS.values()
    source = saved(tmp_path, LAYOUTS[2], values_of(net), TAGS if by_step else CLASSES)
    made = recipe(net, "classes", source, file=tmp_path / "n.net")
    part = load_data(made).train
    session = Session.from_checked(made.checked, SeededWeights(0))
    model = lower_keras(made.checked, SeededWeights(0))
    batch = input_arrays(part, range(len(part)))
    assert batch["x"].shape[1] == 8
    listed = [batch[name] for name in made.checked.graph.inputs]
    theirs = np.asarray(model.predict_on_batch(listed if len(listed) > 1 else listed[0]))
    ours = session.run(batch)["y"]
    for at, one in enumerate(pieces(values_of(net))):
        alone = {"x": one[None].astype(batch["x"].dtype)} | (
            {"real": np.ones((1, len(one)), bool)} if "real" in net else {}
        )
        want = session.run(alone)["y"][0]
        for got in (ours[at], theirs[at]):
            got = got[: len(one)] if by_step else got
            np.testing.assert_allclose(got, want, atol=1e-6)


def learned(made: Recipe, data: Dataset) -> tuple[dict[str, float], dict[str, float], list[Array]]:
    """The figures of three steps, those of the part afterwards, and the weights."""
    from netc.runtime.infer.keras_module import import_keras
    from netc.runtime.train.feed import Feed
    from netc.runtime.train.net import TrainingNet
    from netc.runtime.train.trainers import make_trainer

    feed, phase = Feed(made, data), made.phases[0]
    net = TrainingNet(import_keras(), made, SeededWeights(0))
    trainer = make_trainer(made, phase, feed, net, None)
    trainer.run(iter(feed.training(phase, 1, 1)), 3, False)
    figures = trainer.results()
    after = trainer.evaluate(feed.evaluation(phase, data.train))
    return figures, after, [np.asarray(each) for each in net.variables]


def with_figures(net: str, source: npz, file: Path) -> Recipe:
    """A recipe with metrics, of which Keras masks some and others not."""
    metrics = "[accuracy, MeanIoU(num_classes=2, sparse_y_pred=false)]"
    settings = f"loss = sparse_categorical_crossentropy\n metrics = {metrics}\n batch = 4"
    file.write_text(f'{net}\ntrain N {{\n data = npz("data.npz", lengths="n"')
    more = f", length={source.length}" if source.length else ""
    file.write_text(file.read_text() + f"{more})\n {settings}\n}}\n")
    found, analysis = check_recipe(file)
    assert found is not None, [each.message for each in analysis.diagnostics]
    return found


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize(
    ("net", "targets"), [(LAST["Masking"], CLASSES), (STEPS["attention"], TAGS)]
)
def test_training_is_the_same_whatever_the_padding(
    net: str, targets: Array, tmp_path: Path
) -> None:
    from netc.runtime.report.measures import measure
    from netc.runtime.report.predict import predict

    found = []
    for layout in LAYOUTS:
        made = with_figures(net, saved(tmp_path, layout, FLAT, targets), tmp_path / "n.net")
        data = load_data(made)
        found.append(learned(made, data))
    # So it is where XLA compiles a step for each length that a batch has.
    found.append(learned(replace(made, jit=True), data))
    for figures, after, weights in found[1:]:
        assert figures == pytest.approx(found[0][0], abs=1e-6)
        assert after == pytest.approx(found[0][1], abs=1e-6)
        same_weights(weights, found[0][2])
    start = learned_nothing(made, data)
    session = Session.from_checked(made.checked, SeededWeights(0))
    assert measure(made, data.train, predict(session, data.train)) == pytest.approx(start, abs=1e-5)


def same_weights(weights: Sequence[Array], others: Sequence[Array]) -> None:
    for one, other in zip(weights, others, strict=True):
        if one.dtype.kind != "f":
            continue  # What a layer would draw from.
        np.testing.assert_allclose(one, other, atol=1e-6)


MINIMIZED = """net N(x: float32[N, T, 3], real: bool[N, T]) -> (y: [N, 2], size: [N, T, 4]) {
  steps = GRU(x, real, 4, return_sequences=true)
  steps -> Dense(2) as inside
  return steps[:, 0] -> Dense(2, activation=softmax), steps ** 2
}
train N {
  data = npz("data.npz", lengths="n", y="y", sample_weight="w"LENGTH)
  loss = per_output(y=sparse_categorical_crossentropy, size=0.5 * minimize, inside=0.1 * minimize)
  batch = all
}
"""


@pytest.mark.filterwarnings(IGNORED)
def test_what_is_minimized_counts_real_steps_alone(tmp_path: Path) -> None:
    file = tmp_path / "n.net"
    found = []
    for length in ("", ", length=8"):
        file.write_text(MINIMIZED.replace("LENGTH", length))
        np.savez(tmp_path / "data.npz", x=FLAT, y=CLASSES, n=LENGTHS, w=np.arange(1, 9))
        made, analysis = check_recipe(file)
        assert made is not None, [each.message for each in analysis.diagnostics]
        found.append(learned(made, load_data(made)))
    found.append(learned(replace(made, jit=True), load_data(made)))
    for figures, after, weights in found[1:]:
        assert figures == pytest.approx(found[0][0], abs=1e-6)
        assert after == pytest.approx(found[0][1], abs=1e-6)
        same_weights(weights, found[0][2])
    data = load_data(made)
    session = Session.from_checked(made.checked, SeededWeights(0))
    sizes = [
        weight * session.run({"x": one[None], "real": np.ones((1, len(one)), bool)})["size"][0]
        for weight, one in enumerate(pieces(FLAT), 1)
    ]
    start = learned_nothing(made, data)
    assert start["size_loss"] == pytest.approx(np.concatenate(sizes).mean(), abs=1e-5)


def test_workers_are_refused_what_has_unequal_shares(tmp_path: Path) -> None:
    from netc.runtime.runs.folder import RunFolder
    from netc.runtime.train.cluster import Cluster
    from netc.runtime.train.options import RunOptions
    from netc.runtime.train.run import train

    file = tmp_path / "n.net"
    file.write_text(MINIMIZED.replace("LENGTH", ""))
    np.savez(tmp_path / "data.npz", x=FLAT, y=CLASSES, n=LENGTHS, w=np.arange(1, 9))
    made, _ = check_recipe(file)
    assert made is not None
    options = RunOptions(cluster=Cluster(("a:1", "b:2"), 0))
    with pytest.raises(UserError, match="`size` is taught at each step and `y` once a sequence"):
        train(made, load_data(made), RunFolder(tmp_path / "run"), options)


@pytest.mark.filterwarnings(IGNORED)
def test_a_minimized_output_may_carry_a_mask(tmp_path: Path) -> None:
    net = """net N(x: int32[N, 4]) -> (y: [N, 1], size: [N, 4, 2]) {
  steps = x -> Embedding(6, 3, mask_zero=true) -> GRU(2, return_sequences=true)
  return steps[:, 0] -> Dense(1), steps
}
train N { data = npz("d.npz", sample_weight="w")
 loss = per_output(y=mse, size=minimize) }
"""
    ids = np.array([[1, 2, 0, 0], [3, 4, 5, 0]])
    np.savez(tmp_path / "d.npz", x=ids, y=np.zeros(2), w=np.array([1.0, 2]))
    (tmp_path / "n.net").write_text(net)
    made, analysis = check_recipe(tmp_path / "n.net")
    assert made is not None, [each.message for each in analysis.diagnostics]
    start = learned_nothing(made, load_data(made))
    session = Session.from_checked(made.checked, SeededWeights(0))
    sizes = session.run({"x": ids.astype(np.int32)})["size"]
    real = [sizes[0, :2], 2 * sizes[1, :3]]
    assert start["size_loss"] == pytest.approx(np.concatenate(real).mean(), abs=1e-5)


def learned_nothing(made: Recipe, data: Dataset) -> dict[str, float]:
    """What Keras says of the weights that training begins with."""
    from netc.runtime.infer.keras_module import import_keras
    from netc.runtime.train.feed import Feed
    from netc.runtime.train.net import TrainingNet
    from netc.runtime.train.trainers import make_trainer

    feed, phase = Feed(made, data), made.phases[0]
    net = TrainingNet(import_keras(), made, SeededWeights(0))
    trainer = make_trainer(made, phase, feed, net, None)
    return trainer.evaluate(feed.evaluation(phase, data.train))


def test_lists_of_arrays_from_python_are_sequences() -> None:
    made = recipe(STEPS["Masking"], "classes")
    data = from_arrays(made, (pieces(FLAT), pieces(TAGS)))
    assert data.train.lengths is not None
    assert data.train.lengths.tolist() == LENGTHS.tolist()
    last = input_arrays(data.train, [1, 3])["x"]
    assert last.shape == (2, 2, 3)
    assert (last[0, 1] == 9).all()
    with pytest.raises(UserError, match="the targets have other steps than the inputs"):
        from_arrays(made, (pieces(FLAT), [one[:1] for one in pieces(TAGS)]))


def test_a_normalization_learns_from_real_steps_alone() -> None:
    from netc.runtime.data.normalize import adapted

    text = "net N(x: float32[N, T, 3]) -> y: [N, 2] { return x -> Masking(9) -> Normalization "
    made = recipe(text + "-> LSTM(4) -> Dense(2) }", "values")
    data = from_arrays(made, (pieces(FLAT), np.zeros((len(LENGTHS), 2))))
    found = adapted(made.trained, data.train)
    np.testing.assert_allclose(found["normalization/mean"], FLAT.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found["normalization/variance"], FLAT.var(axis=0), atol=1e-6)


TABLE = "who,t,a,b,c,good\n" + "".join(
    f"p{sample},{step},{','.join(f'{each:.4f}' for each in row)},{['no', 'yes'][label]}\n"
    for sample, (rows, label) in enumerate(zip(pieces(FLAT), CLASSES, strict=True))
    for step, row in enumerate(rows)
)


def table(root: Path, text: str = TABLE, **arguments: object) -> Part:
    (root / "data.csv").write_text(text)
    given = {"path": "data.csv", "label": "good", "sequence": "who", "drop": ("t",), **arguments}
    net = LAST["Masking"]
    made = recipe(net, "classes", construct(csv, given), file=root / "n.net")
    return load_data(made).train


def test_rows_of_a_table_are_the_steps_of_sequences(tmp_path: Path) -> None:
    part = table(tmp_path)
    assert part.lengths is not None
    assert part.lengths.tolist() == LENGTHS.tolist()
    assert np.asarray(part.targets["y"]).tolist() == CLASSES.tolist()
    for at, rows in enumerate(pieces(FLAT)):
        got = np.asarray(part.inputs["x"])[at, : len(rows)]
        np.testing.assert_allclose(got, rows, atol=1e-4)
    assert [*part.names][:3] == ["line 2", "line 5", "line 6"]


def test_a_split_keeps_sequences_together(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(TABLE)
    given = {"path": "data.csv", "sequence": "who", "drop": ("t",), "validation_split": 0.25}
    made = recipe(LAST["Masking"], "classes", construct(csv, given), file=tmp_path / "n.net")
    data = load_data(made)
    assert data.validation is not None
    own = [part.lengths for part in (data.train, data.validation)]
    assert sorted(n for each in own if each is not None for n in each) == sorted(LENGTHS)
    assert len(data.validation) == 2


def test_rows_of_sequences_may_be_mixed(tmp_path: Path) -> None:
    head, *rows = TABLE.splitlines()
    order = sorted(rows, key=lambda row: (row.split(",")[1], row))
    mixed = table(tmp_path, "\n".join([head, *order]))
    whole = table(tmp_path)
    first = {name: at for at, name in enumerate(_names(order))}
    for at, name in enumerate(_names(rows)):
        one, other = (
            np.asarray(part.inputs["x"])[i] for part, i in ((whole, at), (mixed, first[name]))
        )
        assert np.array_equal(one, other)


def test_all_sequences_of_a_table_may_have_one_step(tmp_path: Path) -> None:
    part = table(tmp_path, "who,a,b,c,good\np,1,2,3,yes\nq,4,5,6,no\n", drop=())
    assert np.asarray(part.inputs["x"]).tolist() == [[[1, 2, 3]], [[4, 5, 6]]]


def _names(rows: Sequence[str]) -> list[str]:
    return [*dict.fromkeys(row.split(",")[0] for row in rows)]


BAD_TABLES = {
    "data.csv: line 3, column `good`: differs from line 2, which begins the same sequence": (
        "who,a,b,c,good\np,1,2,3,yes\np,1,2,3,no\n",
        {"drop": ()},
    ),
    "has no column `whom`; did you mean `who`?": (TABLE, {"sequence": "whom"}),
    "the column of sequences `who` is also `drop`": (TABLE, {"sequence": 0, "drop": ("who",)}),
    "a step gives 4 values, but the input `x` float32[N, T, 3] takes 3": (TABLE, {"drop": ()}),
    "step 2 of line 2 holds 9 in all features, which `x` has for padding": (
        "who,a,b,c,good\np,1,2,3,yes\np,9,9,9,yes\nq,1,2,3,no\n",
        {"drop": ()},
    ),
}


@pytest.mark.parametrize("message", BAD_TABLES)
def test_what_is_wrong_with_a_table_is_one_line(message: str, tmp_path: Path) -> None:
    text, arguments = BAD_TABLES[message]
    with pytest.raises(UserError) as error:
        table(tmp_path, text, **arguments)
    assert message in str(error.value)


BAD_ARRAYS = {
    "`x` is float32[4, 3], but the lengths say 2 samples, or 5 steps": (np.zeros((4, 3)), [2, 3]),
    "sample 1 has 0 steps; a sequence has at least one": (np.zeros((2, 3, 3)), [2, 0]),
    "fewer steps than the longest sample has, 4": (np.ones((2, 3, 3)), [2, 4]),
    "the lengths are float64[2]; they are a whole number for each": (np.ones((2, 3, 3)), [1.0, 2]),
    "lacks the lengths of the train part, called `n`": (np.ones((2, 3, 3)), None),
}


@pytest.mark.parametrize("message", BAD_ARRAYS)
def test_what_is_wrong_with_arrays_is_one_line(message: str, tmp_path: Path) -> None:
    x, lengths = BAD_ARRAYS[message]
    arrays = {"x": x.astype(np.float32), "y": np.zeros(2, np.int32)}
    np.savez(tmp_path / "d.npz", **arrays, **({} if lengths is None else {"n": np.array(lengths)}))
    source = construct(npz, {"path": "d.npz", "lengths": "n"})
    with pytest.raises(UserError) as error:
        load_data(recipe(LAST["Masking"], "classes", source, file=tmp_path / "n.net"))
    assert message in str(error.value)


TRAINED = f"""{LAST["Masking"].replace("-> y: [N, 2]", "-> good: [N, 2]").replace("N(", "Walk(")}

train Walk {{
  data = csv("data.csv", label="good", sequence="who", drop=["t"], validation_split=0.25)
  loss = sparse_categorical_crossentropy
  metrics = [accuracy]
  epochs = 1
}}

net Reviews(words: int32[N, T]) -> good: [N, 1] {{
  return words -> Embedding(40, 3, mask_zero=true) -> LSTM(2) -> Dense(1, activation=sigmoid)
}}

train Reviews {{
  data = csv("texts.csv", label="good", text="text", length=longest)
  loss = binary_crossentropy
  epochs = 1
}}
"""
TEXTS = ["a very fine film", "bad", "so so, but fine", "?", "no good at all, no", "fine"]


@pytest.mark.filterwarnings(IGNORED)
def test_run_and_eval_take_such_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.net").write_text(TRAINED)
    Path("data.csv").write_text(TABLE)
    rows = [f'"{text}",{"yes" if "fine" in text else "no"}' for text in TEXTS]
    Path("texts.csv").write_text("text,good\n" + "\n".join(rows) + "\n")
    assert execute(["train", "n.net:Walk", "--quiet"]) == 0
    assert execute(["train", "n.net:Reviews", "--quiet"]) == 0
    assert execute(["eval", "n.net:Walk", "--format", "json"]) == 0
    assert execute(["eval", "n.net:Reviews", "--part", "train"]) == 0
    capsys.readouterr()

    assert execute(["run", "runs/Walk", "data.csv", "-o", "walks.jsonl", "--batch", "3"]) == 0
    session = Session(Path("runs/Walk/model.onnx"))
    lines = [json.loads(line) for line in Path("walks.jsonl").read_text().splitlines()]
    assert [line["line"] for line in lines] == [f"p{at}" for at in range(8)]
    for line, rows_of in zip(lines, pieces(FLAT), strict=True):
        scores = session.run({"x": np.round(rows_of, 4)[None]})["good"][0]
        assert line["class"] == ("yes" if scores[1] > scores[0] else "no")
        assert line["score"] == pytest.approx(scores.max(), abs=1e-5)

    for layout in LAYOUTS[:2]:
        saved(tmp_path, layout, np.round(FLAT, 4), CLASSES)
        with np.load("data.npz") as held:
            np.savez("walks.npz", x=held["x"], lengths=held["n"])
        assert execute(["run", "runs/Walk", "walks.npz", "-o", "arrays.jsonl"]) == 0
        again = [json.loads(line) for line in Path("arrays.jsonl").read_text().splitlines()]
        assert [line["sample"] for line in again] == [str(at) for at in range(8)]
        for one, other in zip(lines, again, strict=True):
            assert one["class"] == other["class"]
            assert one["score"] == pytest.approx(other["score"], abs=1e-4)
    capsys.readouterr()
    assert execute(["run", "runs/Walk", "walks.npz"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 8

    # What is compiled anew with the weights of a run keeps what its model does.
    for net in ("Walk", "Reviews"):
        asked = ["compile", f"n.net:{net}", "--weights", f"runs/{net}", "-o", "again.onnx"]
        assert execute(asked) == 0
        kept, again = (Session(Path(f)).metadata for f in (f"runs/{net}/model.onnx", "again.onnx"))
        assert kept == again
        assert len(kept) >= 2

    Path("new.txt").write_text("\n".join(TEXTS) + "\n")
    assert execute(["run", "runs/Reviews", "new.txt", "-o", "lines.jsonl"]) == 0
    assert execute(["run", "runs/Reviews", "texts.csv", "-o", "rows.jsonl"]) == 0
    found = [
        [json.loads(line)["score"] for line in Path(name).read_text().splitlines()]
        for name in ("lines.jsonl", "rows.jsonl")
    ]
    assert len(found[0]) == len(TEXTS)
    assert found[0] == pytest.approx(found[1], abs=1e-6)

    for wrong, said in {
        "runs/Walk:new.txt": "this model keeps no words, so it takes no text",
        "runs/Reviews:so fine": "so fine: the model takes texts: a .txt file with one a line",
        "runs/Walk:n.net": "the model takes a table with the columns `who`, `a`, `b`, `c`",
    }.items():
        capsys.readouterr()
        assert execute(["run", *wrong.split(":")]) == 1
        assert said in capsys.readouterr().err

    Path("odd.csv").write_text(TABLE + "p0,9,1,1,1,no\np9,0,x,1,1,no\n")
    assert execute(["run", "runs/Walk", "odd.csv", "-o", "odd.jsonl"]) == 1
    said = capsys.readouterr().err
    assert "the rows of the sequence `p0` do not lie together" in said
    assert "line 26, column `a`: `x` is not a number" in said
    assert len(Path("odd.jsonl").read_text().splitlines()) == 8


def epochs_of(made: Recipe, data: Dataset, first: int, count: int) -> list[list[list[float]]]:
    """Of some epochs the first values of the samples of each batch, and how many steps it has."""
    from netc.runtime.data.batches import steps, training_batches

    phase = made.phases[0]
    batches = iter(training_batches(data.train, made, phase, epoch=first).as_numpy_iterator())
    found = []
    for _ in range(count):
        epoch = [next(batches)[0]["x"] for _ in range(steps(data.train, phase.batch))]
        found.append([[batch.shape[1], *batch[:, 0, 0].tolist()] for batch in epoch])
    return found


def test_batches_by_length_are_drawn_anew_and_padded_little() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 60, 90)
    x = [np.full((steps, 3), at, np.float32) for at, steps in enumerate(lengths)]
    plain = recipe(LAST["Masking"].replace("Masking(9)", "Masking(-1)"), "classes")
    data = from_arrays(plain, (x, np.arange(90) % 2))
    made = replace(plain, bucket_by_length=True)
    epochs = epochs_of(made, data, 1, 3)
    for epoch in epochs:
        assert sorted(int(at) for _, *samples in epoch for at in samples) == [*range(90)]
        assert [*map(len, epoch)].count(5) == 22  # Batches of 4, and one of the 2 that are left.
        for steps, *samples in epoch:
            assert steps == max(lengths[int(at)] for at in samples)
    assert epochs[0] != epochs[1]
    # The order of batches is drawn, and the batches are others in each epoch.
    widths = [steps for steps, *_ in epochs[0]]
    assert widths != sorted(widths)
    assert {frozenset(one) for one in epochs[0]} != {frozenset(one) for one in epochs[1]}
    # A run that goes on sees the batches that it would have seen.
    assert epochs_of(made, data, 3, 1) == epochs[2:]
    padded = [
        sum(steps * len(samples) for steps, *samples in epoch) / lengths.sum()
        for epoch in (epochs[0], epochs_of(plain, data, 1, 1)[0])
    ]
    assert padded[0] < 1.2 < 1.4 < padded[1]
