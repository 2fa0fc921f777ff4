"""A model as a row of tokens: steps, calls of blocks, and loops over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....compiler.shapes.dims import Sym
from ..order import items_of
from ..steps import Argument, Step, Value

FOLLOWERS = frozenset(
    (
        "ReLU",
        "ReLU6",
        "Sigmoid",
        "Tanh",
        "GELU",
        "SiLU",
        "Mish",
        "LeakyReLU",
        "PReLU",
        "HardSiLU",
        "HardSigmoid",
        "ELU",
        "Clip",
        "Softmax",
        "BatchNormalization",
        "Dropout",
        "index",
        *("+", "-", "*", "/", "**", "negative"),
    )
)
"""What stands behind another layer on its line, and seldom begins a block."""


@dataclass(frozen=True, eq=False, slots=True)
class Token:
    """One step, a call of a block, or a loop: what it reads, and what it gives."""

    sign: object
    """Equal for tokens that differ in numbers alone."""
    numbers: tuple[Argument, ...]
    """Integers and sizes of its arguments, in their order: what may differ."""
    roles: tuple[str, ...]
    """The arguments that they are of."""
    steps: tuple[Step, ...]
    entries: tuple[Value, ...]
    exits: tuple[Value, ...]
    block: Block | None = None
    inner: tuple[Token, ...] = ()
    """What a call stands for."""
    rounds: tuple[tuple[Token, ...], ...] = ()
    """The rounds of a loop, or the calls of a block that follow each other."""

    @property
    def lead(self) -> bool:
        """Whether a block may well begin with it."""
        return self.block is not None or self.steps[0].op not in FOLLOWERS

    @property
    def size(self) -> float:
        """How much text it is, as a part of a line."""
        if self.block is not None:
            return 1.0 if len(self.entries) == 1 else 1.5
        step = self.steps[0]
        if not step.inputs and step.op != "weight":
            return 0.2
        return 1.0 if self.lead else 0.7


@dataclass(frozen=True, eq=False, slots=True)
class Optional:
    """Tokens of a block that are there on a condition; else a value stands for their result."""

    first: int
    last: int
    """The place behind the last token."""
    instead: Value
    exit: Value
    condition: str


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A block: its tokens as they were first met, its parameters, what stands at each number."""

    name: str
    tokens: tuple[Token, ...]
    entries: tuple[Value, ...]
    exits: tuple[Value, ...]
    parameters: tuple[str, ...]
    texts: tuple[str, ...]
    """For each number of the tokens, in order: itself, a parameter, or a multiple of one."""
    optional: Optional | None = None
    flag: str = ""
    """The parameter that is true or false, if there is one."""


def tokens_of(steps: Sequence[Step]) -> list[Token]:
    """Each step as a token. One whose weights are shared, or that names sizes, is like no other."""
    owners = {id(step.shared) for step in steps if step.shared is not None}
    return [_token(step, bool(step.shared or step.inner) or id(step) in owners) for step in steps]


def _token(step: Step, alone: bool) -> Token:
    numbers: list[Argument] = []
    roles: list[str] = []
    entries = tuple(dict.fromkeys(step.inputs))
    skeleton: list[object] = [
        (name, collected(value, name if isinstance(name, str) else "size", numbers, roles))
        for name, value in step.args.items()
    ]
    if step.op == "weight":
        skeleton = [collected(list(step.types[0].shape), "size", numbers, roles)]
    if step.op == "index":
        alone |= any(
            isinstance(dim, Sym)
            for item in items_of(step)
            for dim in (item.index, item.start, item.stop)
        )
    sign = (
        step.op,
        step.tensors,
        tuple(map(entries.index, step.inputs)),
        tuple((value.type.dtype, value.type.rank) for value in entries),
        tuple(skeleton),
        tuple(sorted(step.weights)),
        tuple((type.dtype, type.rank) for type in step.types),
        id(step) if alone else 0,
    )
    exits = tuple(Value(step, index) for index in range(len(step.types)))
    return Token(sign, tuple(numbers), tuple(roles), (step,), entries, exits)


def collected(value: Argument, role: str, numbers: list[Argument], roles: list[str]) -> object:
    """The value without its integers, which are collected with the argument they are of."""
    if isinstance(value, list | tuple):
        return (type(value).__name__, *(collected(item, role, numbers, roles) for item in value))
    if isinstance(value, Sym) or (isinstance(value, int) and not isinstance(value, bool)):
        numbers.append(value)
        roles.append(role)
        return int
    return value if isinstance(value, str | float | bool | None) else str(value)


def uses_of(tokens: Sequence[Token], exits: Sequence[Value]) -> Mapping[Value, int]:
    """How often each value is read by tokens, or given back."""
    uses: Counter[Value] = Counter(exits)
    for token in tokens:
        uses.update(token.steps[0].inputs if _is_step(token) else token.entries)
    return uses


def last_reads(tokens: Sequence[Token], results: Sequence[Value]) -> Mapping[Value, int]:
    """The place of the token that reads each value last; behind all where it is a result."""
    last = {value: at for at, token in enumerate(tokens) for value in token.entries}
    return last | dict.fromkeys(results, len(tokens))


def makers(tokens: Sequence[Token]) -> Mapping[Value, tuple[int, int]]:
    """The place of the token that makes each value, and which of its exits that is."""
    return {v: (at, k) for at, token in enumerate(tokens) for k, v in enumerate(token.exits)}


def _is_step(token: Token) -> bool:
    return token.block is None and not token.rounds
