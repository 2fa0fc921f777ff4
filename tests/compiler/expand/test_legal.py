"""For which numbers nets are legal, beside building them number by number."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.expand.expand import build_net
from netc.compiler.expand.legal import legal_sizes
from netc.compiler.headroom import headroom
from netc.compiler.legal.sets import SizeSet
from netc.compiler.legal.text import legal_text, set_text
from netc.compiler.link.module import Defined, Module
from netc.compiler.link.project import Project
from netc.compiler.sizes import size_files
from netc.dsl.diagnostics.findings import Findings

from tests.places import MODELS

UNET = (MODELS / "unet.net").read_text(encoding="utf-8").partition("expect UNet")[0]
NAMED_UNET = UNET.replace("[N, size, size, channels]", "[N, H, W, channels]").replace(
    "[N, size - 184, size - 184, classes]", "[N, H - 184, W - 184, classes]"
)
"""The U-Net as published, of any size."""


def loaded(text: str) -> tuple[Project, Module]:
    path = Path("/nowhere/net.net")
    project = Project(path.parent, overlay={path: text})
    module = project.load(path)
    assert module is not None, project.diagnostics
    return project, module


def text_of(text: str) -> str:
    """What is legal for the one net of a file."""
    project, module = loaded(text)
    (net,) = module.nets
    legal = legal_sizes(project, Defined(module, net), {})
    return "at fault" if legal is None else legal_text(legal)


def body(inputs: str, statements: str) -> str:
    return f"net Net({inputs}) {{\n  {statements}\n}}\n"


PICTURE = "x: float32[N, H, W, 3]"
TWO = "x: float32[N, T, 3], y: float32[N, S, 3]"


@pytest.mark.parametrize(
    ("inputs", "statements", "expected"),
    [
        (PICTURE, "return x -> Conv2D(8, 3)", "H, W from 3; any N"),
        (PICTURE, "return x -> Conv2D(8, 3, strides=2, padding=same)", "any H, N, W"),
        (PICTURE, "return x -> Cropping2D((3, 1))", "H from 7; W from 3; any N"),
        (PICTURE, "return x -> SpaceToDepth(4)", "H, W = 4 n, from 4; any N"),
        (PICTURE, "return x -> ReflectionPadding2D(2)", "H, W from 3; any N"),
        (PICTURE, "return x[:, 9]", "H from 10; any N, W"),
        (PICTURE, "return x[:, :, 2:-2]", "W from 5; any H, N"),
        (
            PICTURE,
            "return x + (x -> Permute([2, 1, 3]))",
            "W = H or W = 1 or H = 1; H, N, W from 1",
        ),
        (
            PICTURE,
            "return (x, x -> MaxPooling2D(2) -> UpSampling2D(2)) -> Concatenate",
            "H, W = 2 n, from 2; any N",
        ),
        (
            PICTURE,
            "return x + (x -> MaxPooling2D(3) -> UpSampling2D(3))",
            "H, W = 3 n, from 3; any N",
        ),
        (PICTURE, "return x -> Reshape((H * W // 6 * 6, 3))", "undecided"),
        (
            PICTURE,
            "return x -> MaxPooling2D(2) -> UpSampling2D(2) -> Reshape((H * W, 3))",
            "H, W = 2 n, from 2; any N",
        ),
        ("x: float32[N, 3 * H - 5]", "return x", "H from 2; any N"),
        ("x: float32[N, T], y: float32[N, S]", "return x * y", "T = S or T = 1 or S = 1; N, S"),
        (
            "x: float32[N, T, 3], y: float32[N, S, 3]",
            "return (x, y) -> Concatenate(axis=-1)",
            "T = S; any N, S",
        ),
        (
            "x: float32[N, T, 3], y: float32[N, S, 3]",
            "return ((x -> Conv1D(3, 4), y) -> Concatenate)",
            "T = S + 3; any N, S",
        ),
        (
            TWO,
            "return (x, y) -> Concatenate(axis=1) -> Reshape((96, 3))",
            "S from 1 to 95; T = 96 - S; any N",
        ),
        (
            TWO,
            "return (x -> MaxPooling1D(2), y -> MaxPooling1D(2)) -> Concatenate(axis=1)"
            " -> Reshape((48, 3))",
            "S, T from 2 to 95; floor(S/2) + floor(T/2) = 48; any N",
        ),
        (
            TWO,
            "return (x -> MaxPooling1D(4) -> UpSampling1D(4), y -> MaxPooling1D(6)"
            " -> UpSampling1D(6)) -> Concatenate(axis=1) -> Reshape((12, 3))",
            "no N and S and T",
        ),
        (TWO, "return x[:, :T - 2 * S]", "T >= 2*S + 1; N, S from 1"),
        (
            PICTURE,
            "return x -> MaxPooling2D(4) -> Reshape((-1, 3)) -> Dense(8)",
            "H, W from 4; any N",
        ),
        (
            PICTURE,
            "t = x -> MaxPooling2D(4) -> Reshape((-1, 3))\n  return t -> PositionEmbedding(196)",
            "H, W from 4; any N; undecided: floor(H/4)*floor(W/4) <= 196",
        ),
        (
            "x: float32[N, T, 3], y: float32[N, S, 3], z: float32[N, K, 3]",
            "return ((x, y) -> Concatenate(axis=1)) + z",
            "S + T = K or K = 1; K, N, S, T",
        ),
        (
            "x: float32[N, T, 3], y: float32[N, S, 3], z: float32[N, K, 3]",
            "return ((x, y) -> Concatenate(axis=1), (z, z) -> Concatenate(axis=1)) -> Concatenate",
            "S + T = 2*K; K, N, S, T from 1",
        ),
        ("x: int32[N, T]", "return x -> Embedding(9, 4) -> PositionEmbedding(5)", "T from 1 to 5"),
        ("x: float32[N, T]", "return x -> TopK(4)", "T from 4; any N"),
        ("x: float32[N, T, 4]", "return x -> Dense(T)", "at fault"),
        (
            PICTURE,
            "if shape(x) == [2, H, 8, 3] {\n    return x\n  }\n  return x -> Conv2D(4, 3)",
            "undecided: what a comparison",
        ),
    ],
)
def test_a_rule_says_what_it_needs(inputs: str, statements: str, expected: str) -> None:
    assert expected in text_of(body(inputs, statements))


def test_the_published_unet() -> None:
    assert text_of(NAMED_UNET) == "H, W = 16 n + 188, from 188; any N"


def test_named_sizes_that_a_block_declares() -> None:
    text = """
    block Half(x: [N, 2 * h, 2 * w, C]) -> [N, h, w, C] { return x -> MaxPooling2D(2) }
    net Net(x: float32[N, H, W, 3]) { return x -> Half -> Half -> Half }
    """
    assert text_of(text) == "H, W = 8 n, from 8; any N"


HALF = "block Half(x: [N, 2 * h, C]) -> [N, h, C] { return x -> MaxPooling1D(2) }\n"


@pytest.mark.parametrize(
    ("inputs", "statements", "expected"),
    [
        (
            TWO,
            "return (x -> Half -> Half, y -> Half) -> Concatenate",
            "S = 2 n, from 2; T = 4 n, from 4; T = 2*S; any N",
        ),
        (
            TWO + ", z: float32[N, K, 3]",
            "xy = (x -> Half -> Half, y -> Half) -> Concatenate(axis=1)\n"
            "  return (xy, z -> Half) -> Concatenate",
            "K = 2 n + 4, from 4; S = 2 n, from 2; T = 4 n, from 4; 2*S + T = 2*K; any N",
        ),
        (
            TWO,
            "xy = (x -> Half -> Half, x -> Half -> Half, y -> Half) -> Concatenate(axis=1)\n"
            "  return xy -> Reshape((40, 3))",
            "S, T = 4 to 76 by 4; S + T = 80; any N",
        ),
    ],
)
def test_what_is_known_of_names_makes_ties_plain(
    inputs: str, statements: str, expected: str
) -> None:
    """Sums whose floors are exact, as both sizes are even."""
    assert text_of(HALF + body(inputs, statements)) == expected


def legal(project: Project, module: Module, name: str, values: dict[str, int]) -> bool:
    (net,) = [net for net in module.nets if net.name.name == name]
    findings = Findings()
    with headroom():
        grown = build_net(project, module, net, findings, values)
    return grown is not None and not findings.diagnostics


def differing(path: Path, name: str, size: str, numbers: SizeSet, most: int) -> list[int]:
    """The numbers around the ends of a set for which a net is legal, and the set says it is not."""
    project = Project(path.parent)
    module = project.load(path)
    assert module is not None
    first = numbers.first() or 1
    near = {n for n in range(first - 2, first + 3) if n >= 1}
    near |= {n for n in (511, 512, 513, 1024, 1025) if size == "T"}
    tried = near.union(range(1, most + 1))
    return [n for n in tried if legal(project, module, name, {size: n}) != (n in numbers)]


def shipped(most: int) -> int:
    """Tries numbers for the sizes of all shipped nets; returns how many sizes were tried."""
    count = 0
    for path in sorted(MODELS.glob("*.net")):
        for sizes in size_files([path]):
            assert sizes.legal is not None
            assert not sizes.legal.undecided, path
            named = {name: sizes.legal.of(name) for name in sizes.legal.names}
            for name, numbers in {**named, **sizes.parameters}.items():
                assert numbers is not None
                if most or not numbers.everything:
                    tried = min(most, 6) if numbers.everything else most
                    wrong = differing(path, sizes.net, name, numbers, tried)
                    assert not wrong, (path.name, sizes.net, set_text(numbers.canonical()), wrong)
                    count += 1
    return count


def test_shipped_nets_are_legal_as_they_say() -> None:
    assert shipped(0) >= 15


@pytest.mark.slow
def test_every_size_of_the_shipped_nets() -> None:
    assert shipped(40) > 100


DEEP = 8


def deep(padding: str) -> str:
    """A U-Net that halves its picture eight times."""
    down = [
        f"x{i} = x -> Conv2D(4, 3{padding}) * 2\n  x = x{i} -> MaxPooling2D(2)" for i in range(DEEP)
    ]
    up = [f"x = Up(x, x{i}) -> Conv2D(4, 3{padding}) * 2" for i in reversed(range(DEEP))]
    return (
        "block Up(x: [N, h, w, C], skip: [N, H, W, D]) {\n"
        "  up = x -> UpSampling2D(2)\n"
        "  return (skip -> Cropping2D((H // 2 - h, W // 2 - w)), up) -> Concatenate\n}\n"
        + body(PICTURE, "\n  ".join([*down, *up, "return x"]))
    )


def test_a_unet_eight_deep() -> None:
    assert text_of(deep("")) == "H, W = 256 n + 2044, from 2044; any N"
    assert text_of(deep(", padding=same")) == "H, W = 256 n, from 256; any N"


def undecided(statements: str) -> str:
    found = text_of(body("x: float32[N, T, 4]", statements))
    assert "undecided" in found
    return found


def test_what_takes_too_much_work_is_said_to_be_undecided() -> None:
    """Periods of many primes, and one of 2^24: the rest is decided all the same."""
    halves = " -> MaxPooling1D(2)" * 24 + " -> UpSampling1D(2)" * 24
    assert undecided(f"return (x, x{halves}) -> Concatenate").startswith("T from 16777216; any N")
    primes = (2, 3, 5, 7, 11, 13, 17, 19)
    parts = [f"x -> MaxPooling1D({p}) -> UpSampling1D({p})" for p in primes]
    found = undecided(f"return (x, {', '.join(parts)}) -> Concatenate")
    assert found.startswith("T = 2310 n, from 2310; any N; undecided: T = 13*floor(T/13)")


def test_a_thousand_layers_that_take_from_a_size() -> None:
    text = body("x: float32[N, T, 4]", "repeat 1000 {\n    x = x -> Conv1D(4, 3)\n  }\n  return x")
    assert text_of(text) == "T from 2001; any N"


def test_ten_names_in_one_sum() -> None:
    names = [f"T{i}" for i in range(10)]
    inputs = ", ".join(f"x{i}: float32[N, {name}, 4]" for i, name in enumerate(names))
    joined = f"({', '.join(f'x{i}' for i in range(10))}) -> Concatenate(axis=1) -> Reshape((96, 4))"
    found = text_of(body(inputs, f"return {joined}"))
    assert "undecided" not in found
    assert found.startswith("T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 from 1 to 87; T0 + T1 +")


def test_ten_names_with_large_periods_are_undecided() -> None:
    """Refused by a count of steps, however large the numbers are."""
    primes = (97, 101, 103, 107, 109, 113, 127, 131, 137, 139)
    inputs = ", ".join(f"x{i}: float32[N, T{i}, 4]" for i in range(10))
    pooled = [f"x{i} -> MaxPooling1D({p}) -> UpSampling1D({p - 1})" for i, p in enumerate(primes)]
    joined = f"({', '.join(pooled)}) -> Concatenate(axis=1) -> Reshape((99990, 4))"
    found = text_of(body(inputs, f"return {joined}"))
    assert found.startswith("T0 from 97; T1 from 101; ")
    assert "undecided: 48*floor(T0/97) + 50*floor(T1/101)" in found
