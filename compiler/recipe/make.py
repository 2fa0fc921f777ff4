"""Makes the Recipe of a `train` block that is without fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from ...dsl.text.source import Span
from .logged import better_side, has_validation
from .objects.base import Augmentation, Optimizer
from .objects.callbacks import Best, EarlyStopping, Last, ReduceLROnPlateau
from .objects.loads import load
from .read.case import Case, PerOutput, PhaseCase
from .recipe import Head, Phase, Recipe


def make_recipe(case: Case) -> Recipe:
    """The recipe, every default filled in."""
    item = case.item
    mixed = "mixed_bfloat16" if case.value("mixed_precision") else None
    return Recipe(
        name=item.ident.name,
        checked=case.net,
        with_inner=None if case.checked is case.net else case.checked,
        file=case.module.path,
        text=item.span.text,
        data=case.data,
        data_place=_place(case.given["data"].span) if "data" in case.given else None,
        loads=cast("tuple[load, ...]", case.value("weights")),
        phases=tuple(_phase(case, stage) for stage in case.stages),
        restarts=cast("int", case.value("restarts")),
        seed=cast("int", case.value("seed")),
        deterministic=cast("bool", case.value("deterministic")),
        precision=mixed or cast("str", case.value("precision")),
        jit=cast("bool", case.value("jit")),
        bucket_by_length=cast("bool", case.value("bucket_by_length")),
        steps_per_execution=cast("int | None", case.value("steps_per_execution")),
        folds=cast("int | None", case.value("folds")),
    )


def _place(span: Span) -> str:
    return f"{span.source.path}:{span.line}"


def _phase(case: Case, stage: PhaseCase) -> Phase:
    taught = heads(case, stage)
    stop = cast("EarlyStopping | None", _directed(stage.value("stop"), taught))
    keep = cast("Best | Last", _directed(stage.value("keep"), taught) or _keep(case, stop))
    return Phase(
        name=stage.name,
        epochs=cast("int", stage.value("epochs")),
        batch=cast("int | None", stage.value("batch")),
        optimizer=cast("Optimizer", stage.value("optimizer")),
        heads=taught,
        frozen=stage.frozen,
        augment=cast("tuple[Augmentation, ...]", stage.value("augment")),
        stop=stop,
        plateau=cast("ReduceLROnPlateau | None", _directed(stage.value("plateau"), taught)),
        keep=keep,
        class_weight=None
        if isinstance(stage.value("class_weight"), PerOutput)
        else cast("tuple[float, ...] | str | None", stage.value("class_weight")),
        cache=cast("int | None", stage.value("cache")),
        keep_given=stage.value("keep") is not None,
    )


def _keep(case: Case, stop: EarlyStopping | None) -> Best | Last:
    """What is kept where the recipe does not say: the best of what is watched."""
    if stop is not None:
        return Best(stop.monitor, stop.mode)
    folds = case.value("folds") is not None
    if folds or (case.data is not None and has_validation(case.data)):
        return Best("val_loss", "min")
    return Last()


def _directed(watcher: object, taught: Sequence[Head]) -> object:
    """What watches a figure, told which values are better."""
    if not isinstance(watcher, EarlyStopping | ReduceLROnPlateau | Best) or watcher.mode != "auto":
        return watcher
    return replace(watcher, mode=better_side(taught, watcher.monitor))


def heads(case: Case, stage: PhaseCase) -> tuple[Head, ...]:
    """What each trained output of the net, and each tensor inside it, learns."""
    inner = {aim.output.name for aim in stage.aims if case.is_inner(aim)}
    return tuple(
        Head(
            aim.output.name,
            aim.loss,
            aim.weight,
            tuple(metric.for_targets(aim.loss.form) for metric in aim.metrics),
            tuple(metric.for_targets(aim.loss.form) for metric in aim.weighted),
            aim.class_weight,
            "" if aim.source == aim.output.name else aim.source,
            aim.output.name in inner,
        )
        for aim in stage.aims
    )
