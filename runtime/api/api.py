"""The Python API: the command line's verbs as functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.check import Analysis, check_files
from ...compiler.link.settings import Setting
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ..runs.rate_range import HIGH, LOW, STEPS
from .choose import only_net
from .kept import weights_of
from .net import LoadedNet
from .net_files import files_below
from .set_text import with_constants
from .settings import merged
from .target import split_target

if TYPE_CHECKING:
    from ...compiler.diff.diff import NetDiff
    from ..data.load import Data
    from ..data.unequal import Arrays
    from ..runs.rate_test import RateTest
    from ..train.outcome import Outcome


def check(
    *paths: str | PathLike[str],
    settings: Mapping[str, Setting] | None = None,
    **keywords: Setting,
) -> Analysis:
    """Checks files, and gives every finding of every file.

    A folder stands for all files below it, and no path for the working folder. Raises UserError
    where a folder holds none.

    Settings give static parameters, named sizes and constants their values: as keywords, or in
    `settings` where a name is no keyword. Raises UserError for a setting that no file has.
    """
    files = files_below(tuple(map(Path, paths or (".",))))
    of_nets, overlay = with_constants(files, merged(settings, keywords))
    return check_files(files, settings=of_nets, overlay=overlay)


def load(
    path: str | PathLike[str],
    net: str | None = None,
    *,
    weights: str | PathLike[str] | None = None,
    rename: Mapping[str, str] | None = None,
    seed: int = 0,
    settings: Mapping[str, Setting] | None = None,
    **keywords: Setting,
) -> LoadedNet:
    """Loads one net of a file.

    `net` names it where the file holds several, or `path` does as `FILE:NET`. Weights come from a
    file, or that in the folder of a run, or are drawn from a seed when they are needed; `rename`
    has, for layers that the file calls otherwise, their names there and their paths in the net.
    Settings give static parameters and named sizes their values: as keywords, or in `settings`
    where a name is one of the arguments here. Raises DiagnosticError, which carries every finding,
    where the file is at fault, and UserError where it does not hold the one net asked for or the
    net has no such setting.
    """
    source, named = split_target(fspath(path))
    net = named if net is None else net
    of_nets, overlay = with_constants([source], merged(settings, keywords), net)
    analysis = check_files([source], net=net, settings=of_nets, overlay=overlay)
    if analysis.failed:
        raise DiagnosticError(tuple(analysis.diagnostics))
    chosen = only_net(analysis, source, net)
    assert chosen.graph is not None
    file = None if weights is None else weights_of(Path(weights))
    recipes = tuple(recipe for recipe in analysis.recipes if recipe.net == chosen.name)
    found = tuple(analysis.diagnostics)
    return LoadedNet(chosen.graph, found, file, seed, recipes, dict(rename or {}))


def diff(
    old: str | PathLike[str],
    new: str | PathLike[str],
    *,
    settings: Mapping[str, Setting] | None = None,
    **keywords: Setting,
) -> list[NetDiff]:
    """Compares two versions of a net, or of a file of nets, as `netc diff` does.

    `old` and `new` are files, `FILE:NET`, or `REVISION:FILE` of git. Settings give static
    parameters and named sizes their values, in each that has them. Raises DiagnosticError, which
    carries every finding, where one of the two is at fault, and UserError where there is no such
    net, revision or setting.
    """
    from .versions import compared, read_sides

    sides = read_sides(fspath(old), fspath(new), merged(settings, keywords))
    found = [one for side in sides for one in side.analysis.diagnostics]
    if any(side.analysis.failed for side in sides):
        raise DiagnosticError(tuple(found))
    return compared(*sides)


def train(
    path: str | PathLike[str],
    recipe: str | None = None,
    *,
    data: Data | None = None,
    validation: Data | None = None,
    test: Data | None = None,
    classes: Sequence[str] = (),
    sample_weight: Arrays | None = None,
    out: str | PathLike[str] | None = None,
    resume: bool = False,
    embed_preprocessing: bool = False,
    cache: bool = True,
    settings: Mapping[str, Setting] | None = None,
    **keywords: Setting,
) -> Outcome:
    """Trains by a recipe of a file, as `netc train` does, and writes the same folder.

    `recipe` names it, or its net, where the file holds several, or `path` does as `FILE:RECIPE`.
    `data` is a pair of inputs and targets, arrays or dicts of them by name, and `sample_weight`
    says how much each training sample counts, or by part (`{"train": …}`). `data` may also be a
    `tf.data.Dataset` of samples or batches, a `keras.utils.PyDataset`, or a function without
    arguments that gives batches `(x, y)` or `(x, y, sample_weight)`, and so may `validation` and
    `test`. Epochs, splits and order are the recipe's, so all samples must be there: these are
    gathered into arrays once, up to a quarter of the free memory; an endless dataset is refused,
    `.take(n)` ends it. Without `data` the recipe says where they are; its `scale`, `mean` and
    `std` hold for both. With `embed_preprocessing` the first layers of the
    saved models scale the values; without `cache` no features of frozen layers are kept. Settings
    are those of `--set`: sizes and parameters of the net, and settings of the recipe such as
    `epochs=2`. Where the recipe has `folds`, the outcome has what each came to. Raises
    DiagnosticError where the file is at fault, and UserError where the data, the folder or a
    setting are.
    """
    from ..data.load import from_arrays, load_data
    from ..errors import UserError
    from ..runs.folder import last_folder, new_folder
    from ..train.folds import train_recipe
    from ..train.options import RunOptions
    from ..train.plan import keep_best
    from .recipes import check_recipe, recipe_name

    source, named = split_target(fspath(path))
    recipe = named if recipe is None else recipe
    given = merged(settings, keywords)
    place = None if out is None else Path(out)
    if resume and (name := recipe_name(source, recipe)) is not None:
        given = {**last_folder(name, place).settings, **given}
    found, analysis = check_recipe(source, recipe, given)
    if found is None:
        raise DiagnosticError(tuple(analysis.diagnostics))
    if data is None:
        if sample_weight is not None:
            raise UserError("sample_weight weighs the samples of `data`, and there are none")
        dataset = load_data(found)
    else:
        dataset = from_arrays(found, data, validation, test, classes, sample_weight)
        found = keep_best(found, dataset)
    folder = (last_folder if resume else new_folder)(found.name, place)
    options = RunOptions(resume=resume, embed=embed_preprocessing, cache=cache)
    return train_recipe(found, dataset, folder, options)


def find_lr(
    path: str | PathLike[str],
    recipe: str | None = None,
    *,
    data: Data | None = None,
    low: float = LOW,
    high: float = HIGH,
    steps: int = STEPS,
    settings: Mapping[str, Setting] | None = None,
    **keywords: Setting,
) -> RateTest:
    """Tries learning rates from `low` to `high`, as `netc train --find-lr` does; writes nothing.

    `path`, `recipe`, `data` and settings are those of `train`. Raises DiagnosticError where the
    file is at fault, and UserError where the data, the range or a setting are.
    """
    from ..data.load import from_arrays, load_data
    from ..train.find_rate import find_rate
    from .recipes import check_recipe

    source, named = split_target(fspath(path))
    recipe = named if recipe is None else recipe
    found, analysis = check_recipe(source, recipe, merged(settings, keywords))
    if found is None:
        raise DiagnosticError(tuple(analysis.diagnostics))
    dataset = load_data(found) if data is None else from_arrays(found, data)
    return find_rate(found, dataset, low=low, high=high, steps=steps)
