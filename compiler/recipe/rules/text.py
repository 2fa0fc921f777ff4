"""Whether a column of text fits the net: integers, a length, and an end to its vocabulary."""

from __future__ import annotations

from ....dsl.diagnostics.diagnostic import Fix
from ....dsl.diagnostics.edits import argument_added
from ..objects.sources import FIRST_WORD, csv
from ..prepared import most_tokens, padded_to_longest, table_rows, text_length
from ..read.case import Case, Given
from .data import misfit

DTYPES = ("int32", "int64")
"""What the ids of words may be."""


def check_text(case: Case) -> None:
    """Reports a text for an input that takes none, and lengths and counts that do not fit."""
    source, given = case.data, case.given.get("data")
    graph = case.checked.graph
    if not isinstance(source, csv) or given is None or source.text is None:
        return
    if len(graph.inputs) != 1:
        return
    name = graph.inputs[0]
    type = graph.node(name).outputs[0]
    if type.rank != 2 or type.dtype not in DTYPES:
        _misfit(
            case,
            given,
            "text",
            f"a text becomes the ids of its words, and `{name}` is {type}",
            "a net takes text as int32[N, T], with an `Embedding` behind it",
        )
        return
    _check_length(case, given, source, name)
    _check_vocabulary(case, given, source, name)


def _check_length(case: Case, given: Given, source: csv, name: str) -> None:
    """Reports a length of texts that nothing says, or that is not the input's."""
    graph = case.checked.graph
    type, length = graph.node(name).outputs[0], text_length(source, graph)
    if length is None and not padded_to_longest(source):
        _misfit(
            case,
            given,
            "text",
            f"`{name}` is {type}, which leaves open how many words of a text there are",
            "give a number: `length=200`",
            argument_added(given.span, "length=200"),
        )
    elif source.length not in (None, length) and length is not None:
        _misfit(
            case,
            given,
            "length",
            f"`length` is {source.length}, and `{name}` is {type}",
            "remove `length`: texts get the size of the input",
        )


def _check_vocabulary(case: Case, given: Given, source: csv, name: str) -> None:
    """Reports a number of words that nothing says, or that the table of the net does not hold."""
    graph = case.checked.graph
    rows = table_rows(graph, name)
    if most_tokens(source, graph) is None:
        _misfit(
            case,
            given,
            "text",
            f"nothing says how many words the net knows: no `Embedding` reads `{name}`",
            "give a number: `max_tokens=10000`",
            argument_added(given.span, "max_tokens=10000"),
        )
    elif rows is not None and rows <= FIRST_WORD:
        _misfit(
            case,
            given,
            "text",
            f"the `Embedding` behind `{name}` has {rows} row{'s' * (rows != 1)}, and 0 is padding "
            "and 1 an unknown word",
            "give it a row for each word that the net is to know, such as 10000",
        )
    elif rows is not None and source.max_tokens is not None and source.max_tokens > rows:
        _misfit(
            case,
            given,
            "max_tokens",
            f"`max_tokens` is {source.max_tokens}, and the `Embedding` behind `{name}` has {rows} "
            "rows",
            "remove `max_tokens`: there are as many ids as rows",
        )


def _misfit(
    case: Case, given: Given, argument: str, message: str, help: str, fix: Fix | None = None
) -> None:
    label = "this text" if argument == "text" else "does not fit"
    misfit(case, given.argument(argument), label, message, help, fix)
