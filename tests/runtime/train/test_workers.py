"""Two processes on this machine train as one process does, and one that is killed comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.errors import UserError
from netc.runtime.runs.history import read_history
from netc.runtime.train.cluster import Cluster, require_port
from safetensors.numpy import load_file

from ...warm import Started
from ..cli.run_netc import start_netc

NET = """
net Small(image: float32[N, 8, 8, 3], classes: int = 3) -> probs: [N, classes] {{
  return image
    -> Conv2D(4, 3, use_bias=false, kernel_regularizer=L2(0.01)) -> BatchNormalization -> ReLU
    -> Flatten -> Dense(classes, activation=softmax)
}}
train Small {{
  data         = npz("data.npz", validation="other.npz", sample_weight="w")
  loss         = sparse_categorical_crossentropy
  optimizer    = Adam(0.01, global_clipnorm=0.5)
  metrics      = [accuracy]
  weighted_metrics = [accuracy]
  class_weight = [1.0, 2.0, 0.5]
  batch        = 7
  epochs       = {epochs}
}}
"""
# The last batch of 43 samples by sevens is one sample, so that the second worker has none of it.
SAMPLES = {"data.npz": 43, "other.npz": 16}


def project(folder: Path, epochs: int) -> Path:
    rng = np.random.default_rng(0)
    for name, count in SAMPLES.items():
        x = rng.normal(size=(count, 8, 8, 3)).astype(np.float32)
        np.savez(folder / name, x=x, y=rng.integers(0, 3, count), w=rng.uniform(0, 2, count))
    file = folder / "small.net"
    file.write_text(NET.format(epochs=epochs))
    return file


@dataclass(frozen=True)
class Worker:
    """A process that trains, and the file that it prints into."""

    process: subprocess.Popen[str] | Started
    log: Path


def start(file: Path, *args: str) -> Worker:
    log = file.parent.parent / f"{file.parent.name}-{'-'.join(args[-2:]).replace('/', '-')}.log"
    with log.open("w") as out:
        return Worker(start_netc("train", file.name, *args, cwd=file.parent, out=out, err=out), log)


def start_two(file: Path, *args: str) -> list[Worker]:
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(2))
    common = ("--workers", addresses, "--out", "two", *args)
    return [start(file, *common, "--index", str(index)) for index in (0, 1)]


def free_ports(count: int) -> list[int]:
    """Free ports, which no other process of the suite is given.

    They lie below those that systems give to clients, from 32,768 on.
    """
    found = []
    for port in range(20_000 + os.getpid() % 1_000 * 10, 32_000):
        try:
            require_port(Cluster((f"127.0.0.1:{port}",), 0))
        except UserError:
            continue
        found.append(port)
        if len(found) == count:
            break
    return found


def end(worker: Worker) -> tuple[int, str]:
    status = worker.process.wait(300)
    out = worker.log.read_text()
    assert "Traceback" not in out, out
    return status, out


def same_runs(one: Path, other: Path) -> None:
    first, second = read_history(one / "history.csv"), read_history(other / "history.csv")
    assert [epoch.epoch for epoch in first] == [epoch.epoch for epoch in second]
    for left, right in zip(first, second, strict=True):
        assert left.values == pytest.approx(right.values, abs=1e-5)
    weights, others = (load_file(run / "best.safetensors") for run in (one, other))
    assert weights.keys() == others.keys()
    for name, array in weights.items():
        np.testing.assert_allclose(array, others[name], atol=1e-5, err_msg=name)


def test_two_workers_train_as_one_process_does(tmp_path: Path):
    file = project(tmp_path, 3)
    alone = start(file, "--out", "one")
    chief, worker = start_two(file)
    for process in (alone, chief, worker):
        status, out = end(process)
        assert status == 0, out
    same_runs(tmp_path / "one", tmp_path / "two")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*SAMPLES, "small.net", "one", "two"]
    )


@pytest.mark.slow
def test_two_workers_train_on_features_that_each_finds(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    file = project(tmp_path, 3)
    frozen = '  cache = 1\n  freeze = ["conv2d", "batch_normalization"]\n  batch '
    file.write_text(file.read_text().replace("  batch ", frozen))
    monkeypatch.setenv("NETC_NO_CACHE", "")
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path_factory.mktemp("features")))
    alone = start(file, "--out", "one", "--no-cache")
    ended = [end(process) for process in (alone, *start_two(file))]
    assert [status for status, _ in ended] == [0, 0, 0], ended
    assert "features of" not in ended[0][1]
    assert "features of 59 samples" in ended[1][1]
    same_runs(tmp_path / "one", tmp_path / "two")


TWO_OUTPUTS = """
net Small(x: float32[N, 8, 8, 3]) -> (y: [N, 3], size: [N]) {
  code = x -> Conv2D(4, 3) -> ReLU -> Flatten -> Dense(3)
  return code -> Softmax, code ** 2 -> Sum(axis=-1)
}
train Small {
  data         = npz("data.npz", validation="other.npz")
  loss         = per_output(y=sparse_categorical_crossentropy, size=minimize)
  loss_weights = per_output(size=0.01)
  metrics      = per_output(y=[accuracy])
  optimizer    = Adam(0.01, gradient_accumulation_steps=3, use_ema=true, ema_momentum=0.5)
  batch        = 7
}
"""

INNER = """
net Small(x: float32[N, 8, 8, 3]) -> (y: [N, 3], size: [N, 1]) {
  x -> Conv2D(4, 3) as edges -> GlobalAveragePooling2D -> Dense(3, activation=softmax) as aux
  code = edges -> ReLU -> Flatten -> Dense(3)
  return code -> Softmax, code -> Dense(1)
}
train Small {
  data         = npz("data.npz", validation="other.npz", sample_weight="w")
  loss         = per_output(y=categorical_crossentropy + 0.1 * mse, aux=0.3 * kld, edges=minimize)
  class_weight = per_output(y=[1, 2, 0.5])
  weighted_metrics = per_output(y=[accuracy], aux=[mse])
  optimizer    = Adam(0.01)
  batch        = 7
}
"""


def test_two_workers_train_inner_losses_and_sums_by_their_weights(tmp_path: Path):
    file = project(tmp_path, 1)
    file.write_text(INNER)
    processes = [start(file, "--out", "one"), *start_two(file)]
    for process in processes:
        status, out = end(process)
        assert status == 0, out
    alone, shared = (read_history(tmp_path / run / "history.csv")[0] for run in ("one", "two"))
    same = ("loss", "y_categorical_crossentropy_loss", "y_mean_squared_error_loss")
    for name in (*same, "y_weighted_accuracy", "aux_weighted_mse", "val_loss", "val_aux_loss"):
        assert alone.values[name] == pytest.approx(shared.values[name], abs=1e-5), name


def test_two_workers_train_several_outputs_without_weights_of_classes(tmp_path: Path):
    file = project(tmp_path, 1)
    file.write_text(TWO_OUTPUTS)
    processes = [start(file, "--out", "one"), *start_two(file)]
    for process in processes:
        status, out = end(process)
        assert status == 0, out
    alone, shared = (read_history(tmp_path / run / "history.csv")[0] for run in ("one", "two"))
    for name in ("loss", "y_accuracy", "val_loss", "val_y_loss", "val_size_loss"):
        assert alone.values[name] == pytest.approx(shared.values[name], abs=1e-5), name


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_worker_comes_back(tmp_path: Path, how: signal.Signals):
    file = project(tmp_path, 30)
    alone = start(file, "--out", "one")
    chief, worker = start_two(file)
    state = tmp_path / "two" / "state.safetensors"
    for _ in range(1200):
        if state.exists() or chief.process.poll() is not None:
            break
        time.sleep(0.1)
    worker.process.send_signal(how)
    end(worker)
    status, out = end(chief)
    assert status == 1
    assert "another worker has gone" in out
    assert "--resume" in out
    for process in start_two(file, "--resume"):
        status, out = end(process)
        assert status == 0, out
    assert end(alone)[0] == 0
    same_runs(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_workers_must_have_the_same_data(tmp_path: Path):
    folders = [tmp_path / "chief", tmp_path / "worker"]
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(2))
    started = []
    for index, folder in enumerate(folders):
        folder.mkdir()
        file = project(folder, 2)
        if index:
            shift = np.load(folder / "data.npz")
            np.savez(folder / "data.npz", x=shift["x"], y=(shift["y"] + 1) % 3)
        started.append(start(file, "--workers", addresses, "--index", str(index)))
    for process in started:
        status, out = end(process)
        assert status == 1
        assert "the training data of worker 1" in out


SEQUENCES = {
    "Last": """net Last(x: float32[N, T, 3]) -> y: [N, 2] {
  return x -> Masking -> GRU(3) -> Dense(2, activation=softmax)
}
train Last {
  data = npz("last.npz", lengths="lengths")
  bucket_by_length = true
  batch = 4
""",
    "Each": """net Each(x: float32[N, T, 3]) -> y: [N, T, 2] {
  return x -> Masking -> GRU(3, return_sequences=true) -> Dense(2, activation=softmax)
}
train Each {
  data = npz("each.npz", lengths="lengths", validation_split=0.2)
  batch = 3
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("net", SEQUENCES)
def test_two_workers_train_on_sequences(tmp_path: Path, net: str):
    """The last batch, of nine samples by fours or of seven by threes, is one sample."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 6, 9)
    x = rng.normal(size=(lengths.sum(), 3)).astype(np.float32)
    np.savez(tmp_path / "last.npz", x=x, y=np.arange(9) % 2, lengths=lengths)
    np.savez(tmp_path / "each.npz", x=x, y=(x.sum(axis=1) > 0).astype(int), lengths=lengths)
    file = tmp_path / "n.net"
    settings = "loss = sparse_categorical_crossentropy\n metrics = [accuracy]\n epochs = 2"
    file.write_text(f"{SEQUENCES[net]}  {settings}\n}}\n")
    for process in (start(file, "--out", "one"), *start_two(file)):
        status, out = end(process)
        assert status == 0, out
    same_runs(tmp_path / "one", tmp_path / "two")
