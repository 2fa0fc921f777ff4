"""The features of one phase: read where they are known, else computed and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.frozen import Cut
from ...compiler.recipe.recipe import Phase, Recipe
from ..cache.digest import digest
from ..data.dataset import Column, Dataset, Part
from ..data.stored import Rows
from .about import described_as, key_of
from .columns import joined, places_of, repeated, row_of
from .extract import Extractor, Inputs, Unkept, augmented_inputs, part_inputs
from .samples import Digests
from .store import Store, described, shown_size

SEGMENT = 1 << 27
"""Bytes of a file of features: so much a killed process computes again at most."""


class Weights(WeightSource, Protocol):
    """The weights of a net at one moment."""

    @property
    def arrays(self) -> Mapping[str, Array]:
        """All of them, by `<layer path>/<weight name>`."""


@dataclass(frozen=True)
class Kept:
    """The samples of a phase with features in the place of inputs, and the net behind them."""

    cut: Cut
    train: Part
    """Its training part, as many times over as there are passes."""
    passes: int
    parts: Mapping[str, Part]
    """Its training and validation parts by name, without augmentation."""


class Stopped(Exception):
    """The run is to end."""


@dataclass(frozen=True)
class Setting:
    """What the features of all phases of a run have in common."""

    recipe: Recipe
    dataset: Dataset
    root: Path
    """The folder that features are kept in."""
    digests: Digests
    progress: Callable[[int, int], bool]
    """Is told how many samples are done, of how many; answers whether to go on."""


class Features:
    """The features of one phase, by the weights that it begins with."""

    def __init__(self, setting: Setting, phase: Phase, cut: Cut, weights: Weights) -> None:
        self.setting, self.phase, self.cut, self.weights = setting, phase, cut, weights
        self.recipe, self.dataset = setting.recipe, setting.dataset
        self.inputs = tuple(cut.lower.graph.inputs)
        self.row = row_of(cut.lower)
        self.about = described_as(self.recipe, self.dataset.train, cut.lower, weights.arrays)
        self.computed = self.read = 0
        self.seconds = 0.0
        self.notes: list[str] = []
        self._extractor: Extractor | None = None
        self._stores: dict[str, Store] = {}

    def kept(self) -> Kept:
        """The parts with features. Raises OSError, UserError, Unkept and Stopped."""
        passes = (self.phase.cache or 1) if self.phase.augment else 1
        train = None
        if self.phase.augment:
            whole = [self._augmented(number) for number in range(1, passes + 1)]
            train = repeated(self._with(self.dataset.train, joined(whole)), passes)
        given = (self.dataset.train, self.dataset.validation)
        parts = {part.name: self._part(part) for part in given if part is not None}
        return Kept(self.cut, train or parts[self.dataset.train.name], passes, parts)

    def _part(self, part: Part) -> Part:
        """A part as it is, with its features."""
        samples = self.setting.digests.of(part, self.inputs)
        store = self._store(self.about)
        columns = self._rows(store, samples, part_inputs(part, self.inputs))
        return self._with(part, columns)

    def _augmented(self, number: int) -> Mapping[str, Rows]:
        """The features of a pass over the training part."""
        part = self.dataset.train
        samples = self.setting.digests.of(part, self.inputs)
        drawn = digest(
            repr(self.phase.augment).encode(),
            str((self.recipe.seed, number)).encode(),
            b"".join(samples),
        )
        names = [digest(sample, str(i).encode()) for i, sample in enumerate(samples)]
        own = [bytes.fromhex(name)[:16] for name in names]
        store = self._store({**self.about, "augment": drawn})
        inputs = augmented_inputs(self.recipe, self.phase, part, self.inputs, number)
        return self._rows(store, own, inputs, drawn=True)

    def _rows(
        self,
        store: Store,
        samples: Sequence[bytes],
        inputs: Inputs,
        *,
        drawn: bool = False,
    ) -> Mapping[str, Rows]:
        """The features of samples: read where they are known, else computed and kept.

        Where inputs are `drawn` at random, it is all or none, and in order: what is drawn for a
        sample depends on those before it.
        """
        count = len(samples)
        segments, damaged = store.segments()
        if damaged:
            self.notes.append(
                f"{damaged} damaged file{'s' * (damaged != 1)} of features in {store.folder} "
                f"{'was' if damaged == 1 else 'were'} removed"
            )
        known = places_of(segments)
        missing = [i for i in range(count) if samples[i] not in known]
        first = {samples[i]: i for i in reversed(missing)}
        wanted = sorted(first.values())
        if drawn and wanted:
            wanted = list(range(count))
        if wanted:
            why = store.room(len(wanted) * self.row.size)
            if why is not None:
                raise Unkept(why)
            self._compute(store, samples, wanted, inputs, drawn=drawn)
            segments, _ = store.segments()
            known = places_of(segments)
        self.read += count - len(wanted)
        self.computed += len(wanted)
        store.describe(self.about)
        places = np.array([known[sample] for sample in samples], np.int64).reshape(-1, 2)
        return {
            name: Rows(tuple(segment.tensor(index) for segment in segments), places)
            for index, name in enumerate(self.cut.names)
        }

    def _compute(
        self,
        store: Store,
        samples: Sequence[bytes],
        wanted: Sequence[int],
        inputs: Inputs,
        *,
        drawn: bool,
    ) -> None:
        began = time.monotonic()
        if self._extractor is None:
            self._extractor = Extractor(self.cut.lower, self.weights)
        each = len(wanted) if drawn else max(1, SEGMENT // max(self.row.size, 1))
        done = 0
        for start in range(0, len(wanted), each):
            some = wanted[start : start + each]
            with store.writing([samples[i] for i in some]) as writer:
                for made in self._extractor.batches(inputs, some, 1 if drawn else None):
                    writer.add(made)
                    done += len(next(iter(made.values())))
                    if not self.setting.progress(done, len(wanted)):
                        raise Stopped
        self.seconds += time.monotonic() - began

    def _store(self, about: Mapping[str, str]) -> Store:
        key = key_of(about)
        if key not in self._stores:
            self._stores[key] = Store(self.setting.root, key, self.row)
            if not self._stores[key].folder.exists():
                self._stale(about)
        return self._stores[key]

    def _stale(self, about: Mapping[str, str]) -> None:
        """Notes what is no longer as it was when features of this place were kept."""
        what = {"net": "frozen layers", "weights": "weights", "pixels": "pixels"}
        changed = [
            [text for name, text in what.items() if before.get(name) != about[name]]
            for before in described(self.setting.root)
            if all(before.get(name) == about[name] for name in ("file", "recipe", "at"))
        ]
        nearest = min(filter(None, changed), key=len, default=[])
        if nearest:
            self.notes.append(f"the {' and the '.join(nearest)} are no longer those of before")

    def _with(self, part: Part, columns: Mapping[str, Rows]) -> Part:
        raw = {
            name: part.inputs[name] for name in self.cut.upper.graph.inputs if name in part.inputs
        }
        inputs: dict[str, Column] = {
            name: columns[name] if name in columns else raw[name]
            for name in self.cut.upper.graph.inputs
        }
        made = part.preprocessing
        return replace(
            part,
            inputs=inputs,
            dtypes={name: dtype for name, dtype in part.dtypes.items() if name in raw},
            preprocessing=made if made is not None and made.input in raw else None,
        )

    def told(self) -> str:
        """What is kept, in a line."""
        total = self.read + self.computed
        at = ", ".join(f"`{name}`" for name in self.cut.names)
        how = "read"
        if self.computed:
            some = "" if not self.read else f"{self.read:,} read, {self.computed:,} "
            how = f"{some}computed in {self.seconds:.1f} s"
        size = shown_size(total * self.row.size)
        notes = "".join(f"{note}; " for note in dict.fromkeys(self.notes))
        where = f"kept in {self.setting.root} ({size})"
        return f"{notes}features of {total:,} samples at {at} {how}; {where}"
