"""Sequences that are dropped, kept, or not there: recurrent layers and embeddings."""

from __future__ import annotations

from ...dsl.syntax import ast
from ..ops.core.embedding import Embedding
from ..shapes.dims import Dim
from ..shapes.types import TensorType, show_shape
from .places import Place, fitting, held, own, places
from .refused import Cause, Refused
from .whatif import line_behind
from .written import before_stage, shown, with_argument

IDS = ("int32", "int64")


def sequence_dropped(refused: Refused) -> Cause | None:
    """A recurrent layer in front gives its last state alone."""
    for given in refused.inputs:
        for place in places(refused, own(refused, line_behind(refused.graph, given.ref))):
            if getattr(place.op, "return_sequences", None) is not False:
                continue
            if not fitting(refused, place.otherwise(return_sequences=True)):
                continue
            fix = with_argument(place.expr, place.op, "return_sequences", "true")
            again = place.span == refused.span
            who = f"the {refused.who} behind it" if refused.promise is None else refused.who
            return refused.changed_at(
                place.span,
                f"`{place.op.name}` gives its last state alone, and {who} wants every step",
                _becomes(refused, place),
                "give it `return_sequences=true`; behind the last one `-> GlobalAveragePooling1D` "
                "makes a vector of the steps"
                if again
                else f"write `{shown(place.expr, [fix])}`",
                None if again else fix,
            )
    return None


def sequence_kept(refused: Refused) -> Cause | None:
    """The last recurrent layer gives every step where a vector is wanted."""
    ranks = {one.type.rank for one in refused.inputs}
    if refused.promise is None and len(ranks) < 2:
        return None
    for given in refused.inputs:
        for place in places(refused, own(refused, line_behind(refused.graph, given.ref))):
            if getattr(place.op, "return_sequences", None) is not True:
                continue
            if not fitting(refused, place.otherwise(return_sequences=False)):
                continue
            fix = with_argument(place.expr, place.op, "return_sequences", "false")
            return refused.changed_at(
                place.span,
                f"`{place.op.name}` gives every step, and {refused.who} wants one vector",
                _becomes(refused, place),
                f"write `{shown(place.expr, [fix])}`, or put `-> GlobalAveragePooling1D` behind "
                "the layer",
                fix,
            )
    return None


def _becomes(refused: Refused, place: Place) -> str:
    node = place.nodes[0]
    before = show_shape(refused.graph.type(node.inputs[0]).shape)
    return f"{before} becomes {show_shape(node.outputs[0].shape)}"


def embedding_missing(refused: Refused) -> Cause | None:
    """The numbers of words go where a vector for each is needed."""
    for index in refused.at_fault:
        given = refused.given[index]
        if given.type.dtype not in IDS or given.type.rank != 2:
            continue
        width = refused.promise.sizes[-1] if refused.promise is not None else None
        table = Embedding(2, width if isinstance(width, int) and width > 0 else 4)
        types = [one.type for one in refused.given]
        types[index] = TensorType("float32", given.type.shape)
        if refused.accepts(types):
            # Numbers that are no names of things will do, too.
            continue
        types[index] = table.infer(given.type)[0]
        if not refused.accepts(types):
            continue
        node = refused.graph.node(given.ref.node)
        name = f"`{node.path}`" if node.op is None else "what comes in"
        return Cause(
            refused.span,
            f"{name} holds whole numbers, {given.type}, and {refused.layer} takes a vector for "
            "each: an `Embedding` is missing",
            f"gets {given.type}",
            "put `-> Embedding(input_dim, output_dim)` before it: how many numbers there are, and "
            "how long the vector of each is",
        )
    return None


def maps_into_steps(refused: Refused) -> Cause | None:
    """A recurrent layer gets pictures: their rows or columns can be its steps."""
    if refused.op is None or len(refused.at_fault) != 1:
        return None
    inner = refused.op
    while held(inner) is not inner:
        inner = held(inner)
    given = refused.inputs[0]
    shape = given.type.shape
    if not hasattr(inner, "return_sequences") or inner.rank != 3 or len(shape) != 4:
        return None
    _, height, width, channels = shape
    ways: dict[str, str] = {}
    if isinstance(width * channels, int):
        ways["rows"] = f"Reshape(({_steps(height)}, {width * channels}))"
    if isinstance(height * channels, int):
        turned = f"Permute((2, 1, 3)) -> Reshape(({_steps(width)}, {height * channels}))"
        ways["columns"] = turned
    wanted = _promised_steps(refused)
    first = "rows" if "columns" not in ways or (height == wanted != width) else "columns"
    others = [f"`-> {text}` for the {of}; " for of, text in ways.items() if of != first]
    alone = f"`TimeDistributed({inner.name}(…))` reads each row alone"
    stage = refused.written.stage(refused.span)
    return Cause(
        refused.span,
        f"`{inner.name}` takes steps, [batch, time, features], and gets maps: {show_shape(shape)}",
        f"gets {show_shape(shape)}",
        f"put `-> {ways[first]}` before it, so that the {first} are the steps; {''.join(others)}"
        + alone
        if ways
        else f"{alone}; for one sequence of all give the sides of the maps numbers",
        before_stage(stage, ways[first]) if ways and stage is not None else None,
    )


def _steps(size: Dim) -> Dim:
    """How many steps a `Reshape` makes: -1 is what is left."""
    return size if isinstance(size, int) else -1


def _promised_steps(refused: Refused) -> Dim | None:
    """How many steps the net's result has, where it has steps and says so in numbers."""
    for result in refused.net.results or ():
        dims = result.type.dims
        if len(dims) == 3 and isinstance(dims[1], ast.Number) and isinstance(dims[1].value, int):
            return dims[1].value
    return None
