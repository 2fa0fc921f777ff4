"""Decides for each phase whether features are kept, and gives its samples with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array
from ...compiler.recipe.frozen import Cut, Unsafe, frozen_part
from ...compiler.recipe.recipe import Phase, Recipe
from ..cache.digest import digest
from ..cache.place import features_folder, why_unusable_below
from ..data.dataset import Column, Dataset, Part
from ..data.encode import encoders
from ..data.stored import Rows
from ..errors import unreadable
from .about import described_as, key_of
from .columns import joined, places_of, repeated, row_of
from .extract import Extractor, Inputs, Unkept, augmented_inputs, part_inputs
from .samples import sample_digests
from .store import Store, described, shown_size

WORTH = 2 * 10**10
"""Multiply-accumulates that must be saved: about a second of two cores."""
SEGMENT = 1 << 27
"""Bytes of a file of features: so much a killed process computes again at most."""

Say = Callable[[str], None]


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


class Keeper:
    """Computes features once, and knows them from then on."""

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        say: Say,
        progress: Callable[[int, int], bool] = lambda done, total: True,
        root: Path | None = None,
    ) -> None:
        """`say` is told in one line what is kept, or why nothing is; `progress` how many samples
        are done, and answers whether to go on."""
        self.recipe, self.dataset, self._say, self._progress = recipe, dataset, say, progress
        self.root = features_folder() if root is None else root
        self._known: dict[tuple[str, tuple[str, ...]], list[bytes]] = {}

    def of(self, phase: Phase, take: Callable[[], Weights]) -> Kept | None:
        """What is kept for a phase that begins with the weights that `take` gives.

        None where nothing is. Raises UserError where a picture is damaged.
        """
        if phase.cache == 0:
            return None
        found = frozen_part(self.recipe, phase)
        if found is None or not self._worth(phase, found.macs):
            return None
        said = f"phase {phase.name}: " if phase.name else ""

        def refuse(why: str) -> None:
            self._say(f"{said}frozen layers run again in each epoch: {why}")

        if isinstance(found, Unsafe):
            refuse(f"{found.why}; {found.way_out}")
            return None
        taught = taught_by_inputs(self.recipe, phase, self.dataset.train)
        if taught is not None:
            refuse(taught)
            return None
        why = why_unusable_below(self.root)
        if why is not None:
            refuse(f"their features would be kept in {self.root}, but {why}")
            return None
        try:
            made = _Made(self, phase, found, take())
            kept = made.kept()
        except _Stopped:
            return None
        except OSError as error:
            full = unreadable(Path(error.filename or self.root), error)
            refuse(f"their features cannot be kept: {full}")
            return None
        except Unkept as error:
            refuse(f"their features cannot be kept: {error}")
            return None
        self._say(said + made.told())
        return kept

    def _worth(self, phase: Phase, macs: int) -> bool:
        if phase.cache is not None:
            return True
        samples = sum(len(part) for part in (self.dataset.train, self.dataset.validation) if part)
        return macs * samples * (phase.epochs - 1) >= WORTH

    def samples(self, part: Part, inputs: tuple[str, ...]) -> list[bytes]:
        """The digests of a part's samples, made once."""
        key = (part.name, inputs)
        if key not in self._known:
            self._known[key] = sample_digests(part, inputs)
        return self._known[key]

    def progress(self, done: int, total: int) -> None:
        """Tells how many samples are done. Raises _Stopped where the run is to end."""
        if not self._progress(done, total):
            raise _Stopped


def taught_by_inputs(recipe: Recipe, phase: Phase, part: Part) -> str | None:
    """Why targets cannot be had where the inputs are not read; None where they can."""
    if part.lengths is not None:
        return "its sequences are padded batch by batch"
    for head in encoders(recipe, phase.heads):
        if head.source in part.copies:
            return f"`{head.source}` learns what the net gets, so that all of it runs"
        if phase.augment and head.rank == 4:
            return f"the targets of `{head.source}` move as augmentation moves the pictures"
    return None


class _Stopped(Exception):
    """The run is to end."""


class _Made:
    """The features of one phase."""

    def __init__(
        self,
        keeper: Keeper,
        phase: Phase,
        cut: Cut,
        weights: Weights,
    ) -> None:
        self.keeper, self.phase, self.cut, self.weights = keeper, phase, cut, weights
        self.recipe, self.dataset = keeper.recipe, keeper.dataset
        self.inputs = tuple(cut.lower.graph.inputs)
        self.row = row_of(cut.lower)
        self.about = described_as(self.recipe, self.dataset.train, cut.lower, weights.arrays)
        self.computed = self.read = 0
        self.seconds = 0.0
        self.notes: list[str] = []
        self._extractor: Extractor | None = None
        self._stores: dict[str, Store] = {}

    def kept(self) -> Kept:
        """The parts with features. Raises OSError, UserError _Stopped."""
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
        samples = self.keeper.samples(part, self.inputs)
        store = self._store(self.about)
        columns = self._rows(store, samples, part_inputs(part, self.inputs))
        return self._with(part, columns)

    def _augmented(self, number: int) -> Mapping[str, Rows]:
        """The features of a pass over the training part."""
        part = self.dataset.train
        samples = self.keeper.samples(part, self.inputs)
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
                    self.keeper.progress(done, len(wanted))
        self.seconds += time.monotonic() - began

    def _store(self, about: Mapping[str, str]) -> Store:
        key = key_of(about)
        if key not in self._stores:
            self._stores[key] = Store(self.keeper.root, key, self.row)
            if not self._stores[key].folder.exists():
                self._stale(about)
        return self._stores[key]

    def _stale(self, about: Mapping[str, str]) -> None:
        """Notes what is no longer as it was when features of this place were kept."""
        what = {"net": "frozen layers", "weights": "weights", "pixels": "pixels"}
        changed = [
            [text for name, text in what.items() if before.get(name) != about[name]]
            for before in described(self.keeper.root)
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
        where = f"kept in {self.keeper.root} ({size})"
        return f"{notes}features of {total:,} samples at {at} {how}; {where}"
