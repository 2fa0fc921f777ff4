"""`netc bench` measures what it says: figures follow from each other, and from the net."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import pytest
from netc.runtime.bench import torch_run
from netc.runtime.bench.case import Case, Contender, Job, Weights
from netc.runtime.bench.choose import contenders
from netc.runtime.bench.figure import bench_figure, draw
from netc.runtime.bench.here import Here
from netc.runtime.bench.lap import Lap
from netc.runtime.bench.machine import Circumstances
from netc.runtime.bench.measure import Interrupted, circumstances, measure
from netc.runtime.bench.models import Models
from netc.runtime.bench.process import Apart
from netc.runtime.bench.product import product_case
from netc.runtime.bench.tables import as_csv, as_json, as_markdown, as_text
from netc.runtime.bench.timing import Measured, Timing, quartiles
from netc.runtime.bench.turns import LEAST, Effort
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from PIL import Image

from ..nets import net

CNN = """
net Small(image: float32[N, 12, 12, 3]) -> probs: [N, 4] {
  return image -> Conv2D(8, 3, activation=relu) -> MaxPooling2D(2) -> BatchNormalization
    -> Flatten -> Dense(4, activation=softmax)
}
"""
WIDE = """
net Wide(image: float32[N, 64, 64, 8]) -> maps: [N, 64, 64, 64] {
  return image -> Conv2D(64, 3, padding=same)
}
"""
ORT, KERAS, TRAIN = Contender(), Contender("keras"), Contender("keras", train=True)
FEW = Effort(rounds=3)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case("Small", net(tmp_path, CNN), 2, Weights(seed=1))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix product that takes no time."""
    product = product_case(4, 8)
    monkeypatch.setattr("netc.runtime.bench.measure.product_case", lambda: product)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, small: None) -> None:
    """Everything runs in this process, where Keras is imported already."""
    monkeypatch.setattr("netc.runtime.bench.measure.Apart", Here)


def around(*named: Contender) -> Circumstances:
    facts = circumstances(named or (ORT,), 0, FEW, start=Here, product=product_case(4, 8))
    return replace(facts, versions={"onnxruntime": "1"})


def test_engines_agree_and_figures_follow_from_each_other(case: Case) -> None:
    facts = around(ORT, KERAS)
    assert facts.peaks.keys() == {ORT, KERAS}
    measured = measure(case, (ORT, KERAS, TRAIN), FEW, peaks=facts.peaks, start=Here)
    assert [each.contender for each in measured.timings] == [ORT, KERAS, TRAIN]
    told = json.loads(json.dumps(as_json([measured], facts)))
    (entry,) = told["nets"]
    assert (entry["net"], entry["batch"], entry["sizes"]) == ("Small", 2, {"N": 2})
    rows = {row["engine"]: row for row in entry["engines"]}
    assert rows["onnxruntime"]["largest_difference"] == 0
    assert rows["keras"]["largest_difference"] < 1e-5
    both = rows["keras, forward and backward"]
    assert both["flops"] == 3 * entry["flops"]
    # Each run both ways is taken less a forward one, so its median is less; of a net this small
    # it can be below nothing.
    assert both["backward_seconds"] < both["median_seconds"]
    for row in rows.values():
        assert len(row["seconds"]) == 3
        assert row["median_seconds"] == median(row["seconds"])
        low, high = row["quartile_low_seconds"], row["quartile_high_seconds"]
        assert min(row["seconds"]) <= low <= row["median_seconds"] <= high <= max(row["seconds"])
        assert row["flops_per_second"] == pytest.approx(row["flops"] / row["median_seconds"])
        share = row["flops_per_second"] / row["peak_flops_per_second"]
        assert row["share_of_peak"] == pytest.approx(share)
        name = row["engine"].partition(",")[0]
        assert row["peak_flops_per_second"] == told["peak_flops_per_second"][name]
        ratio = row["median_seconds"] / rows["onnxruntime"]["median_seconds"]
        assert row["ratio"] == pytest.approx(ratio)


def test_a_backward_pass_takes_what_a_run_takes_beyond_a_forward_one_beside_it(case: Case) -> None:
    laps = [Lap(9.0, 1.0)] * 3 + [Lap(0.05, 0.01), Lap(0.07, 0.02), Lap(0.04, 0.02)]

    class Told(Here):
        def lap(self) -> Lap:
            return laps.pop(0)

    (timing,) = measure(case, (TRAIN,), FEW, start=Told).timings
    assert timing.seconds == (0.05, 0.07, 0.04)
    assert timing.backward == pytest.approx((0.04, 0.05, 0.02))
    assert timing.backward_median == pytest.approx(0.04)


def test_operations_are_those_of_the_batch(tmp_path: Path) -> None:
    checked = net(tmp_path, CNN)
    one, eight = Case("Small", checked, 1).flops, Case("Small", checked, 8).flops
    assert one is not None
    # A convolution of 3x3 from 3 channels to 8 at 10x10 places, two operations a product.
    assert one > 2 * 3 * 3 * 3 * 8 * 10 * 10
    assert eight == 8 * one


def test_memory_is_that_of_the_net_and_grows_with_the_batch(tmp_path: Path, small: None) -> None:
    checked = net(tmp_path, WIDE)
    taken = []
    for batch in (1, 64):
        measured = measure(Case("Wide", checked, batch), (ORT,), Effort(rounds=1), start=Apart)
        assert measured.missing == ()
        taken.append(measured.timings[0].memory)
    less, more = taken
    assert less is not None
    assert more is not None
    # 64 pictures of 64x64 places and 64 channels in float32 are 67 MB; the engine is not counted.
    outputs = 64 * 64 * 64 * 64 * 4
    assert 0 < less < outputs < more - less < 8 * outputs


def test_a_net_that_is_killed_is_one_line_and_the_others_go_on(case: Case) -> None:
    class Killed(Here):
        def lap(self) -> Lap:
            if self.job.contender == KERAS:
                raise UserError("its process was ended by signal 9; there may be too little memory")
            return super().lap()

        def __init__(self, job: Job) -> None:
            super().__init__(job)
            self.job = job

    measured = measure(case, (ORT, KERAS), FEW, start=Killed)
    assert [each.engine for each in measured.timings] == ["onnxruntime"]
    (missing,) = measured.missing
    assert missing.engine == "keras"
    assert "signal 9" in missing.reason


def test_a_process_that_dies_says_how(tmp_path: Path, case: Case) -> None:
    running = Apart(Job(case, ORT, Models(tmp_path, case).path(ORT)))
    assert isinstance(running.lap(), Lap)
    running._process.kill()
    with pytest.raises(UserError, match=r"its process was ended by signal 9; there may be too"):
        running.lap()
    running.stop()


def test_ctrl_c_keeps_what_was_measured(case: Case) -> None:
    class Stopped(Here):
        laps = 0

        def lap(self) -> Lap:
            Stopped.laps += 1
            if Stopped.laps == 6:
                raise KeyboardInterrupt
            return super().lap()

    with pytest.raises(Interrupted) as caught:
        measure(case, (ORT,), Effort(rounds=9), start=Stopped)
    # Three runs are not counted, and the sixth was not finished.
    assert len(caught.value.measured.timings[0].seconds) == 2


def test_seconds_end_rounds_but_not_before_five(case: Case) -> None:
    measured = measure(case, (ORT,), Effort(rounds=1000, seconds=1e-9), start=Here)
    assert len(measured.timings[0].seconds) == LEAST


def test_quartiles() -> None:
    assert quartiles([4.0]) == (4.0, 4.0)
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 4.0)


def test_what_is_measured_against_what() -> None:
    def named(engine: str | None, *against: str, train: bool = False) -> list[str]:
        return [str(each) for each in contenders(engine, None, against, keras=False, train=train)]

    assert named(None)[0] == "onnxruntime"
    assert named(None, "keras") == ["onnxruntime", "keras"]
    assert named("openvino", "torch") == ["onnxruntime", "openvino", "torch"]
    backward = ["keras, forward and backward", "torch, forward and backward"]
    assert named(None, "torch", train=True) == ["onnxruntime", "torch", *backward]


def timings(case: Case) -> Measured:
    """Made figures: a run of 2 ms, and one both ways of 30."""
    forward = Timing(
        ORT, (0.001, 0.002, 0.004), apart=0.0, flops=10**9, peak=1e12, memory=5 * 10**6
    )
    both = Timing(TRAIN, (0.03,), (0.02,), flops=3 * 10**9, peak=1e12, ran="a peer")
    return Measured(case, (forward, both))


def test_the_table(case: Case) -> None:
    lines = as_text(timings(case)).splitlines()
    assert lines[0].startswith("Small, batch 2: ")
    assert lines[2].split() == [
        "onnxruntime", "2.00", "ms", "1.50", "to", "3.00", "500.0", "50%", "5", "MB", "1.00",
        "0.0e+00",
    ]  # fmt: skip
    assert lines[3].split()[4:] == [
        "30.00", "ms", "30.00", "to", "30.00", "20.00", "100.0", "10%", "15.00",
    ]  # fmt: skip
    assert lines[4:] == ["  keras: a peer"]


def test_markdown_and_csv_hold_the_same(case: Case) -> None:
    every = [timings(case), timings(replace(case, batch=16))]
    rows = [line.strip("| ").split(" | ") for line in as_markdown(every).splitlines()]
    assert [len(row) for row in rows] == [len(rows[0])] * 6
    assert rows[2][:5] == ["Small", "2", rows[2][2], "onnxruntime", "2.00"]
    found = list(csv.DictReader(io.StringIO(as_csv(every))))
    assert [row["batch"] for row in found] == ["2", "2", "16", "16"]
    assert float(found[0]["median_seconds"]) == 0.002
    assert found[1]["memory_bytes"] == ""


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_the_picture_has_a_bar_for_each_time(tmp_path: Path, case: Case, ending: str) -> None:
    every = [timings(case), timings(replace(case, batch=16)), timings(replace(case, net="$x_{1}"))]
    figure = bench_figure(every, around())
    assert [axes.get_title() for axes in figure.axes] == ["batch 2", "batch 16"]
    first, second = figure.axes
    assert sorted(bar.get_width() for bar in first.patches) == pytest.approx([2, 2, 30, 30])
    assert len(second.patches) == 2
    assert [label.get_text() for label in first.get_yticklabels()] == ["Small", "$x_{1}"]
    assert [text.get_text() for text in second.texts] == ["2.00  50%", "30.00  10%"]
    # The whisker of a bar goes from quartile to quartile.
    (whisker,) = second.containers[0].lines[2]
    assert whisker.get_segments()[0][:, 0].tolist() == pytest.approx([1.5, 3.0])
    draw(every, around(), tmp_path / f"a{ending}")
    if ending == ".png":
        with Image.open(tmp_path / "a.png") as picture:
            assert picture.width > 1000
    else:
        draw(every, around(), tmp_path / "b.svg")
        assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    status = execute(["bench", *map(str, args)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out, err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.net"
    path.write_text(CNN + WIDE.replace("N, 64, 64", "N, H, W"), encoding="utf-8")
    return path


def test_several_nets_and_batches(
    file: Path, here: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = run(
        capsys, f"{file}:Small", f"{file}:Wide", "--batch", "1,3", "--batch", "2", "--rounds", "2",
        "--against", "keras", "-o", tmp_path / "a.svg",
    )  # fmt: skip
    assert status == 0, err
    titles = [line.partition(":")[0] for line in out.splitlines() if ", batch " in line]
    assert titles == [f"{name}, batch {batch}" for name in ("Small", "Wide") for batch in (1, 3, 2)]
    assert "peak, a large float32 matrix product: onnxruntime " in out
    # Nobody gave the size of the pictures, so it is said.
    assert err == "note: Wide is measured with --set H=32 --set W=64; give others\n"
    assert (tmp_path / "a.svg").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--batch", "0"], "0 is not in the range x>=1"),
        (["--batch", "1,x"], "'x' is not a valid integer"),
        (["--batch", ""], "'' is not a valid integer"),
        (["--against", "tourch"], "there is no engine `tourch`. did you mean `torch`"),
        (["--against", "tensorflow"], "`tensorflow`. known here: onnxruntime, .*, keras, torch"),
        (["--seconds", "0"], "0.0 is not in the range x>0"),
        (["--seconds", "nan"], "--seconds takes a number"),
        (["--threads", "100000"], "100000 is not in the range 0<=x<=1024"),
        (["-o", "a.gif"], "a picture is written as .png or .svg, not as `a.gif`"),
        (["-o", "nowhere/a.png"], "the folder nowhere of the output does not exist"),
        (["--rename", "a=b"], "--rename goes with --weights"),
        (["--weights", "none.npz"], "none.npz: no such file"),
        (["--engine", "openvino", "--provider", "cpu"], "`openvino` has none"),
    ],
)
def test_bad_input_is_one_line_before_anything_runs(
    file: Path, capsys: pytest.CaptureFixture[str], args: list[str], words: str
) -> None:
    status, out, err = run(capsys, f"{file}:Small", *args)
    assert status in (1, 2)
    assert out == ""
    assert re.search(words, err.splitlines()[-1])


def test_what_is_not_installed_is_a_note_or_a_refusal(
    file: Path, here: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(name: str) -> object:
        return None if name in ("torch", "keras") else object()

    monkeypatch.setattr("netc.runtime.bench.choose.find_spec", found)
    options = ["--rounds", "1", "--format", "json"]
    status, out, err = run(capsys, f"{file}:Small", "--against", "torch,keras", *options)
    assert status == 0
    assert err.splitlines() == [
        "note: PyTorch is not installed; `pip install 'netc[torch]'` brings it",
        "note: Keras is not installed; `pip install 'netc[train]'` brings it",
    ]
    (entry,) = json.loads(out)["nets"]
    assert [each["engine"] for each in entry["missing"]] == ["torch", "keras"]
    status, out, err = run(capsys, f"{file}:Small", "--train", *options)
    assert (status, out) == (1, "")
    assert err == "error: Keras is not installed; `pip install 'netc[train]'` brings it\n"


def test_a_net_that_keras_has_not_is_one_line_and_the_rest_is_measured(
    tmp_path: Path, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.net"
    path.write_text("net Odd(x: float32[N, 4]) {\n  return x -> onnx.Hardmax(axis=1)\n}\n")
    status, out, err = run(capsys, path, "--train", "--engine", "onnxruntime", "--rounds", "1")
    assert status == 1
    assert "onnxruntime" in out
    (line,) = err.splitlines()
    assert line.startswith("error: Odd, batch 1: keras, forward and backward: ")
    assert "a.net:2" in line


class Parameter:
    """A weight of so many numbers."""

    def __init__(self, count: int) -> None:
        self.numel = lambda: count


@pytest.mark.parametrize(("count", "found"), [(1044, True), (1045, False)])
def test_torchvision_has_the_net_if_name_and_size_are_the_same(
    case: Case, monkeypatch: pytest.MonkeyPatch, count: int, found: bool
) -> None:
    assert case.trainable_params == 1044
    module = SimpleNamespace(parameters=lambda: [Parameter(count - 5), Parameter(5)])
    asked = []

    def get_model(name: str, **options: object) -> object:
        asked.append((name, options))
        return module

    models = SimpleNamespace(list_models=lambda module: ["large", "sm_all"], get_model=get_model)
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(models=models))
    peer = torch_run.peer(replace(case, net="SmallTorch"))
    assert asked == [("sm_all", {"weights": None, "num_classes": 4})]
    expected = "torchvision's sm_all, 1,044 trainable parameters as in the net"
    assert peer == ((module, expected) if found else None)
