"""Turns what a request holds into the arrays of a model, and what the model gives into JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ..batch.results import Results, Value
from ..batch.tables import finite
from ..data.row_layout import layout_of
from ..data.steps import fed, resized, stacked
from ..data.text_layout import TextLayout
from ..errors import UserError
from ..files.pictures import picture_layout, picture_of
from ..files.tensors import TensorSpec
from ..infer.inputs import fitted
from ..infer.preprocess import model_preprocessing, prepared
from ..infer.sequences import fed_inputs, model_sequences
from ..infer.session import Session
from .batcher import Arrays, require_alike


@dataclass(frozen=True)
class Given:
    """What a request holds."""

    arrays: Arrays
    lengths: Array | None = None
    """How many steps each sample has, where they may differ."""


class Reader:
    """Reads requests for a model. All refusals are a UserError of one line."""

    def __init__(self, session: Session, names: Sequence[str], best: int) -> None:
        self.session, self.names, self.best = session, tuple(names), best
        self.made = model_preprocessing(session)
        self.sequences = model_sequences(session)
        self.inputs = fed_inputs(session, self.sequences)
        """The inputs that a request gives."""
        layout = layout_of(session.metadata)
        self.words = layout if isinstance(layout, TextLayout) and len(self.inputs) == 1 else None
        """What makes texts of ids, where the model keeps its words."""
        self.results = Results(session.outputs, names, best)

    def text(self, body: bytes) -> Given:
        """The input of one text."""
        try:
            return self._given({self.inputs[0].name: body.decode()})
        except UnicodeDecodeError as error:
            raise UserError(f"the text is not UTF-8 (at byte {error.start})") from error

    def json(self, body: bytes) -> Given:
        """The inputs of `{"inputs": {"image": [[…]]}}`, prepared as files are.

        Of a model that keeps its words they may be texts.
        """
        try:
            found = json.loads(body, parse_constant=_no_constant)
        except RecursionError:
            raise UserError("the JSON is nested too deeply") from None
        except ValueError as error:
            raise UserError(f"the body is no JSON: {error}") from error
        given = found.get("inputs") if isinstance(found, dict) else None
        if not isinstance(given, dict):
            holds = "[…]" if self.words is None else '"…"'
            names = ", ".join(f'"{spec.name}": {holds}' for spec in self.inputs)
            raise UserError(f'the body is to be {{"inputs": {{{names}}}}}')
        return self._given(given)

    def _given(self, given: Mapping[str, object]) -> Given:
        known = {spec.name: spec for spec in self.inputs}
        for name in given:
            if name not in known:
                listed = ", ".join(f"`{each}`" for each in known)
                raise UserError(f"the model has no input `{name}`; it takes {listed}")
        arrays: dict[str, Array] = {}
        made, lengths = self.sequences, None
        for name, spec in known.items():
            if name not in given:
                raise UserError(f"the input `{name}` {spec} is missing")
            value = given[name]
            if made is not None and name in made.padding:
                array, own = self._steps(value, spec)
                if lengths is not None and not np.array_equal(lengths, own):
                    raise UserError(f"the samples of `{name}` have other steps than those before")
                lengths = own
            else:
                array = self._array(value, spec)
            arrays[name] = fitted(f"`{name}`", array, spec)
            if self.made is not None and self.made.input == name:
                arrays[name] = prepared(arrays[name], self.made, spec.dtype)
        require_alike(arrays)
        if made is None or lengths is None:
            return Given(arrays)
        lengths = np.minimum(lengths, made.length or lengths)
        return Given(fed(arrays, lengths, made), lengths)

    def _array(self, value: object, spec: TensorSpec) -> Array:
        """What a request holds for an input, ids of texts where it holds those."""
        texts = self._texts(value, spec)
        if texts is not None and self.words is not None:
            return self.words.encode_texts(texts)
        return _array(spec.name, value)

    def _steps(self, value: object, spec: TensorSpec) -> tuple[Array, Array]:
        """Samples of unequal lengths, padded, and their lengths."""
        texts = self._texts(value, spec)
        if texts is not None and self.words is not None:
            ids = [self.words.ids_of(text) for text in texts]
            found = [np.array(each or [0], np.int32) for each in ids]
            lengths = np.array([len(each) for each in ids], np.int32)
        else:
            found = _sequences(spec, value)
            lengths = np.array([len(each) for each in found], np.int32)
        values, _ = stacked(found)
        steps = values.shape[1] if self.sequences is None else self.sequences.length
        return resized(values, steps or values.shape[1]), lengths

    def _texts(self, value: object, spec: TensorSpec) -> list[str] | None:
        """The texts that a request gives for an input; None where it gives none.

        Raises UserError for texts that the model cannot read.
        """
        several = value if isinstance(value, list) else [value]
        kinds = {isinstance(each, str) for each in several}
        if True not in kinds:
            if self.words is not None and not isinstance(value, list):
                raise UserError(
                    f"`{spec.name}` takes a text or a list of texts, or the ids of their words"
                )
            return None
        if self.words is None:
            raise UserError(
                f"`{spec.name}` holds something else than numbers: text, and this model keeps no "
                f"words; it takes {spec}"
            )
        if False in kinds:
            at = next(i for i, each in enumerate(several) if not isinstance(each, str))
            raise UserError(f"`{spec.name}` holds texts, and its value {at + 1} is none")
        texts = [each for each in several if isinstance(each, str)]
        empty = next((at for at, text in enumerate(texts) if not text.strip()), None)
        if empty is not None:
            which = f"its text {empty + 1}" if isinstance(value, list) else "it"
            raise UserError(f"`{spec.name}`: {which} is empty")
        return texts

    def pictures(self, files: Sequence[tuple[str, bytes]]) -> Given:
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
        return Given({spec.name: prepared(whole, self.made, spec.dtype)})

    def answer(self, given: Given, outputs: Mapping[str, Array]) -> dict[str, object]:
        """The outputs as JSON: the best classes of each sample, or the values of each output.

        Samples have as many steps as they were given with.
        """
        if not self.results.classes:
            steps = () if self.sequences is None else self.sequences.steps
            return {
                "outputs": {
                    name: _plain(array)
                    if given.lengths is None or name not in steps
                    else [_plain(each[:n]) for each, n in zip(array, given.lengths, strict=True)]
                    for name, array in outputs.items()
                }
            }
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


def _sequences(spec: TensorSpec, value: object) -> list[Array]:
    """The arrays `[steps, …]` of a list of samples, or of one sample."""
    own = value
    depth = 0
    while isinstance(own, list) and own:
        own, depth = own[0], depth + 1
    samples = [value] if depth == spec.rank - 1 else value
    if not isinstance(samples, list):
        raise UserError(f"`{spec.name}` holds something else than lists of numbers")
    found = []
    for at, each in enumerate(samples):
        array = _array(f"{spec.name}[{at}]", each)
        wanted = spec.shape[2:]
        have = array.shape[1:]
        if (
            not array.size
            or len(have) != len(wanted)
            or any(size not in (None, own) for size, own in zip(wanted, have, strict=True))
        ):
            raise UserError(
                f"`{spec.name}[{at}]` is [{', '.join(map(str, array.shape))}], but a sample of "
                f"`{spec.name}` {spec} is steps of {[*wanted] if wanted else 'one number'}"
            )
        found.append(array)
    if not found:
        raise UserError("there are no samples")
    return found


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
