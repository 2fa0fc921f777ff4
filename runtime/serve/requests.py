"""Turns what a request holds into the arrays of a model, and what the model gives into JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ..batch.results import Results, Value
from ..batch.tables import finite
from ..errors import UserError
from ..files.pictures import picture_layout, picture_of
from ..infer.inputs import fitted
from ..infer.preprocess import model_preprocessing, prepared
from ..infer.session import Session
from .batcher import Arrays, require_alike


class Reader:
    """Reads requests for a model. All refusals are a UserError of one line."""

    def __init__(self, session: Session, names: Sequence[str], best: int) -> None:
        self.session, self.names, self.best = session, tuple(names), best
        self.made = model_preprocessing(session)
        self.results = Results(session.outputs, names, best)

    def json(self, body: bytes) -> Arrays:
        """The inputs of `{"inputs": {"image": [[…]]}}`, prepared as files are."""
        try:
            found = json.loads(body, parse_constant=_no_constant)
        except RecursionError:
            raise UserError("the JSON is nested too deeply") from None
        except ValueError as error:
            raise UserError(f"the body is no JSON: {error}") from error
        given = found.get("inputs") if isinstance(found, dict) else None
        if not isinstance(given, dict):
            names = ", ".join(f'"{spec.name}": […]' for spec in self.session.inputs)
            raise UserError(f'the body is to be {{"inputs": {{{names}}}}}')
        known = {spec.name: spec for spec in self.session.inputs}
        for name in given:
            if name not in known:
                listed = ", ".join(f"`{each}`" for each in known)
                raise UserError(f"the model has no input `{name}`; it takes {listed}")
        arrays: dict[str, Array] = {}
        for name, spec in known.items():
            if name not in given:
                raise UserError(f"the input `{name}` {spec} is missing")
            arrays[name] = fitted(f"`{name}`", _array(name, given[name]), spec)
            if self.made is not None and self.made.input == name:
                arrays[name] = prepared(arrays[name], self.made, spec.dtype)
        require_alike(arrays)
        return arrays

    def pictures(self, files: Sequence[tuple[str, bytes]]) -> Arrays:
        """The input of some pictures: a name and the bytes of each."""
        if len(self.session.inputs) != 1:
            listed = ", ".join(f"`{spec.name}`" for spec in self.session.inputs)
            raise UserError(f"pictures feed a model with one input; this one has {listed}")
        (spec,) = self.session.inputs
        layout = picture_layout(spec, self.made)
        read = [picture_of(io.BytesIO(data), Path(name), layout) for name, data in files]
        if len({picture.shape for picture in read}) > 1:
            raise UserError("the pictures differ in size, and the model leaves it open; send one")
        whole = np.stack(read) if layout.batched else read[0]
        if not layout.batched and len(read) > 1:
            raise UserError("the model takes one picture at a time")
        return {spec.name: prepared(whole, self.made, spec.dtype)}

    def answer(self, outputs: Mapping[str, Array]) -> dict[str, object]:
        """The outputs as JSON: the best classes of each sample, or the values of each output."""
        if not self.results.classes:
            return {"outputs": {name: _plain(array) for name, array in outputs.items()}}
        rows = self.results.rows(outputs)
        return {
            "results": [
                [
                    {"class": name, "score": finite(score)}
                    for name, score in zip(row[::2], row[1::2], strict=True)
                ]
                for row in rows
            ]
        }


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _array(name: str, value: object) -> Array:
    try:
        made = np.asarray(value)
    except ValueError as error:
        raise UserError(f"`{name}` is no array: its rows differ in length") from error
    if made.dtype.kind not in "biuf":
        raise UserError(f"`{name}` holds something else than numbers")
    if made.dtype.kind == "f" and not np.isfinite(made).all():
        raise UserError(f"`{name}` holds a number that is too large")
    return made


def _plain(array: Array) -> Value:
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    found: Value = array.tolist()
    return finite(found)
