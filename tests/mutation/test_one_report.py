"""One slip in a shipped model is one error, if it is one at all.

A slip may leave a net that is legal and breaks contracts, which are told one by one, or leave a
value unused, which is a warning. It never brings a second error.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

from netc.compiler.check import check_files
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.render.text import render_text

from ..places import MODELS
from .slips import Slip, slips

NETS = ("alexnet", "autoencoder", "bert", "cifar10_bn", "convnext", "googlenet", "unet", "vae")
SEED = 11
EACH = 1
"""Slips of a kind that are tried in a net."""
CONTRACTS = (Code.CONTRACT, Code.BAD_CONTRACT)


def test_one_slip_is_one_error() -> None:
    random = Random(SEED)
    several: list[str] = []
    tried: set[str] = set()
    wrong = 0
    for name in NETS:
        path = MODELS / f"{name}.net"
        kinds: defaultdict[str, list[Slip]] = defaultdict(list)
        for slip in slips(path.read_text(encoding="utf-8")):
            kinds[slip.kind].append(slip)
        for kind, every in kinds.items():
            for slip in random.sample(every, min(EACH, len(every))):
                analysis = check_files([path], overlay={path.resolve(): slip.text})
                errors = [one for one in analysis.diagnostics if one.severity == "error"]
                errors = [one for one in errors if one.code not in CONTRACTS]
                if len(errors) > 1:
                    shown = render_text(errors, color=False)
                    several.append(f"{name}: {kind} on line {slip.line}\n{shown}")
                wrong += len(errors) == 1
                tried.add(kind)
    assert several == []
    assert len(tried) >= 25
    assert wrong > 150
