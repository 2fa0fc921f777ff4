"""`netc diff`: its formats, its conditions, its files for `--rename`, and revisions of git."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from markdown_it import MarkdownIt
from netc.compiler.diff.measures import Measure
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.cli import execute
from netc.runtime.cli.diff_report import change_text
from netc.runtime.weights.save import save_safetensors

import netc

from ...places import DOCS

OLD = """net Digits(x: float32[N, 28, 28, 1]) -> y: [N, 10] {
  return x -> Conv2D(8, 3) -> ReLU -> Flatten -> Dense(16) as fc -> Dense(10)
}

expect Digits { params == 86_794 }
"""


class Work:
    """A folder with files, in which commands run in this process."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capfd = capfd

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.folder / f"{name}.net"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def diff(self, *args: str) -> tuple[int, str, str]:
        status = execute(["diff", *args])
        out, err = self.capfd.readouterr()
        assert "Traceback" not in err, err
        return status, out, err

    def git(self, *args: str) -> None:
        names = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *args], cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        if not (self.folder / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "files")


@pytest.fixture
def work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Work:
    monkeypatch.chdir(tmp_path)
    return Work(tmp_path, capfd)


def test_what_did_not_change_is_said_in_a_line(work: Work) -> None:
    work.write(a=OLD, b="# a comment\n" + OLD)
    status, out, _ = work.diff("a.net", "b.net")
    assert status == 0
    assert "No change" in out


def test_a_changed_layer_its_cost_its_contract_and_its_weights(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("Dense(16)", "Dense(32)").replace("86_794", "173_498"))
    status, out, _ = work.diff("a.net", "b.net")
    assert status == 0
    assert "fc (Dense)" in out
    assert "units 16 -> 32; kernel [5408, 16] -> [5408, 32]; bias [16] -> [32]" in out
    assert "+86,704 (+99.9%)" in out
    assert "params == 86_794  params == 173_498" in out
    assert "Of 6 weights 2 load as they are, 4 must be trained anew." in out


def test_json_has_every_field_of_its_kind(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("as fc", "as head"))
    _, out, _ = work.diff("a.net", "b.net", "--format", "json")
    (net,) = json.loads(out)["nets"]
    assert net["layers"] == [
        {"kinds": ["renamed"], "old": "fc", "new": "head", "op": "Dense", "differences": []}
    ]
    assert net["checkpoint"]["renames"] == {"fc": "head"}
    assert net["checkpoint"]["compatible"] is True


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("params > +5%", 1),
        ("params > +150%", 0),
        ("params > 100K", 1),
        ("params > 1e5", 1),
        ("params > 1M", 0),
        ("memory > +100KiB", 1),
        ("memory > +1GB", 0),
        ("flops < +0", 0),
        ("layers != 5", 0),
        ("incompatible", 1),
    ],
)
def test_conditions(work: Work, condition: str, status: int) -> None:
    work.write(a=OLD, b=OLD.replace("Dense(16)", "Dense(32)").replace("86_794", "173_498"))
    found, out, _ = work.diff("a.net", "b.net", "--fail-if", condition)
    assert found == status, out
    assert ("failed: " in out) == bool(status)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("parms > 1", "did you mean"),
        ("params > 5%", "write `+` or `-` before it"),
        ("params > 1MB", "no number of bytes"),
        ("params", "no condition"),
        ("params > 1x", "no condition"),
        ("Params > 1", "did you mean `params`?"),
        ("params > 1k", "did you mean `K`?"),
        ("memory > +1mb", "did you mean `MB`?"),
        ("params => 1", "write `params >= 1`"),
        ("params = 1", "write `params == 1`"),
        ("params > 1,000,000", "write `params > 1_000_000`"),
        ("params > +5% and flops > 1M", "give `--fail-if` once for each"),
        ("incompatable", "did you mean `incompatible`?"),
        ("", "write `params > +5%`, or `incompatible`"),
    ],
)
def test_a_wrong_condition_is_wrong_usage(work: Work, condition: str, said: str) -> None:
    work.write(a=OLD)
    status, _, err = work.diff("a.net", "a.net", "--fail-if", condition)
    assert status == 2
    assert said in err


def test_a_side_at_fault_is_reported(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("ReLU", "Relu6"), c=OLD.replace("Dense(16)", "Dense(32)"))
    status, out, _ = work.diff("a.net", "b.net")
    assert status == 1
    assert "b.net:2" in out
    status, out, _ = work.diff("a.net", "c.net")
    assert status == 1
    assert "breaks its contract" in out
    assert "units 16 -> 32" in out, "what a broken contract is about is shown with it"


PAGE = (DOCS / "diff.md").read_text(encoding="utf-8")
LISTED = dict(re.findall(r"```net name=(\w+)\.net\n(.*?)```", PAGE, re.DOTALL))


def test_the_listing_of_the_page_is_what_is_printed(work: Work) -> None:
    work.write(**LISTED)
    _, out, _ = work.diff("old.net", "new.net", "--set", "H=28", "--set", "W=28")
    (listing,) = re.findall(r"```text\n(Digits\n.*?)```", PAGE, re.DOTALL)
    assert out == listing


@pytest.mark.parametrize("new", ["new", "old", "wrong", "other", "doubt"])
def test_json_is_what_its_schema_says(work: Work, new: str) -> None:
    schema = json.loads((DOCS / "diff.schema.json").read_text(encoding="utf-8"))
    row = "Dense(8) as a -> Dense(8) as b"
    doubt = OLD.split("expect")[0].replace("Dense(16) as fc", row)
    texts = {
        "wrong": LISTED["old"].replace("Dense(64", "Dens(64"),
        "other": OLD,
        "doubt": doubt.replace("Digits", "Digits2") + doubt.replace(row, "Dense(8) as c"),
    }
    work.write(**LISTED, **texts)
    old = "doubt.net:Digits2" if new == "doubt" else "old.net"
    named = "doubt.net:Digits" if new == "doubt" else f"{new}.net"
    _, out, _ = work.diff(old, named, "--format", "json", "--fail-if", "incompatible")
    found = json.loads(out)
    assert found["diagnostics" if new == "wrong" else "nets"]
    jsonschema.Draft202012Validator(schema).validate(found)


def test_of_several_nets_those_of_one_name_are_compared_and_then_the_most_alike(work: Work) -> None:
    other = OLD.replace("Digits", "Letters").replace("Dense(10)", "Dense(26)")
    other = other.replace("N, 10", "N, 26").replace("86_794", "87_066")
    work.write(a=OLD + other, b=other + OLD.replace("Digits", "Numbers"))
    status, out, _ = work.diff("a.net", "b.net", "--format", "json")
    assert status == 0
    nets = json.loads(out)["nets"]
    assert [(net["old"], net["new"]) for net in nets] == [
        ("Digits", "Numbers"),
        ("Letters", "Letters"),
    ]
    status, out, _ = work.diff("a.net:Digits", "b.net:Letters")
    assert status == 0
    assert "Digits -> Letters" in out
    status, _, err = work.diff("a.net:Digit", "b.net")
    assert status == 1
    assert "did you mean `Digits`?" in err


def test_the_only_nets_of_two_files_are_compared_whatever_they_are_called(work: Work) -> None:
    tiny = "net Tiny(x: float32[N, 3]) -> y: [N, 1] {\n  return x -> Dense(1)\n}\n"
    work.write(a=OLD, b=tiny)
    status, out, _ = work.diff("a.net", "b.net", "--fail-if", "incompatible")
    assert status == 1
    assert "Digits -> Tiny" in out
    assert "kernel: shape" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (100, 105, "+5.0%"),
        (100, 0, "-100.0%"),
        (100_000, 100_028, "+0.03%"),
        (1_000_000, 999_999, "under 0.01%"),
    ],
)
def test_small_shares_are_not_said_to_be_none(old: int, new: int, said: str) -> None:
    assert said in change_text(Measure("params", old, new))


def test_a_net_that_went_is_incompatible_and_one_that_came_is_not(work: Work) -> None:
    tiny = "net Tiny(x: float32[N, 3]) -> y: [N, 1] {\n  return x -> Dense(1)\n}\n"
    work.write(a=OLD + tiny, b=OLD)
    assert work.diff("a.net", "b.net", "--fail-if", "incompatible")[0] == 1
    assert work.diff("b.net", "a.net", "--fail-if", "incompatible")[0] == 0


def test_what_depends_on_a_size_fails_until_the_size_has_a_number(work: Work) -> None:
    text = OLD.split("expect")[0].replace("28, 28", "H, H").replace("Flatten", "GlobalMaxPooling2D")
    work.write(a=text, b=text.replace("Conv2D(8, 3)", "Conv2D(8, 4)"))
    status, out, _ = work.diff("a.net", "b.net", "--fail-if", "activations < +0%")
    assert status == 1
    assert "give it a number with --set" in out
    status, out, _ = work.diff("a.net", "b.net", "--fail-if", "activations > +0%", "--set", "H=28")
    assert status == 0, out


def test_a_setting_need_be_of_one_version_alone(work: Work) -> None:
    text = "net N(x: float32[N, 3], units: int = 2) -> y: [N, _] { return x -> Dense(units) }\n"
    work.write(a=text.replace(", units: int = 2", "").replace("(units)", "(4)"), b=text)
    status, out, _ = work.diff("a.net", "b.net", "--set", "units=4")
    assert status == 0
    assert "No change" in out
    status, _, err = work.diff("a.net", "b.net", "--set", "unit=4")
    assert status == 2
    assert "no net has a parameter or size `unit`" in err


def test_legal_sizes_that_changed(work: Work) -> None:
    text = "net N(x: float32[N, W, 3]) -> y: [N, _, 4] {\n  return x -> Conv1D(4, 3)\n}\n"
    work.write(a=text, b=text.replace("4, 3)", "4, 5)"))
    _, out, _ = work.diff("a.net", "b.net")
    assert "OLD  W from 3; any N" in out
    assert "NEW  W from 5; any N" in out


def test_revisions_and_what_they_import(work: Work) -> None:
    """What a revision imports comes from that revision, though the folder has another file now."""
    work.write(**{"nets/head": "block Head(x: [N, D]) -> [N, 4] { return x -> Dense(4) }\n"})
    net = """from "./head.net" import Head

net Small(x: float32[N, 3]) -> y: [N, 4] { return x -> Dense(5) -> Head }
"""
    work.write(**{"nets/small": net})
    work.commit()
    work.write(
        **{"nets/head": "block Head(x: [N, D]) -> [N, 4] { return x -> Dense(4) -> ReLU }\n"}
    )
    status, out, err = work.diff("HEAD:nets/small.net", "nets/small.net")
    assert status == 0, err
    assert "head/relu (ReLU)" in out
    work.commit()
    status, out, err = work.diff("HEAD~1:nets/small.net:Small", "HEAD:./nets/small.net")
    assert status == 0, err
    assert "head/relu (ReLU)" in out


def test_findings_in_a_revision_name_it(work: Work) -> None:
    work.write(a=OLD.replace("ReLU", "Relu6"))
    work.commit()
    work.write(a=OLD)
    status, out, _ = work.diff("HEAD:a.net", "a.net")
    assert status == 1
    assert "HEAD:a.net:2" in out


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("--output=x:a.net", "no name of a git revision"),
        ("-O:a.net", "no name of a git revision"),
        ("HEAD x:a.net", "no name of a git revision"),
        (":a.net", "no name of a git revision"),
        ("HEAD:../a.net", "outside the repository"),
        ("HEAD:/etc/a.net", "outside the repository"),
        ("HEAD:b.net", "no such .net file"),
        ("HEAD:a1.net", "the revision has no such .net file; it has a.net"),
        ("HEAD", "there is no file `HEAD`; a file of a git revision is written `HEAD:FILE.net`"),
        ("a", "there is no file `a`; did you mean `a.net`?"),
        ("HEAD:link.net", "no such .net file"),
        ("no-such-branch:a.net", "there is no git revision"),
        ("HEAD^{tree}:a.net", "there is no git revision"),
        ("$(touch pwned):a.net", "git revision"),
    ],
)
def test_hostile_and_wrong_names_are_refused_in_a_line(work: Work, old: str, said: str) -> None:
    work.write(a=OLD)
    (work.folder / "link.net").symlink_to("/etc/passwd")
    work.commit()
    before = sorted(path.name for path in work.folder.iterdir())
    status, out, err = work.diff("--", old, "a.net")
    assert status == 1
    assert said in err
    assert not out
    assert len(err.splitlines()) == 1
    assert sorted(path.name for path in work.folder.iterdir()) == before


def test_an_import_that_leaves_the_revision_is_refused(work: Work) -> None:
    (work.folder.parent / "out.net").write_text("block B(x: [N]) { return x -> ReLU }\n")
    work.write(a=f'from "../out.net" import B\n{OLD}')
    work.commit()
    status, out, _ = work.diff("HEAD:a.net", "HEAD:a.net")
    assert status == 1
    assert "is outside the project" in out


HOSTILE = "@octocat <img src=x> [a](https://e.vil) `x` | \\u202e *b* #1"


def test_markdown_shows_text_of_files_as_text(work: Work) -> None:
    net = """net Odd(x: float32[N, 3, 3]) -> y: [N, 3, 3] {
  return (x, x) -> onnx.Einsum(equation="bij,bjk->bik")
}
"""
    work.write(a=net, b=net.replace('"bij,bjk->bik"', '"bij,bkj->bik"'))
    _, out, _ = work.diff("a.net", "b.net", "--format", "markdown")
    assert "bij,bjk" in out
    page = MarkdownIt("gfm-like", {"linkify": False}).render(out)
    assert "<a " not in page
    assert "<img" not in page
    wrong = net.replace("onnx.Einsum", f'onnx.Einsum(a="{HOSTILE}") -> Nix')
    work.write(c=wrong)
    status, out, _ = work.diff("a.net", "c.net", "--format", "markdown")
    assert status == 1
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(out)
    assert "<img" not in page
    assert "</pre>" in page
    assert page.index("octocat") < page.index("</pre>")
    assert "\u202e" not in page


def save(net: str, weights: str) -> None:
    save_safetensors(Path(weights), netc.load(net).checked, SeededWeights(3))


def outputs(net: netc.LoadedNet, x: np.ndarray) -> np.ndarray:
    (made,) = net.run({"x": x}).values()
    return made


RENAMED = [
    ("as fc", "as head", True),
    ("Conv2D(8, 3) -> ReLU", "Conv2D(8, 3) as first -> ReLU", True),
    ("-> Flatten", "-> Flatten -> Dropout(0.5)", True),
    ("-> ReLU", "-> GELU", False),
    ("Dense(16) as fc -> Dense(10)", "Head", True),
]
HEAD = "block Head(x: [N, D]) -> [N, 10] { return x -> Dense(16) -> Dense(10) }\n"


@pytest.mark.parametrize(("was", "now", "same"), RENAMED)
def test_what_loads_is_loaded(work: Work, was: str, now: str, same: bool) -> None:
    """A checkpoint of the old net loads with what `--write-rename` writes, to the same outputs."""
    work.write(a=OLD, b=HEAD + OLD.replace(was, now))
    status, out, _ = work.diff(
        "a.net", "b.net", "--write-rename", "names", "--fail-if", "incompatible"
    )
    assert status == 0, out
    old = netc.load("a.net", seed=3)
    save("a.net", "old.safetensors")
    x = np.random.default_rng(1).random((2, 28, 28, 1), dtype=np.float32)
    names = dict(line.split("=") for line in Path("names").read_text().splitlines())
    new = netc.load("b.net", weights="old.safetensors", rename=names)
    assert np.allclose(outputs(old, x), outputs(new, x), atol=1e-6) == same
    status = execute(
        ["compile", "b.net", "-o", "b.onnx", "--weights", "old.safetensors", "--rename", "@names"]
    )
    assert status == 0


def test_what_must_be_trained_anew_is_refused_by_the_loader(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("Dense(16)", "Dense(32)").replace("86_794", "173_498"))
    status, out, _ = work.diff("a.net", "b.net", "--write-rename", "names")
    assert status == 0
    assert "it refuses this one" in out
    lines = Path("names").read_text().splitlines()
    assert lines == ["# fc: must be trained anew", "# dense: must be trained anew"]
    save("a.net", "old.safetensors")
    options = ["--weights", "old.safetensors", "--rename", "@names"]
    assert execute(["compile", "b.net", "-o", "b.onnx", *options]) == 1


def test_the_same_from_python(work: Work) -> None:
    work.write(a=OLD, b=OLD.replace("as fc", "as head"), c=OLD.replace("ReLU", "Relu6"))
    work.commit()
    (made,) = netc.diff("HEAD:a.net", "b.net")
    assert made.checkpoint is not None
    assert dict(made.checkpoint.renames) == {"fc": "head"}
    with pytest.raises(netc.DiagnosticError):
        netc.diff("a.net", "c.net")
    with pytest.raises(netc.UserError, match="no such"):
        netc.diff("HEAD:d.net", "a.net")


def test_a_file_of_renames_that_cannot_be_read(work: Work) -> None:
    work.write(a=OLD)
    save("a.net", "w.safetensors")
    options = ["--weights", "w.safetensors", "--rename", "@none"]
    assert execute(["compile", "a.net", "-o", "a.onnx", *options]) == 1
    assert "none" in work.capfd.readouterr().err
    Path("odd").write_text("no pair\n")
    assert execute(["compile", "a.net", "-o", "a.onnx", *options[:-1], "@odd"]) == 2
    assert not Path("a.onnx").exists()
