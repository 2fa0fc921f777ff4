"""The recipes that ship: checked without fault, fed by data that can be fetched, learning."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.ops.core.preprocessing import Normalization, Rescaling
from netc.runtime.demo.datasets import DATASETS

from ..runtime.cli.run_netc import netc
from .zoo import FILES, MODELS

ROOT = MODELS.parent
DATA = ROOT / ".cache" / "data"
EXPERIMENTS = sorted((ROOT / "bench" / "experiments").glob("*.net"))
SCALED_ALREADY = {"mnist_5k_unit.npz", "japanese_vowels_train.npz"}
"""Data that are small numbers as they are: pixels of 0 to 1, and measures of sounds."""
FETCHED = {file for published in DATASETS.values() for file in published.files}


def read_files(path: Path) -> set[str]:
    """The data files that the recipes of a file name, but for folders of pictures."""
    return set(re.findall(r'"([\w./]+\.(?:npz|csv))"', path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_data_of_a_shipped_recipe_can_be_fetched(path: Path) -> None:
    assert read_files(path) <= FETCHED


def test_every_published_file_has_a_recipe() -> None:
    assert set().union(*map(read_files, FILES)) == FETCHED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_shipped_recipe_feeds_a_net_raw_pixels(path: Path) -> None:
    """Pixels of 0 to 255 are scaled by the data, or by the net's first layer."""
    for recipe in check_files([path]).recipes:
        made = recipe.preprocessing
        if made is None or read_files(path) & SCALED_ALREADY:
            continue
        graph = recipe.checked.graph
        readers = {type(graph.node(each).op) for each in graph.readers(made.input)}
        assert made.scale == 1 / 255 or readers <= {Rescaling, Normalization}, recipe.name


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
class TestAnExperiment:
    def test_is_checked_without_a_finding(self, path: Path) -> None:
        analysis = check_files([path])
        assert analysis.diagnostics == []
        assert analysis.recipes

    def test_differs_in_one_place(self, path: Path) -> None:
        """Recipes of a file are alike but for the net they train or for one setting."""
        if path.stem == "transfer":
            pytest.skip("one recipe trains what another begins with")
        blocks = re.findall(r"^train \w+ for (\w+) \{\n(.*?)^\}", path.read_text(), re.M | re.S)
        nets = {net for net, _ in blocks}
        settings = [dict(re.findall(r"^  (\w+) += (.*)$", text, re.M)) for _, text in blocks]
        keys = {key for each in settings for key in each}
        differing = [k for k in keys if len({each.get(k) for each in settings}) > 1]
        if len(nets) > 1:
            assert differing == []
        elif path.stem == "early_stopping":
            assert sorted(differing) == ["keep", "stop"]
        elif len(blocks) > 1:
            assert len(differing) == 1

    def test_is_shown(self, path: Path) -> None:
        page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
        assert f"(../bench/experiments/{path.name})" in page
        assert f"(pictures/{path.stem}.png)" in page
        assert (ROOT / "docs" / "pictures" / f"{path.stem}.png").stat().st_size < 150_000


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "mnist_5k.npz").exists(), reason="bench/datasets.py fetches it")
def test_lenet5_reads_97_of_100_digits(tmp_path: Path) -> None:
    target, out = f"{MODELS / 'mnist.net'}:Digits", tmp_path / "run"
    made = netc("train", target, "--data", DATA, "--out", out)
    assert made.status == 0, made.err
    found = netc("eval", target, "--data", DATA, "--run", out, "--format", "json")
    assert json.loads(found.out)["metrics"]["accuracy"] >= 0.97
