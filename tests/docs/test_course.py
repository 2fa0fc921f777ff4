"""docs/course.md: each step has its net, its formula, its picture and the figures of today's net.

Nothing is trained here: `bench/course.json` holds what `python bench/course.py` wrote, and of which
net. That the nets are right is checked with every other `net` block of the manual.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.outline.outline import outline
from netc.runtime.picture.faces import Colour
from netc.runtime.picture.folding import opened
from netc.runtime.picture.scene import scene
from netc.runtime.picture.svg import svg

from bench.course_page import Page, Record, digest

from ..places import DOCS, MODELS, ROOT

STEPS = (
    *("perceptron", "activations", "softmax", "one_hot", "cross_entropy", "descent"),
    *("early_stopping", "regularisation", "dropout", "restarts", "gradients", "decay", "momentum"),
    *("cnn", "pooling", "augmentation", "alexnet", "vgg", "resnet", "transfer", "cam"),
    "benchmarks",
)
LARGEST = 20_000
"""The most bytes of a picture."""

_PICTURE = re.compile(r"!\[([^\]]+)\]\((pictures/[\w/]+\.(?:png|svg))\)")
_FORMULA = re.compile(r"^\$\$\n(.+?)\n\$\$$", re.DOTALL | re.MULTILINE)
_NOT_PROSE = re.compile(
    r"```.*?```|\$\$.*?\$\$|\$[^$]*\$|<!-- figures.*?<!-- end -->|`[^`]*`|\]\([^)]*\)", re.DOTALL
)
_FIGURE = re.compile(r"\d+(?:\.\d+)?%|\d+\.\d+")


@pytest.fixture(scope="module")
def course() -> Page:
    """The page by its steps."""
    return Page.read()


def test_the_steps_are_those_of_a_course(course: Page) -> None:
    assert tuple(course.nets) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_step_has_a_formula_a_picture_and_one_command(course: Page, step: str) -> None:
    section = course.sections[step]
    assert len(_FORMULA.findall(section)) == 1
    assert f"```sh\npython bench/course.py {step}\n```" in section
    ((_, picture),) = _PICTURE.findall(section)
    assert 0 < (DOCS / picture).stat().st_size <= LARGEST


def test_the_figures_are_those_of_todays_nets(course: Page) -> None:
    """If this fails: `python bench/course.py STEP` for each step that is named."""
    kept = Record.read().steps
    assert set(kept) == set(STEPS)
    assert [step for step, net in course.nets.items() if kept[step][0] != digest(net)] == []
    written = course
    for step, (_, figures) in kept.items():
        written = written.with_figures(step, figures)
    assert written == course


@pytest.mark.parametrize("step", STEPS)
def test_figures_in_the_text_stand_in_the_table_or_in_the_net(course: Page, step: str) -> None:
    section = course.sections[step]
    shown = set(_FIGURE.findall(" ".join(_NOT_PROSE.findall(section))))
    assert set(_FIGURE.findall(_NOT_PROSE.sub("", section))) <= shown


@pytest.mark.parametrize(
    "step", ["descent", "early_stopping", "dropout", "restarts", "decay", "momentum"]
)
def test_a_step_that_is_an_experiment_has_its_net(course: Page, step: str) -> None:
    kept = (ROOT / "bench" / "experiments" / f"{step}.net").read_text(encoding="utf-8")
    assert course.nets[step] == kept


def test_alexnet_is_the_one_that_is_shipped(course: Page) -> None:
    assert course.nets["alexnet"] == (MODELS / "alexnet.net").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("step", "net", "colour", "depth"),
    [
        ("alexnet", "AlexNet", Colour.PARAMS, None),
        ("vgg", "VGG16", Colour.FLOPS, None),
        ("resnet", "Units", Colour.KIND, 1),
    ],
)
def test_a_drawn_net_is_up_to_date(
    course: Page, step: str, net: str, colour: Colour, depth: int | None
) -> None:
    path = Path("/page", f"{step}.net")
    graph = check_files([path], overlay={path: course.nets[step]}, net=net).nets[0].graph
    assert graph is not None
    made = scene(outline(graph))
    kept = (DOCS / "pictures" / "course" / f"{step}.svg").read_text(encoding="utf-8")
    assert svg(made, opened(made.root, depth), colour) == kept, f"python bench/course.py {step}"
