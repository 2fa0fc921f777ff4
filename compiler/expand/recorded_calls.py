"""One call of a block or chain: a copy of an equal earlier one, or run and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...dsl.diagnostics.diagnostic import Frame
from ...dsl.diagnostics.trace import Trace
from ...dsl.record import record
from ...dsl.text.source import Span
from ..ir.paths import Spot
from .body import MAX_CALL_DEPTH, Body
from .keys import Key
from .replay import Recorded, inputs_of, replay, results_of
from .values import Poison, TensorValue, Value


@record
class RecordedCall:
    """A call that is about to be made by `caller`, with what tells it from others (`key`)."""

    caller: Body
    key: Key | None
    kept: Mapping[str, Value]
    """The values that the key names by identity."""
    name: str
    """What traces call it."""
    span: Span
    tensors: Sequence[TensorValue]
    spot: Spot

    def inside(self, args: str) -> Trace:
        """The calls around what this one runs; `args` are its arguments as traces show them."""
        return Trace(Frame(self.name, args, self.span), self.caller.trace)

    def copied(self) -> Value:
        """What an equal earlier call makes here; `NOT_MADE` where there was none."""
        expansion = self.caller.expansion
        graph, log = expansion.graph, expansion.log
        found = log.recorded.get(self.key) if self.key is not None else None
        if found is None or not found.fits(self.tensors, self.caller.calls, MAX_CALL_DEPTH):
            return NOT_MADE
        log.repeat(found, self.tensors)
        layers = 0 if found.made is None else found.made.size
        expansion.room(layers, self.span, self.caller.trace)
        return replay(graph, found, self.tensors, self.spot, self.inside(found.args))

    def run(
        self,
        make: Callable[[], Value],
        trace: Trace,
        called: frozenset[int],
        *,
        keep_faulty: bool,
    ) -> Value:
        """What `make` makes, remembered for equal calls; `called` are the definitions it runs.

        `trace` are the calls around what it runs. A call at fault is remembered only where that is
        meant: then its equals are not run, and find nothing of their own.
        """
        expansion = self.caller.expansion
        graph, log, tensors, spot = expansion.graph, expansion.log, self.tensors, self.spot
        first_uses = len(expansion.shared_used)
        inputs, mark, around = inputs_of(graph, tensors), graph.mark(), log.begin()
        result = make()
        depth, called = log.depth + 1, log.called | called
        results = results_of(result)
        log.passed += [ref for ref, _ in results if ref in inputs]
        passes = any(ref in inputs for ref in log.passed[around.passed :])
        tapped = any(ref in inputs for ref in log.tapped[around.tapped :])
        # The first use of a shared layer stands where the layer is made, and no other does.
        moves = spot.shared and len(expansion.shared_used) > first_uses
        labelled = passes and any(tensor.labels for tensor in tensors)
        faulty = isinstance(result, Poison)
        kept = keep_faulty or not faulty
        if self.key is not None and kept and not (tapped or moves or labelled):
            made = None if faulty else graph.close(mark, spot, trace, inputs, results)
            log.recorded[self.key] = Recorded(
                made,
                result,
                tuple(tensors),
                self.kept,
                trace.frame.args,
                depth,
                called,
                passes,
            )
        elif isinstance(result, TensorValue):
            graph.blocks[spot.path] = result.ref
        log.end(around, depth, called)
        return result


NOT_MADE = Poison()
"""Stands for the value of a call that has not been made."""
