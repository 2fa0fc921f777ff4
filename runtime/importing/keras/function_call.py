"""One call of a function among the layers, and what it is given: tensors, numbers, an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....compiler.ops.tensor.index_items import ELLIPSIS, NEWAXIS, IndexItem, at, span
from ...errors import UserError
from ...weights.keras_model import Ref, SliceOf, refs
from ..numbers import number as short
from ..steps import Argument, Known, Value
from .arguments import arguments_of, plain
from .making import Making, Read, outputs_of


@dataclass(frozen=True)
class FunctionCall:
    """A call of a function: what it is given in order, and its arguments by name."""

    making: Making
    kind: str
    path: str
    given: Sequence[object]
    named: Mapping[str, object]
    read: Read

    def fault(self, why: str) -> UserError:
        """What is wrong with the call."""
        return UserError(f"the layer `{self.path}` {why}")

    def layer(
        self, kind: str, inputs: Sequence[Value], /, *names: str, **given: Argument
    ) -> list[Value]:
        """A layer with the arguments of some names that are given."""
        args = {name: _list(plain(self.named[name])) for name in names if name in self.named}
        found = arguments_of(kind, {**args, **given}, f"the layer `{self.path}`", set())
        return outputs_of(self.making.layer(kind, inputs, found, self.path))

    def _given(self, place: int) -> object:
        return self.given[place] if place < len(self.given) else None

    def tensor(self, place: int) -> Value:
        """An input that is a tensor."""
        given = self._given(place)
        found = list(refs(given))
        if len(found) != 1:
            raise self.fault("says badly what it takes")
        return self.read(found[0])

    def side(self, place: int) -> Value | float | list[float]:
        """An input that is a tensor or numbers."""
        given = self._given(place)
        if isinstance(given, Ref):
            return self.read(given)
        if isinstance(given, bool) or given is None or isinstance(given, str | dict):
            raise self.fault("says badly what it takes")
        array = np.asarray(given)
        if array.size == 1 and array.ndim <= 1 and array.dtype != object:
            single = array.reshape(-1)[0]
            return short(np.float32(single) if array.dtype.kind == "f" else single)
        if array.dtype == object:
            raise self.fault("says badly what it takes")
        return self.whole(place)

    def whole(self, place: int) -> Value:
        """An input as a tensor, also where it is numbers."""
        given = self._given(place)
        if isinstance(given, Ref):
            return self.read(given)
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            raise self.fault("says badly what it takes")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        return self.making.build.known(Known(array, (f"{self.path}:{place}",)))

    def numbers(self, name: str) -> list[object]:
        """An argument that is a list of integers."""
        value = self.named.get(name)
        if not isinstance(value, list | tuple) or not all(
            item is None or isinstance(item, int) for item in value
        ):
            raise self.fault("has sizes that are computed from tensors")
        return list(value)

    def items(self) -> list[IndexItem]:
        """What stands between the brackets of an index."""
        key = self.named.get("key")
        return [self.item(each) for each in (key if isinstance(key, list | tuple) else [key])]

    def item(self, each: object) -> IndexItem:
        """One part of an index."""
        if each is None:
            return NEWAXIS
        if each is ...:
            return ELLIPSIS
        if isinstance(each, int) and not isinstance(each, bool):
            return at(each)
        if isinstance(each, SliceOf):
            bounds = (each.start, each.stop, each.step)
            start, stop, step = (b if isinstance(b, int) else None for b in bounds)
            if all(b is None or isinstance(b, int) for b in bounds):
                return span(start, stop, step)
        raise self.fault("has an index that is computed, or a list")


def _list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
