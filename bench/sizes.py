"""How long it takes to decide for which sizes a net is legal, beside checking it once.

    python bench/sizes.py

U-Nets with named sizes, of growing depth: without padding as published, and with. The last column
is what trying the numbers one by one up to the second legal one would take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from figures import keep
from netc.compiler.check import check_files
from netc.compiler.legal.sets import SizeSet
from netc.compiler.legal.text import form_text
from netc.compiler.sizes import size_files

DEPTHS = (2, 4, 6, 8)
PATH = Path("unet.net").resolve()


def unet(depth: int, padding: str) -> str:
    """A U-Net that halves its picture so often."""
    down = [
        f"  x{i} = x -> Conv2D(4, 3{padding}) * 2\n  x = x{i} -> MaxPooling2D(2)\n"
        for i in range(depth)
    ]
    up = [f"  x = Up(x, x{i}) -> Conv2D(4, 3{padding}) * 2\n" for i in reversed(range(depth))]
    return (
        "block Up(x: [N, h, w, C], skip: [N, H, W, D]) {\n"
        "  up = x -> Conv2DTranspose(4, 2, strides=2)\n"
        "  return (skip -> Cropping2D((H // 2 - h, W // 2 - w)), up) -> Concatenate\n}\n\n"
        "net UNet(x: float32[N, H, W, 1]) {\n"
        f"{''.join(down)}  x = x -> Conv2D(4, 3{padding}) * 2\n{''.join(up)}  return x\n}}\n"
    )


def seconds(work: Callable[[], object]) -> float:
    """The best time of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Prints the table."""
    print(f"{'U-Net':24}{'legal':>22}{'decided':>12}{'one check':>12}{'ratio':>8}{'by trying':>12}")
    for padding, name in (("", "valid"), (", padding=same", "same")):
        for depth in DEPTHS:
            text = unet(depth, padding)
            overlay = {PATH: text}
            (sizes,) = size_files([PATH], overlay=overlay)
            numbers = sizes.legal.of("H") if sizes.legal is not None else None
            assert isinstance(numbers, SizeSet)
            first = numbers.first() or 1
            decided = seconds(lambda overlay=overlay: size_files([PATH], overlay=overlay))
            given = {"H": first, "W": first}
            once = seconds(
                lambda overlay=overlay, given=given: check_files(
                    [PATH], overlay=overlay, settings=given
                )
            )
            period = numbers.canonical().period
            tried = (first + period) * once
            times = f"{decided * 1e3:>9.1f} ms{once * 1e3:>9.1f} ms{decided / once:>8.1f}"
            row = f"{name}, depth {depth}"
            print(f"{row:24}{form_text(period, first):>22}{times}{tried:>10.1f} s")
            keep("sizes", row, "times one check", decided / once)


if __name__ == "__main__":
    main()
