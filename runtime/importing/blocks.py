"""Finds what a chain repeats: blocks with parameters, chosen by what they save, and loops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .regions import Part
from .steps import Argument, Step, Value

LONGEST = 24
"""The most tokens that a block is made of."""
MOST_PARAMETERS = 6
ACTIVATIONS = frozenset(
    ["ReLU", "ReLU6", "Sigmoid", "Tanh", "GELU", "SiLU", "LeakyReLU", "HardSiLU", "ELU", "Clip"]
)
SHORT = {
    "kernel_size": "kernel",
    "pool_size": "pool",
    "num_heads": "heads",
    "key_dim": "key",
    "target_shape": "shape",
    "dilation_rate": "dilation",
    "return_sequences": "sequences",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One link of a chain: a part, a call of a block, or a link that is repeated."""

    sign: object
    """Equal for links that differ in numbers alone."""
    numbers: tuple[Argument, ...]
    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    entry: Value
    part: Part | None = None
    block: Block | None = None
    rounds: tuple[tuple[Token, ...], ...] = ()

    @property
    def lead(self) -> bool:
        """Whether a block may well begin with it."""
        return self.part is None or self.part.steps[0].op not in ACTIVATIONS


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A block: its links as they were first met, its parameters, what stands at each number."""

    name: str
    tokens: tuple[Token, ...]
    parameters: tuple[str, ...]
    texts: tuple[str, ...]
    """For each number of the links, in order: itself, a parameter, or a multiple of one."""


def tokens_of(parts: Sequence[Part]) -> list[Token]:
    """The links of a chain; what reads more than its entry, or is read again, is like no other."""
    owners = {id(s.shared) for each in parts for s in each.steps if s.shared is not None}
    again = [any(id(step) in owners for step in each.steps) for each in parts]
    return [
        Token(
            each.skeleton if each.closed and not again[at] else ("open", at),
            each.numbers,
            each.roles,
            each.steps,
            each.entry,
            part=each,
        )
        for at, each in enumerate(parts)
    ]


def fold(tokens: list[Token], taken: set[str]) -> tuple[list[Token], list[Block]]:
    """The chain with its repeats as blocks and loops, and the blocks, inner ones first."""
    blocks: list[Block] = []
    while True:
        best = _best(tokens)
        if best is None:
            break
        places, length = best
        found = [tuple(tokens[at : at + length]) for at in places]
        parameters, texts, arguments, roles = _unified(found)
        name = _named(found[0], taken)
        block = Block(name, found[0], parameters, texts)
        blocks.append(block)
        made: list[Token] = []
        at = 0
        calls = dict(zip(places, zip(found, arguments, strict=True), strict=True))
        while at < len(tokens):
            if at in calls:
                links, given = calls[at]
                steps = tuple(step for link in links for step in link.steps)
                call = Token(("call", name), given, roles, steps, links[0].entry, block=block)
                made.append(call)
                at += length
            else:
                made.append(tokens[at])
                at += 1
        tokens = made
    return _looped(_repeated(tokens)), blocks


def _best(tokens: Sequence[Token]) -> tuple[list[int], int] | None:
    """Where the links stand that save most as a block, and how many they are."""
    best: tuple[float, list[int], int] | None = None
    for length in range(1, min(LONGEST, len(tokens) // 2) + 1):
        at_sign: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for at in range(len(tokens) - length + 1):
            window = tokens[at : at + length]
            sign = tuple(token.sign for token in window)
            places = at_sign[sign]
            if not places or at >= places[-1] + length:
                places.append(at)
        for places in at_sign.values():
            if len(places) < 2:
                continue
            window = tokens[places[0] : places[0] + length]
            if _cuts_a_run(tokens, places, length):
                continue
            weight = sum(_size(token) for token in window)
            if weight < 3:
                continue
            found = [tuple(tokens[at : at + length]) for at in places]
            parameters, *_ = _unified(found)
            if len(parameters) > MOST_PARAMETERS:
                continue
            saved = (len(places) - 1) * weight - 3 - len(places) * (1 + 0.3 * len(parameters))
            saved += 0.5 * window[0].lead
            if saved > 0 and (best is None or saved > best[0]):
                best = (saved, places, length)
    return None if best is None else (best[1], best[2])


def _cuts_a_run(tokens: Sequence[Token], places: Sequence[int], length: int) -> bool:
    """Whether a window holds calls of one block in a row, or ends within them: `* n` says that."""
    for at in places:
        pairs = zip(tokens[at : at + length], tokens[at + 1 : at + length + 1], strict=False)
        if any(a.block is not None and a.sign == b.sign for a, b in pairs):
            return True
    return False


def _size(token: Token) -> float:
    return 1.0 if token.block else float(len(token.part.steps)) if token.part else 1.0


def _unified(
    found: Sequence[tuple[Token, ...]],
) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[Argument, ...]], tuple[str, ...]]:
    """The parameters, what stands at each number, and what each place gives for the parameters."""
    rows = [[number for token in links for number in token.numbers] for links in found]
    roles = [role for token in found[0] for role in token.roles]
    columns = list(zip(*rows, strict=True))
    texts: list[str] = [""] * len(columns)
    bases: list[int] = []
    names: list[str] = []
    varying = [at for at, column in enumerate(columns) if len(set(map(str, column))) > 1]
    whole = {at for at in varying if all(isinstance(item, int) for item in columns[at])}
    for at, column in enumerate(columns):
        if at not in varying:
            named = not isinstance(column[0], int)
            texts[at] = str(column[0])
            if named:
                bases.append(at)
                names.append(_fresh(SHORT.get(roles[at], roles[at]), names))
                texts[at] = names[-1]
    # Smaller ones first, so that others are multiples of them.
    for at in sorted(varying, key=lambda at: (at not in whole, str(columns[at][0]).zfill(9), at)):
        for base, name in zip(bases, names, strict=True):
            factor = _factor(columns[at], columns[base]) if {at, base} <= whole else None
            if factor is None and columns[at] == columns[base]:
                factor = 1
            if factor is not None:
                texts[at] = name if factor == 1 else f"{factor} * {name}"
                break
        else:
            bases.append(at)
            names.append(_fresh(SHORT.get(roles[at], roles[at]), names))
            texts[at] = names[-1]
    order = sorted(range(len(bases)), key=lambda place: bases[place])
    given = [tuple(row[bases[place]] for place in order) for row in rows]
    return (
        tuple(names[place] for place in order),
        tuple(texts),
        given,
        tuple(roles[bases[place]] for place in order),
    )


def _factor(column: Sequence[Argument], base: Sequence[Argument]) -> int | None:
    """How many times the base a column is, everywhere."""
    first, under = column[0], base[0]
    if not isinstance(first, int) or not isinstance(under, int) or under == 0 or first % under:
        return None
    factor = first // under
    same = all(
        isinstance(a, int) and isinstance(b, int) and a == factor * b
        for a, b in zip(column, base, strict=True)
    )
    return factor if same and factor > 0 else None


def _fresh(name: str, taken: Sequence[str]) -> str:
    result, count = name, 2
    while result in taken:
        result, count = f"{name}_{count}", count + 1
    return result


def _repeated(tokens: Sequence[Token]) -> list[Token]:
    """Calls of a block with the same numbers, one after the other, as one that is repeated."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        token, end = tokens[at], at + 1
        if token.block is not None:
            while end < len(tokens) and _same(tokens[end], token):
                end += 1
        if token.block is not None:
            run = tuple((each,) for each in tokens[at:end])
            steps = tuple(step for each in tokens[at:end] for step in each.steps)
            made.append(
                Token(
                    ("times", token.sign),
                    (*token.numbers, end - at),
                    (*token.roles, "depth"),
                    steps,
                    token.entry,
                    block=token.block,
                    rounds=run,
                )
            )
        else:
            made.append(token)
        at = end
    return made


def _same(a: Token, b: Token) -> bool:
    return a.sign == b.sign and a.numbers == b.numbers


def _looped(tokens: Sequence[Token]) -> list[Token]:
    """Rounds of a few links that differ in numbers alone, as loops."""
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        best = (0, 1, 1)
        for period in range(1, 9):
            rounds = 1
            first = tokens[at : at + period]
            if len(first) < period:
                break
            signs = [token.sign for token in first]
            if not any(token.block for token in first):
                continue
            while [
                token.sign for token in tokens[at + rounds * period : at + (rounds + 1) * period]
            ] == signs:
                rounds += 1
            saved = (rounds - 1) * period - 3
            if rounds > 1 and saved > best[0] and _few(tokens, at, period, rounds):
                best = (saved, period, rounds)
        saved, period, rounds = best
        if saved <= 0:
            made.append(tokens[at])
            at += 1
            continue
        each = tuple(tuple(tokens[at + k * period : at + (k + 1) * period]) for k in range(rounds))
        steps = tuple(step for one in each for token in one for step in token.steps)
        made.append(Token(("for", at), (), (), steps, tokens[at].entry, rounds=each))
        at += period * rounds
    return made


def _few(tokens: Sequence[Token], at: int, period: int, rounds: int) -> bool:
    found = [tuple(tokens[at + k * period : at + (k + 1) * period]) for k in range(rounds)]
    return len(_unified(found)[0]) <= MOST_PARAMETERS


def unified(
    found: Sequence[tuple[Token, ...]],
) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[Argument, ...]]]:
    """The same for the rounds of a loop: its variables, the texts, the values of each round."""
    parameters, texts, given, _ = _unified(found)
    return parameters, texts, given


NAMES: Sequence[tuple[str, Mapping[str, int]]] = (
    ("Transformer", {"MultiHeadAttention": 1, "+": 2}),
    ("Attention", {"MultiHeadAttention": 1}),
    ("InvertedResidual", {"DepthwiseConv2D": 1, "+": 1}),
    ("Separable", {"DepthwiseConv2D": 1}),
    ("Bottleneck", {"Conv2D": 3, "+": 1}),
    ("Residual", {"+": 1}),
    ("Dense", {"Concatenate": 1, "Conv2D": 1}),
    ("Join", {"Concatenate": 1}),
    ("Conv", {"Conv2D": 1}),
    ("Conv", {"Conv1D": 1}),
    ("Feed", {"Dense": 1}),
)
"""What a block is called by the layers it has: the first line of which it has all."""


def _named(links: Sequence[Token], taken: set[str]) -> str:
    """A name in the field's words."""
    counts: dict[str, int] = defaultdict(int)
    causal = False
    for link in links:
        for step in link.steps:
            counts[step.op] += 1
            causal |= bool(step.args.get("use_causal_mask"))
    word = next(
        (name for name, least in NAMES if all(counts[op] >= n for op, n in least.items())), "Stage"
    )
    if word == "Transformer":
        word = "Decoder" if causal else "Encoder"
    if word == "Dense":
        word = "DenseUnit"
    result, count = f"{word}Block" if word in ("Conv", "Feed", "Join", "Attention") else word, 2
    base = result
    while result in taken:
        result, count = f"{base}{count}", count + 1
    taken.add(result)
    return result
