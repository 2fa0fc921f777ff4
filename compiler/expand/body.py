"""The state of a net while it is expanded: the whole net's, and one block call's."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Fix, Related
from ...dsl.diagnostics.findings import Findings
from ...dsl.diagnostics.trace import Trace
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.source import Span
from ..ir.growing import GrowingGraph
from ..ir.paths import Place
from ..link.module import Module
from ..link.project import Project
from ..ops.base.op import Weight
from .limits import MAX_LAYERS as MAX_LAYERS
from .replay import Callee, CallLog
from .values import POISON, Poison, Value
from .work import Sizes

if TYPE_CHECKING:
    from ..causes.refused import Legality
    from ..causes.written import Written
    from .known_text import KnownText

MOST_OPENED = 50_000
"""How many layers can be looked at one by one, where a net may have so many."""
MAX_CALL_DEPTH = 100
MAX_DIM = 2**31 - 1
STEPS_FOR_A_LAYER, MOST_FOR_LAYERS = 160, 160_000
"""How many more steps a net may take for each layer it has, and how many at most."""
STEPS_FOR_A_CHARACTER = 4
"""How many more it may take for each character of its file, which holds a line for each layer."""
STEPS_A_FILE = 1_360_000
"""How many the nets of a file may take together, where one may have a million layers."""
STEPS_AT_ONCE = 200
"""How many are taken before they are held against the limits."""
STEPS_TO_MAKE, STEPS_TO_INFER = 16, 24
"""What a layer takes that is made, and one more whose types are new."""
STEPS_A_CALL, STEPS_A_BODY = 12, 32
STEPS_AN_OBJECT, STEPS_OF_ARGUMENTS, STEPS_A_FUNCTION = 8, 6, 2
"""What takes longer than a statement."""
STEPS_A_FAULT = 64
"""What a fault takes that is found again and again in a loop."""


def most_opened(max_layers: int) -> int:
    """The most layers of a net of which each is looked at."""
    return max(MOST_OPENED, max_layers // (MAX_LAYERS // MOST_OPENED))


class Stop(Exception):
    """Expansion cannot go on (a limit was passed); the diagnostic has been reported."""


Evaluator: TypeAlias = "Callable[[Body, Any, str, Place, frozenset[str]], Value]"
"""Evaluates one kind of expression: the body, the expression, the name that a layer it makes should
have, where it is made, and the bare words it may be."""


@record(frozen=False)
class Expansion:
    """The state of one net while it is expanded."""

    project: Project
    module: Module
    """The file the net stands in."""
    findings: Findings
    graph: GrowingGraph
    evaluators: Mapping[type, Evaluator]
    """What evaluates each kind of expression (`dispatch.py`)."""
    max_layers: int = MAX_LAYERS
    steps: int = 0
    evaluated: int = 0
    """How many expressions were evaluated, those inside others included."""
    sizes: Sizes = field(default_factory=Sizes)
    """What lists hold."""
    shared: dict[str, tuple[tuple[Weight, ...], Span]] = field(default_factory=dict)
    """The weights each shared layer got at its first use, and where that was."""
    shared_used: set[str] = field(default_factory=set)
    """The shared layers that have been used at least once."""
    objects: dict[Hashable, object] = field(default_factory=dict)
    """Operators already made, by call and argument values."""
    constant_depth: int = 0
    """How many constants are being evaluated, each for another."""
    constants: dict[int, Value] = field(default_factory=dict)
    """Values of `const`s, by identity; poison while one is being evaluated."""
    legality: Legality | None = None
    """Finds out for which sizes the net is legal, to explain its faults."""
    written: Written | None = None
    """The files of the project, once somebody looks for a cause in them."""
    log: CallLog = field(default_factory=CallLog)
    """The block calls that were run, so that equal ones are not."""
    aside: bool = False
    """Whether it is only tried, and not counted among the nets of its file."""
    known: dict[str, KnownText | None] = field(default_factory=dict)
    """What the texts of layers mean that came again; None for what came once."""
    allowed: int = 0
    """Up to how many steps nothing needs to be looked at."""
    _counted: int = 0
    """The steps that were added to those of the file."""

    def step(self, span: Span, trace: Trace | None, count: int = 1) -> None:
        """Counts work done. Raises Stop past the limit, so that every net ends soon."""
        self.steps += count
        if self.findings.full and span.source.path in self.findings.full:
            raise Stop
        if self.steps + self.evaluated > self.allowed:
            self._allow(span, trace)

    @property
    def done(self) -> int:
        """The steps so far, those that make layers left out; an expression is a quarter of one."""
        return self.steps + self.evaluated // 4

    def _allow(self, span: Span, trace: Trace | None) -> None:
        """Lets a net take some more steps. Raises Stop where it may not."""
        made = self.graph.made
        done = self.steps + 3 * self.evaluated // 4 + STEPS_TO_MAKE * made
        done += STEPS_TO_INFER * len(self.graph.inferred)
        if not self.aside:
            self.module.steps += done - self._counted
        self._counted = done
        written = STEPS_FOR_A_CHARACTER * len(self.module.file.source.text)
        most = (
            6 * self.max_layers // 5
            + min(STEPS_FOR_A_LAYER * len(self.graph), MOST_FOR_LAYERS)
            + written
        )
        whole = max(STEPS_A_FILE, 34 * self.max_layers // 25) + written
        if done > most or self.module.steps > whole:
            self.too_much(span, trace, "this takes too many steps to expand")
        left = min(most - done, whole - self.module.steps, STEPS_AT_ONCE)
        self.allowed = self.steps + self.evaluated + left

    def room(self, layers: int, span: Span, trace: Trace | None) -> None:
        """Makes sure that some more layers are within the limit. Raises Stop where they are not."""
        if len(self.graph) + layers > self.max_layers:
            self.too_much(span, trace, f"this net has more than {self.max_layers:,} layers")

    def too_much(self, span: Span, trace: Trace | None, message: str) -> None:
        """Reports that a limit is passed and stops. Raises Stop."""
        self.findings.fault(
            Code.EXPANSION_LIMIT,
            f"{message}: the limit is {self.max_layers:,} layers",
            span,
            "passed here",
            trace=trace,
            help="use fewer repetitions, or raise the limit with --max-layers",
        )
        raise Stop


@record(frozen=False)
class Body:
    """One call of a net or block: its names, its place in the graph, how it was reached."""

    expansion: Expansion
    module: Module
    definition: ast.Definition | None
    env: dict[str, Value] = field(default_factory=dict)
    labels: dict[str, Value] = field(default_factory=dict)
    labelled: dict[str, int] = field(default_factory=dict)
    """How often each label was given."""
    place: Place = field(default_factory=Place)
    trace: Trace | None = None
    set_at: dict[str, Span] = field(default_factory=dict)
    """The statement that set each variable."""
    calls: tuple[Callee, ...] = ()

    def label(self, name: str, value: Value) -> None:
        """Binds a label: the last one has its name; one given again is numbered, too, from 0."""
        given = self.labelled.get(name, 0)
        if given == 1:
            self.labels.setdefault(f"{name}_0", self.labels[name])
        if given:
            self.labels.setdefault(f"{name}_{given}", value)
        self.labelled[name] = given + 1
        self.env[name] = self.labels[name] = value

    def reported(self, code: Code, span: Span) -> bool:
        """Whether a fault was found before, so that nothing needs to be said of it.

        Whoever goes to some lengths to explain one asks first. Raises Stop past the limit.
        """
        if not self.expansion.findings.has(code, span):
            return False
        self.expansion.step(span, self.trace, STEPS_A_FAULT)
        return True

    def fault(
        self,
        code: Code,
        message: str,
        span: Span,
        label: str = "",
        *,
        related: tuple[Related, ...] = (),
        help: str = "",
        fix: Fix | None = None,
    ) -> Poison:
        """Reports a fault with this body's call chain; the faulty value is poison."""
        if self.reported(code, span):
            return POISON
        self.expansion.findings.fault(
            code, message, span, label, related=related, trace=self.trace, help=help, fix=fix
        )
        return POISON
