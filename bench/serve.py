"""`netc serve` with 64 clients on the loopback beside onnxruntime alone: seconds a request.

python bench/serve.py [--write]
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from figures import keep
from measure import NETC
from netc.runtime.cli import execute
from netc.runtime.infer.session import Session
from tables import line, put

NET = Path(__file__).parents[1] / "models" / "cifar10_cnn.net"
HEAD = ["| | median | p95 | samples a second |", "|---|---|---|---|"]
CLIENTS, REQUESTS = 64, 16


def main() -> None:
    """Prints the table; with --write it goes into docs/results.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    rows = measured()
    print("\n".join([*HEAD, *rows]))
    if write:
        put(HEAD, rows)


def measured() -> list[str]:
    """The rows of the table in Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        assert execute(["compile", str(NET), "-o", str(model)]) == 0
        session = Session(model)
        sample, name = _sample(session), session.inputs[0].name
        alone = _alone(session, sample)
        rows = [("onnxruntime alone, one sample after the other", alone, len(alone) / sum(alone))]
        for batch in (1, 16):
            taken, seconds = _served(model, sample, name, batch)
            rows.append((f"64 clients, `--batch {batch}`", taken, len(taken) / seconds))
    lines = []
    for what, taken, rate in rows:
        middle, high = statistics.median(taken), sorted(taken)[int(0.95 * len(taken))]
        keep("serve", f"{what}, p95", "ms", high * 1e3)
        times = f"{middle * 1e3:.1f} ms", f"{high * 1e3:.1f} ms"
        lines.append(line(what, *times, f"{rate:.0f}"))
    return lines


def _sample(session: Session) -> np.ndarray:
    shape = [1, *(size or 1 for size in session.inputs[0].shape[1:])]
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32).round()


def _alone(session: Session, sample: np.ndarray) -> list[float]:
    taken = []
    for _ in range(CLIENTS * REQUESTS):
        began = time.perf_counter()
        session.run({session.inputs[0].name: sample})
        taken.append(time.perf_counter() - began)
    return taken


def _served(model: Path, sample: np.ndarray, name: str, batch: int) -> tuple[list[float], float]:
    """Seconds of each request, and of all together."""
    command = [*NETC, "serve", str(model), "--port", "0", "--batch", str(batch)]
    body = json.dumps({"inputs": {name: sample.tolist()}})
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = re.search(r":(\d+) \(Ctrl-C", server.stderr.readline())
        assert found is not None

        def client(count: int) -> list[float]:
            link = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
            taken = []
            for _ in range(count):
                began = time.perf_counter()
                link.request("POST", "/predict", body, {"content-type": "application/json"})
                answer = link.getresponse()
                answer.read()
                assert answer.status == 200
                taken.append(time.perf_counter() - began)
            link.close()
            return taken

        client(4)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            taken = [one for made in pool.map(client, [REQUESTS] * CLIENTS) for one in made]
        seconds = time.perf_counter() - began
        server.terminate()
    return taken, seconds


if __name__ == "__main__":
    main()
