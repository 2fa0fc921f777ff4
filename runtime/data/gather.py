"""Gathers batches from Python into arrays: a `tf.data.Dataset`, a `PyDataset`, a function's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike

from ...compiler.ops.base.backend import Array
from ..errors import UserError
from ..files.tensors import TensorSpec
from .decode import SHARE, free_memory

SAMPLES = 256
"""Single samples of a `tf.data.Dataset` that are gathered at a time."""
INFINITE = -1
"""The cardinality of an endless `tf.data.Dataset`, `tf.data.INFINITE_CARDINALITY`."""
ENDLESS = (
    "are endless, and epochs are the recipe's: it takes all samples, once; give so many batches, "
)


class BatchSequence(Protocol):
    """A `keras.utils.PyDataset`: batches by number."""

    @property
    def num_batches(self) -> int | None:
        """How many there are; None where they have no end."""
        ...

    def __getitem__(self, index: int, /) -> object: ...


Batches: TypeAlias = "Iterable[object] | BatchSequence | Callable[[], Iterable[object]]"
"""A `tf.data.Dataset`, a `keras.utils.PyDataset`, or a function that gives batches `(x, y)`."""


@dataclass(frozen=True)
class Gathered:
    """All samples of a part as arrays, or arrays by name."""

    x: ArrayLike | Mapping[str, ArrayLike]
    y: ArrayLike | Mapping[str, ArrayLike]
    weights: Array | None = None
    """How much each sample counts, where batches say it."""


def gathered(name: str, given: object, inputs: Sequence[TensorSpec]) -> Gathered | None:
    """What batches hold, in their order; None where something else is given.

    `name` is the part's, for messages; `inputs` are those of the net, which tell a sample of a
    `tf.data.Dataset` from a batch. Raises UserError where the batches have no end, take more than
    a quarter of the free memory, or do not fit together.
    """
    who = f"the {name} data"
    if callable(given) and not _is(given, "keras", "PyDataset"):
        made = _called(who, given)
        found = _source(who, made, inputs)
        if found is None and isinstance(made, Iterable):
            found = iter(made), "`itertools.islice(batches, 100)`"
        if found is None:
            kind = type(made).__name__
            raise UserError(f"{who} are a function that gives a value of type {kind}, no batches")
    else:
        found = _source(who, given, inputs)
    return None if found is None else _joined(who, *found)


def _source(
    who: str, given: object, inputs: Sequence[TensorSpec]
) -> tuple[Iterator[object], str] | None:
    """The batches of a `tf.data.Dataset` or a `PyDataset`, and how to ask for fewer of them."""
    if _is(given, "tensorflow", "DatasetV2"):
        return _of_tensorflow(who, given, inputs), "`dataset.take(100)`"
    if _is(given, "keras", "PyDataset"):
        sequence = cast("BatchSequence", given)
        count = sequence.num_batches
        if count is None:
            raise UserError(f"{who} {ENDLESS}by the `__len__` of {type(given).__name__}")
        return (sequence[at] for at in range(count)), "a smaller `__len__`"
    return None


def _is(given: object, package: str, name: str) -> bool:
    """Whether a value is of a class of a package, which need not be imported for that."""
    return any(
        cls.__name__ == name and cls.__module__.partition(".")[0] == package
        for cls in type(given).__mro__
    )


def _called(who: str, make: Callable[..., object]) -> object:
    try:
        inspect.signature(make).bind()
    except TypeError as error:
        raise UserError(f"{who} are a function that wants arguments ({error})") from error
    except ValueError:
        pass  # Some functions of C say nothing of their arguments.
    return make()


def _of_tensorflow(who: str, data: Any, inputs: Sequence[TensorSpec]) -> Iterator[object]:
    """The batches of a `tf.data.Dataset`; single samples are put into some."""
    if int(data.cardinality()) == INFINITE:
        raise UserError(f"{who} {ENDLESS}`dataset.take(100)`")
    if _holds_samples(data.element_spec, inputs):
        return _of_samples(who, data)
    return cast("Iterator[object]", data.as_numpy_iterator())


def _of_samples(who: str, data: Any) -> Iterator[object]:
    import tensorflow as tf

    try:
        yield from data.batch(SAMPLES).as_numpy_iterator()
    except tf.errors.InvalidArgumentError as error:
        first = " ".join(str(error.message).split())[:160]
        raise UserError(f"{who} hold samples that are no batch together: {first}") from error


def _holds_samples(element: Any, inputs: Sequence[TensorSpec]) -> bool:
    """Whether an element is a sample: its shape is that of the net's input without the batch."""
    x = element[0] if isinstance(element, tuple) and element else element
    spec = inputs[0]
    if isinstance(x, Mapping):
        x = x.get(spec.name)
    shape = getattr(x, "shape", None)
    if shape is None or shape.rank is None:
        return False
    have, wanted = tuple(shape.as_list()), spec.shape[1:]
    if not _alike(have, wanted):
        return False
    # `[None]` is a batch of numbers, too, for an input of one number a sample.
    ones = [size for size in wanted if size != 1]
    return not (have[:1] == (None,) and [size for size in have[1:] if size != 1] == ones)


def _alike(have: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    return len(have) == len(wanted) and all(
        None in pair or pair[0] == pair[1] for pair in zip(have, wanted, strict=True)
    )


class _Pile:
    """Batches that are put on one another: inputs, targets and weights by name."""

    def __init__(self, who: str, fewer: str) -> None:
        self.who, self.fewer = who, fewer
        self.leaves: dict[tuple[str, str | None], list[Array]] = {}
        self.most = free_memory() // SHARE
        self.bytes = self.samples = self.count = 0
        self.itself = True
        """Whether in all batches so far the targets are the very inputs."""

    def add(self, batch: object) -> None:
        """Puts a batch on. Raises UserError where it is none, or does not fit those before."""
        self.count += 1
        where = f"batch {self.count} of {self.who}"
        if not isinstance(batch, tuple | list):
            kind = type(batch).__name__
            raise UserError(f"{where} is of type {kind}, not a pair (inputs, targets)")
        if len(batch) not in (2, 3):
            raise UserError(f"{where} is {len(batch)} values, not a pair (inputs, targets)")
        if len(batch) == 3 and isinstance(batch[2], Mapping):
            raise UserError(f"{where}: weights are one number a sample, for all outputs")
        found: dict[tuple[str, str | None], Array] = {}
        for role, one in zip(("inputs", "targets", "weights"), batch, strict=False):
            for name, value in one.items() if isinstance(one, Mapping) else [(None, one)]:
                found[role, name] = _array(f"{where}: {_called_so(role, name)}", value)
        self.itself &= batch[0] is batch[1]
        if self.leaves and found.keys() != self.leaves.keys():
            have, first = (
                ", ".join(_called_so(*key) for key in keys) for keys in (found, self.leaves)
            )
            raise UserError(f"{where} holds {have}, but the first one {first}")
        for key, array in found.items():
            self._fit(where, key, array, len(next(iter(found.values()))))
            self.leaves.setdefault(key, []).append(array)
            self.bytes += array.nbytes
        self.samples += len(next(iter(found.values()))) if found else 0
        if self.bytes > self.most:
            raise UserError(
                f"{self.who} take {self.bytes / 2**20:,.1f} MiB after {self.samples:,} samples, "
                "more than a quarter of the free memory, and all are to be there; give fewer, "
                f"{self.fewer}, or a smaller dtype such as uint8"
            )

    def _fit(self, where: str, key: tuple[str, str | None], array: Array, count: int) -> None:
        what = f"{where}: {_called_so(*key)}"
        if len(array) != count:
            raise UserError(f"{what} hold {len(array)} samples, the inputs {count}")
        first = self.leaves.get(key, [array])[0]
        if array.shape[1:] != first.shape[1:]:
            raise UserError(
                f"{what} are [{', '.join(map(str, array.shape))}], but those of the first one "
                f"[{', '.join(map(str, first.shape))}]; samples have one shape: pad or cut them"
            )

    def whole(self) -> Gathered:
        """All batches as arrays. Raises UserError where there are none."""
        if not self.samples:
            raise UserError(f"{self.who} hold no batches")
        x = self._role("inputs")
        y = x if self.itself else self._role("targets")
        weights = self._role("weights")
        return Gathered(x, y, None if isinstance(weights, Mapping) else weights)

    def _role(self, role: str) -> Array | dict[str, Array]:
        own = {
            name: np.concatenate(pieces) for (of, name), pieces in self.leaves.items() if of == role
        }
        if None in own:
            return own[None]
        return {name: array for name, array in own.items() if name is not None}


def _joined(who: str, batches: Iterator[object], fewer: str) -> Gathered:
    pile = _Pile(who, fewer)
    for batch in batches:
        pile.add(batch)
    return pile.whole()


def _called_so(role: str, name: str | None) -> str:
    return f"the {role}" if name is None else f"the {role} `{name}`"


def _array(what: str, value: object) -> Array:
    """One array of a batch. Raises UserError where it is none."""
    if isinstance(value, tuple):
        raise UserError(f"{what} are a tuple; of several give a dict by name")
    try:
        made = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise UserError(f"{what} are no array: {error}") from error
    if made.dtype.kind not in "biuf":
        raise UserError(f"{what} hold {made.dtype}, not numbers")
    if not made.ndim:
        raise UserError(f"{what} are one number; give batches of samples")
    return made
