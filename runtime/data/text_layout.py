"""How a column of text becomes ids of words; a model trained on text keeps it."""

from __future__ import annotations

import json
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.sources import FIRST_WORD
from ...dsl.text.escape import readable_json
from ..errors import UserError
from .text_table import Table

KEY = "netc.vocabulary"
"""The key of a model's metadata that holds it, as JSON."""
PADDING, UNKNOWN = "", "[UNK]"
"""What stands in a vocabulary for the ids 0 and 1, as Keras has it."""
PUNCTUATION = string.punctuation.encode()


def words(text: str) -> list[str]:
    """The words of a text: lower-cased, without punctuation, split at white space.

    As Keras's `TextVectorization` has it by default (`standardize="lower_and_strip_punctuation"`,
    `split="whitespace"`, keras/src/layers/preprocessing/text_vectorization.py): its case,
    punctuation and white space are those of ASCII, so `É` and `«` stay as they are.
    """
    # bytes know ASCII alone, as tf.strings.lower and tf.strings.split do.
    plain = text.encode().lower().translate(None, PUNCTUATION)
    return [word.decode() for word in plain.split()]


def vocabulary(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The words of texts by id: padding, unknown, then by falling frequency, `most` in all.

    Of words as frequent as each other that comes first which is sorted last by its UTF-8 bytes, as
    Keras's `adapt` has it (keras/src/layers/preprocessing/index_lookup.py, `finalize_state`).
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(words(text))
    ranked = sorted(counts, key=lambda word: (counts[word], word.encode()), reverse=True)
    return (PADDING, UNKNOWN, *ranked[: most - FIRST_WORD])


@dataclass(frozen=True)
class TextLayout:
    """The column of text, and the words whose ids the net gets."""

    column: str
    place: int
    named: bool
    """Whether the column is found by name; else by its place."""
    length: int | None
    """How many words of a text there are: further ones are cut off, others padded with 0; None:
    as many as the longest text has."""
    tokens: tuple[str, ...]
    """The words by id; the first two stand for padding and unknown."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of its column."""
        return (self.column,)

    @property
    def names(self) -> tuple[str, ...]:
        """What each value of a sample is called: nothing, since each is any word."""
        return ()

    @property
    def width(self) -> int | None:
        """How many values a sample has; None where texts differ."""
        return self.length

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each word."""
        return {word: FIRST_WORD + at for at, word in enumerate(self.tokens[FIRST_WORD:])}

    def found_in(self, table: Table) -> TextLayout:
        """The layout with the place of its column in another table. Raises UserError."""
        if not self.named or not table.named:
            table.place(self.place)
            return self
        place = table.place(self.column)
        return self if place == self.place else replace(self, place=place)

    def encode(self, table: Table, hint: str = "") -> Array:
        """The texts of a table as ids, `[rows, length]` int32.

        Raises UserError that names the line and the column of an empty cell.
        """
        return self.encode_texts(table.text(self.place, stripped=False))

    def encode_texts(self, texts: Sequence[str]) -> Array:
        """Texts as ids, `[texts, length]` int32."""
        found = [self.ids_of(text) for text in texts]
        length = self.length or max(1, *map(len, found))
        made = np.zeros((len(found), length), np.int32)
        for row, ids in enumerate(found):
            made[row, : len(ids)] = ids
        return made

    def ids_of(self, text: str) -> list[int]:
        """The ids of a text's words, as many as there may be."""
        return [self.ids.get(word, 1) for word in words(text)[: self.length]]

    @property
    def metadata(self) -> dict[str, str]:
        """What keeps it in a model."""
        return {KEY: readable_json(asdict(self))}


def text_layout_of(metadata: Mapping[str, str]) -> TextLayout | None:
    """The vocabulary that a model keeps; None where it keeps none. Raises UserError."""
    text = metadata.get(KEY)
    if text is None:
        return None
    try:
        found = json.loads(text)
        column, place, named, length = (
            found[key] for key in ("column", "place", "named", "length")
        )
        tokens = tuple(found["tokens"])
        good = (
            isinstance(column, str)
            and type(place) is int
            and place >= 0
            and isinstance(named, bool)
            and (length is None or (type(length) is int and length > 0))
            and isinstance(found["tokens"], list)
            and all(isinstance(each, str) for each in tokens)
            and tokens[:FIRST_WORD] == (PADDING, UNKNOWN)
        )
        if not good:
            raise ValueError(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f"the model's metadata `{KEY}` do not say what its words are") from error
    return TextLayout(column, place, named, length, tokens)
