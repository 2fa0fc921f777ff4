"""What is read of a classifier: confusion, figures of each class, worst mistakes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.data.dataset import Part
from netc.runtime.data.decode import Pictures
from netc.runtime.files.pictures import PictureLayout
from netc.runtime.infer.session import Session
from netc.runtime.report.confusion import (
    Confusion,
    confusion,
    confusion_figure,
    draw_confusion,
    write_confusion_csv,
)
from netc.runtime.report.judge import judge
from netc.runtime.report.mistakes import (
    Mistake,
    draw_mistakes,
    mistakes_figure,
    pictures,
    worst_mistakes,
)
from netc.runtime.report.predicted import values_figure
from netc.runtime.report.reading import Classified, Estimated
from netc.runtime.report.style import GREEN, MIDDLE, ORANGE, drawing, save
from PIL import Image

from .runs import classifier, regression, sides

pytest.importorskip("matplotlib")

TRUTH = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
SAID = np.array([0, 0, 1, 1, 2, 2, 2, 2, 0])
CLASSES = ("cat", "dog", "$x$")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""

    def light(color: str) -> float:
        parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("page", ["#ffffff", "#0d1117"])
@pytest.mark.parametrize("words", [MIDDLE, ORANGE, GREEN])
def test_words_beside_photographs_can_be_read_on_a_light_and_a_dark_page(
    page: str, words: str
) -> None:
    assert contrast(page, words) >= 3
    mistake = Mistake(0, "cats/a.png", "cat", "dog", 0.9, 0.1)
    with drawing():
        figure = mistakes_figure([mistake], [np.zeros((8, 8), np.uint8)])
    assert figure.get_facecolor()[3] == 0


def test_counts_and_figures_by_hand() -> None:
    made = confusion(CLASSES, TRUTH, SAID)
    assert made.counts.tolist() == [[2, 1, 0], [0, 1, 1], [1, 0, 3]]
    assert made.accuracy == pytest.approx(6 / 9)
    cat, dog, x = made.figures()
    assert (cat.precision, cat.recall, cat.support) == pytest.approx((2 / 3, 2 / 3, 3))
    assert (dog.precision, dog.recall, dog.f1) == pytest.approx((1 / 2, 1 / 2, 1 / 2))
    assert (x.precision, x.recall, x.f1) == pytest.approx((3 / 4, 3 / 4, 3 / 4))
    assert made.confused(2) == (("cat", "dog", 1), ("dog", "$x$", 1))


def test_a_class_that_never_shows_up_has_no_figures_to_divide() -> None:
    made = confusion(("a", "b"), np.array([0, 0]), np.array([0, 0]))
    assert [(f.precision, f.recall, f.f1) for f in made.figures()] == [(1, 1, 1), (0, 0, 0)]
    assert made.confused() == ()


def test_the_table_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "confusion.csv"
    write_confusion_csv(Confusion(("a,b", 'c"d'), np.array([[3, 1], [0, 2]])), path)
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["true \\ predicted", "a,b", 'c"d'],
            ["a,b", "3", "1"],
            ['c"d', "0", "2"],
        ]


@pytest.mark.parametrize("count", [2, 10, 133, 400])
def test_any_number_of_classes_is_drawn(tmp_path: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, count, 3000)
    said = np.where(rng.random(3000) < 0.8, truth, rng.integers(0, count, 3000))
    made = confusion([f"class_{i}_$^{i}" for i in range(count)], truth, said)
    path = tmp_path / "confusion.png"
    draw_confusion(made, path)
    assert np.asarray(Image.open(path).convert("L")).std() > 5
    with drawing():
        axes = confusion_figure(made).axes[0]
    shown = np.asarray(axes.get_images()[0].get_array())
    np.testing.assert_allclose(shown.sum(axis=1), made.counts.any(axis=1))
    numbers = {text.get_text() for text in axes.texts}
    wanted = {f"{n:,}" for n in made.counts.ravel().tolist() if n} if count <= 24 else set()
    assert numbers == wanted


def test_the_surest_wrong_answers_come_first() -> None:
    scores = np.array([[0.6, 0.4], [0.1, 0.9], [0.7, 0.3], [0.2, 0.8]])
    truth = np.array([1, 0, 0, 1])
    read = Classified("p", ("no", "yes"), truth, scores.argmax(axis=1), scores, True)
    first, second = worst_mistakes(read, ["w", "x", "y", "z"])
    assert (first.name, first.truth, first.predicted) == ("x", "no", "yes")
    assert (first.score, first.right) == pytest.approx((0.9, 0.1))
    assert second.name == "w"
    assert second.score == pytest.approx(0.6)
    assert len(worst_mistakes(read, ["w", "x", "y", "z"], most=1)) == 1


@pytest.mark.parametrize("shape", [(12, 12), (12, 12, 1), (12, 12, 3), (3, 12, 12)])
def test_mistakes_are_drawn_from_arrays_of_pictures(tmp_path: Path, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, *shape)).astype("float32")
    part = Part("test", {"x": x}, {}, [f"row {i}" for i in range(30)])
    scores = rng.dirichlet(np.ones(3), 30)
    truth = (scores.argmax(axis=1) + 1) % 3
    read = Classified("p", CLASSES, truth, scores.argmax(axis=1), scores, True)
    path = tmp_path / "mistakes.png"
    draw_mistakes(worst_mistakes(read, part.names), part, path)
    assert np.asarray(Image.open(path).convert("L")).std() > 20
    (shown,) = pictures(part, "x", [4])
    assert shown.dtype == np.uint8
    assert shown.shape[:2] == (12, 12)


def test_a_caption_tells_files_of_one_name_apart_by_their_folder() -> None:
    names = ["data/cat/0001.png", "data/dog/0001.png", "row 7", f"x/{'long' * 9}.png"]
    found = [Mistake(i, name, "a", "b", 0.9, 0.1) for i, name in enumerate(names)]
    with drawing():
        axes = mistakes_figure(found, [np.zeros((8, 8), np.uint8)] * 4).axes
    captions = [each.texts[1].get_text() for each in axes]
    assert captions[:3] == ["cat/0001.png", "dog/0001.png", "row 7"]
    assert captions[3] == "…" + ("long" * 9)[-23:] + ".png"


def test_photographs_are_drawn_once_and_without_ticks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    drawn: list[str] = []
    for owner, name in ((Figure, "draw"), (Axis, "get_major_ticks")):
        own = getattr(owner, name)

        def counted(*args: object, own: Callable[..., object] = own, name: str = name) -> object:
            drawn.append(name)
            return own(*args)

        monkeypatch.setattr(owner, name, counted)
    mistake = Mistake(0, "0", "cat", "dog", 0.9, 0.1)
    with drawing():
        save(mistakes_figure([mistake] * 3, [np.zeros((8, 8), np.uint8)] * 3), tmp_path / "m.png")
    assert drawn == ["draw"]


def test_mistakes_are_drawn_from_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    files = tuple(tmp_path / f"{i}.png" for i in range(3))
    made = [rng.integers(0, 256, (9, 9, 3), dtype=np.uint8) for _ in files]
    for file, picture in zip(files, made, strict=True):
        Image.fromarray(picture).save(file)
    layout = PictureLayout(9, 9, 3, 2, "float32", True)
    part = Part("test", {"x": Pictures(files, layout)}, {}, [str(file) for file in files])
    for shown, index in zip(pictures(part, "x", [2, 0]), (2, 0), strict=True):
        np.testing.assert_array_equal(shown, made[index])


def test_values_are_drawn_against_their_targets() -> None:
    y = np.arange(20.0).reshape(20, 1)
    with drawing():
        left, right = values_figure(Estimated("y", y, y + 1)).axes
    np.testing.assert_allclose(np.asarray(left.collections[0].get_offsets()), np.hstack([y, y + 1]))
    assert sum(bar.get_height() for bar in right.patches) == 20  # type: ignore[attr-defined]


def test_pictures_that_a_net_gives_stand_below_those_it_should_give() -> None:
    rng = np.random.default_rng(0)
    y = rng.random((12, 9, 9, 1))
    with drawing():
        figure = values_figure(Estimated("y", y, 0.5 * y))
    assert len(figure.axes) == 20
    above, below = (np.asarray(figure.axes[at].get_images()[0].get_array()) for at in (3, 13))
    assert above.mean() == pytest.approx(y[3].mean(), abs=0.02)
    assert below.mean() == pytest.approx(0.5 * y[3].mean(), abs=0.02)


def test_each_kind_of_net_is_judged_as_what_it_is(tmp_path: Path) -> None:
    for maker, classes in ((classifier, 3), (sides, 2), (regression, 0)):
        (tmp_path / maker.__name__).mkdir()
        made = maker(tmp_path / maker.__name__)
        part = made.dataset.test or made.dataset.validation
        assert part is not None
        found = judge(Session(made.run / "model.onnx"), made.recipe, part, made.dataset.classes)
        if classes:
            assert found.confusion is not None
            assert found.confusion.counts.shape == (classes, classes)
            assert found.confusion.counts.sum() == len(part)
            assert found.values["accuracy"] == pytest.approx(found.confusion.accuracy)
            wrong = found.confusion.counts.sum() - np.trace(found.confusion.counts)
            assert len(found.mistakes) == min(24, wrong)
        else:
            assert found.confusion is None
            assert found.estimated is not None
            assert found.estimated.truth.shape == (len(part), 1)
