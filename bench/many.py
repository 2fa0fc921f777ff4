"""`netc check` of a repository of thousands of nets, and of one file: cold and from the cache.

    python bench/many.py [--files 10000] [--seed 5] [--rounds 3] [--keras] [--write]

The files are drawn by a seed: stacks, residual and recurrent nets, encoders, recipes, contracts,
blocks imported from files that many share, one file in a hundred with a fault. Each row is a whole
process. With `--keras` there is a row for `import keras`; with `--write` the table of
docs/results.md is written again.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from figures import ROOT, keep
from measure import NETC, Run, measure

PAGE = ROOT / "docs" / "results.md"
MARKS = "<!-- many -->", "<!-- /many -->"
FILES_A_FOLDER = 100
SHARED = 20
"""Files that others import."""


def draw(folder: Path, count: int, seed: int) -> None:
    """Writes a project of so many files."""
    rng = random.Random(seed)
    (folder / "netc.toml").touch()
    (folder / "shared").mkdir()
    for number in range(min(SHARED, count)):
        (folder / "shared" / f"blocks{number}.net").write_text(shared(rng))
    for number in range(count - min(SHARED, count)):
        place = folder / f"team{number // FILES_A_FOLDER}"
        place.mkdir(exist_ok=True)
        text = rng.choice((stack, residual, recurrent, encoder, imported))(rng)
        if rng.random() < 0.01:
            text = text.replace("-> Dense(", "-> Dens(", 1)
        (place / f"net{number}.net").write_text(text)


def shared(rng: random.Random) -> str:
    """A block that other files import."""
    norm = rng.choice(("BatchNormalization", "LayerNormalization"))
    return (
        f"block Unit(x: [N, C], width: int = {rng.choice((16, 32, 64))}) -> [N, width] {{\n"
        f"  return x -> Dense(width) -> {norm} -> ReLU -> Dropout({rng.randint(1, 5) / 10})\n}}\n"
    )


def stack(rng: random.Random) -> str:
    """Convolutions and pools, then dense layers."""
    size, classes = rng.choice((28, 32, 64)), rng.randint(2, 100)
    layers = []
    width = 8
    for _ in range(rng.randint(1, 3)):
        width = width * 2
        for _ in range(rng.randint(1, 3)):
            layers += [f"Conv2D({width}, {rng.choice((3, 5))}, padding=same)", "ReLU"]
        layers.append("MaxPooling2D(2)")
    layers += ["Flatten", f"Dense({rng.randint(16, 256)}, activation=relu)"]
    return (
        f"net Stack(image: float32[N, {size}, {size}, 3]) -> classes: [N, {classes}] {{\n"
        "  return image\n"
        + "".join(f"    -> {layer}\n" for layer in layers)
        + f"    -> Dense({classes}, activation=softmax)\n}}\n"
        + recipe(rng, "Stack", "sparse_categorical_crossentropy")
    )


def residual(rng: random.Random) -> str:
    """A loop of residual blocks, with a contract."""
    width, depth = rng.choice((16, 24, 32)), rng.randint(2, 6)
    return (
        "block Residual(x: [N, H, W, C]) -> [N, H, W, C] {\n"
        "  y = x -> Conv2D(C, 3, padding=same, use_bias=false) -> BatchNormalization -> ReLU\n"
        "    -> Conv2D(C, 3, padding=same, use_bias=false) -> BatchNormalization\n"
        "  return x + y -> ReLU\n}\n\n"
        "net Deep(image: float32[N, H, W, 3], classes: int = 10) -> scores: [N, classes] {\n"
        f"  x = image -> Conv2D({width}, 3, padding=same)\n"
        f"  repeat {depth} {{\n    x = x -> Residual\n  }}\n"
        "  return x -> GlobalAveragePooling2D -> Dense(classes)\n}\n\n"
        "expect Deep(H=32, W=32) {\n  params < 5M\n}\n"
    )


def recurrent(rng: random.Random) -> str:
    """Words to a class."""
    layer = rng.choice(("LSTM", "GRU"))
    return (
        f"net Words(ids: int32[N, T]) -> positive: [N, 1] {{\n"
        f"  return ids -> Embedding({rng.randint(1, 50) * 1000}, {rng.choice((32, 64, 128))})\n"
        f"    -> {layer}({rng.choice((32, 64))}, return_sequences=true)\n"
        f"    -> Bidirectional({layer}({rng.choice((16, 32))}))\n"
        f"    -> Dropout(0.{rng.randint(1, 5)}) -> Dense(1, activation=sigmoid)\n}}\n"
        + recipe(rng, "Words", "binary_crossentropy")
    )


def encoder(rng: random.Random) -> str:
    """Attention over places."""
    classes = rng.randint(2, 20)
    return (
        "block Layer(x: [N, T, D], heads: int) -> [N, T, D] {\n"
        "  a = x + (x -> LayerNormalization -> MultiHeadAttention(heads, D // heads))\n"
        "  return a + (a -> LayerNormalization -> Dense(4 * D, activation=gelu) -> Dense(D))\n}\n\n"
        f"net Encoder(x: float32[N, T, {rng.choice((32, 64))}]) -> y: [N, {classes}] {{\n"
        f"  return x -> Layer({rng.choice((2, 4))}) * {rng.randint(1, 4)}\n"
        f"    -> GlobalAveragePooling1D -> Dense({classes})\n}}\n"
    )


def imported(rng: random.Random) -> str:
    """Blocks of a file that many share."""
    outputs = rng.randint(1, 9)
    return (
        f'from "../shared/blocks{rng.randrange(SHARED)}.net" import Unit\n\n'
        f"net Table(row: float32[N, {rng.randint(4, 60)}]) -> y: [N, {outputs}] {{\n"
        f"  return row -> Unit({rng.choice((32, 64))}) * {rng.randint(1, 4)} -> Unit\n"
        f"    -> Dense({outputs})\n}}\n" + recipe(rng, "Table", "mse")
    )


def recipe(rng: random.Random, net: str, loss: str) -> str:
    """How to train a net, for every other one."""
    if rng.random() < 0.5:
        return ""
    return (
        f'\ntrain {net} {{\n  data = npz("data.npz")\n  loss = {loss}\n'
        f"  optimizer = Adam(1e-{rng.randint(2, 4)})\n  epochs = {rng.randint(5, 50)}\n}}\n"
    )


def main() -> None:
    """Prints the table, and writes it where that is asked for."""
    parser = argparse.ArgumentParser(description="Measures checks of many files.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keras", action="store_true", help="measure `import keras`, too")
    parser.add_argument("--write", action="store_true", help="put the table into docs/results.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        project = folder / "project"
        project.mkdir()
        draw(project, given.files, given.seed)
        os.environ["NETC_CACHE_DIR"] = str(folder / "cache")
        os.environ.pop("NETC_NO_CACHE", None)
        lines = list(table(project, given.files, given.rounds, keras=given.keras))
    if given.write:
        text = PAGE.read_text("utf-8")
        start, end = (text.index(mark) for mark in MARKS)
        made = "\n".join(("", "", *lines, "", ""))
        PAGE.write_text(f"{text[: start + len(MARKS[0])]}{made}{text[end:]}", "utf-8")


def table(project: Path, files: int, rounds: int, *, keras: bool) -> Iterator[str]:
    """The rows, printed as they are made."""
    many, one = ["check", "-q", str(project)], ["check", "models/resnet.net"]
    changed = project / "team0" / f"net{min(files // 2, 50)}.net"
    rows: list[tuple[str, Sequence[str], Path | None]] = [
        (
            f"{files:,} files, no cache, one process",
            [*NETC, *many, "--no-cache", "--jobs", "1"],
            None,
        ),
        (
            f"{files:,} files, no cache, two processes",
            [*NETC, *many, "--no-cache", "--jobs", "2"],
            None,
        ),
        (f"{files:,} files, nothing known yet", [*NETC, *many], None),
        (f"{files:,} files, known", [*NETC, *many], None),
        (f"{files:,} files, one of them changed", [*NETC, *many], changed),
        ("models/resnet.net, no cache", [*NETC, *one, "--no-cache"], None),
        ("models/resnet.net, known", [*NETC, *one], None),
    ]
    if keras:
        rows.append(("`import keras`", [sys.executable, "-c", "import keras"], None))
    for line in ("| whole process | seconds | MB |", "|---|--:|--:|"):
        print(line, flush=True)
        yield line
    for name, command, edited in rows:
        repeats = rounds if "files" in name else max(9, rounds)
        runs = [run(command, edited, fresh="nothing" in name) for _ in range(repeats)]
        failed = [each.failure for each in runs if each.failure]
        seconds = median(each.seconds for each in runs)
        megabytes = max(each.megabytes for each in runs)
        line = f"| {name} | {failed[0] if failed else f'{seconds:.2f}'} | {megabytes:.0f} |"
        print(line, flush=True)
        if not failed:
            keep("many", name, "s", seconds)
            keep("many", name, "MB", megabytes)
        yield line


def run(command: Sequence[str], edited: Path | None, *, fresh: bool) -> Run:
    """One process; before it a file gets a comment or the cache is cleared, where that is meant."""
    if edited is not None:
        edited.write_text(edited.read_text() + "# changed\n")
    if fresh:
        measure([*NETC, "cache", "clear"])
    made = measure(command, seconds=600)
    # A finding is no failure of the measurement.
    return made if "Error" in made.failure else Run(made.seconds, made.megabytes)


if __name__ == "__main__":
    main()
