"""`report.html`: whole, alone, and safe, whatever a run left behind."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from netc.runtime.report.html import source, spoken, text
from netc.runtime.report.panels import panels
from netc.runtime.report.scales import Scale, duration, fitting, percent_or_number
from netc.runtime.report.svg import chart
from netc.runtime.report.write import write_report
from netc.runtime.runs.facts import Agreement, Facts
from netc.runtime.runs.history import Ending, Gradients, History

from .made import gradients, history
from .runs import Made, classifier, regression

pytest.importorskip("matplotlib")

VOID = {"meta", "img"}
EVIL = '<script>alert("x")</script>'


class Page(HTMLParser):
    """Reads a page: its text, its links and sources; every element must be closed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "data", "action", "poster"):
                self.sources.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def facts(made: Made, past: History) -> Facts:
    return Facts(
        made.recipe,
        past,
        resolved=made.recipe.text,
        started="2026-01-02 03:04",
        seconds=75.2,
        command=("netc", "train", "a file.net"),
        versions={"keras": "3.15"},
        machine={"cores": "2"},
        samples={"train": 40, "validation": 20},
        agreement=Agreement(2e-7, 1e-4, 20, "validation"),
    )


def full(made: Made) -> History:
    past = history(restarts=2, stopped=17, kept=12)
    names = tuple(p for p, node in made.recipe.checked.layers().items() if node.weights)
    return replace(past, gradients=gradients(names, 0.5))


def test_a_whole_run(tmp_path: Path) -> None:
    made = classifier(tmp_path)
    past = full(made)
    write_report(made.run, facts(made, past), made.dataset)
    assert {
        "curves.png",
        "gradients.png",
        "confusion.png",
        "confusion.csv",
        "mistakes.png",
        "report.html",
    } <= {path.name for path in made.run.iterdir()}
    page = Page(made.run / "report.html")
    assert page.tags.count("img") == 3
    assert page.tags.count("svg") >= 4
    for words in (
        "Stopped early after 17 epochs in 1 min 15 s; the weights are those of epoch 12",
        "test accuracy",
        "the largest difference is 2e-07",
        "They neither vanish nor explode.",
        "On the test data (20 samples)",
        "netc train 'a file.net'",
        "keras 3.15",
        "model.onnx",
        "kernel_regularizer",
        f"{8 * 144 + 8:,}",
        "The net as a picture",
    ):
        assert words in page.text, words
    kept = next(e for e in past.epochs if (e.restart, e.epoch) == (1, 12))
    assert f"validation {kept.values['val_accuracy']:.2%}" in page.text


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    made = classifier(tmp_path)
    write_report(made.run, facts(made, full(made)), made.dataset)
    page = Page(made.run / "report.html")
    assert all(each.startswith("data:image/png;base64,") for each in page.sources)
    for link in page.links:
        assert link.startswith("./")
        assert (made.run / link).exists()
    code = (made.run / "report.html").read_text()
    assert not re.search(r"https?:|url\(|@import|<link|<iframe|<base", code)
    assert "default-src 'none'" in code
    assert '<figure class="drawn">' in code
    assert "figure.drawn img { filter: invert(1)" in code
    assert list(made.run.glob(".*")) == [], "no temporary file is left"


def test_names_are_never_markup(tmp_path: Path) -> None:
    made = classifier(tmp_path, ("<b>bold</b>", "<img src=x onerror=alert(1)>", "a&amp;b"))
    (made.run / "<i>.txt").write_text("")
    past = history(phases=((EVIL, 5), ("all", 5)))
    told = replace(facts(made, past), notes=(EVIL, "`<u>`"), command=(EVIL,), machine={EVIL: EVIL})
    write_report(made.run, told, made.dataset)
    page = Page(made.run / "report.html")
    assert page.tags.count("script") == 1
    assert not {"i", "u"} & set(page.tags)
    assert len(page.sources) == page.tags.count("img") == 2
    for name in ("<b>bold</b>", "<img src=x onerror=alert(1)>", "a&amp;b", EVIL, "<i>.txt"):
        assert name in page.text


@pytest.mark.parametrize("reason", ["interrupted", "not finite", "finished"])
def test_runs_that_ended_early(tmp_path: Path, reason: str) -> None:
    made = classifier(tmp_path)
    past = history(phases=(("", 4),), validation=False)
    rows = [*past.epochs]
    rows[-1] = replace(rows[-1], values={"loss": float("nan"), "accuracy": 0.1})
    ending = Ending(1, "", 4, reason, 3, "loss", 0.5)
    grads = Gradients(("dense",), (1, 2), np.array([[1.0], [np.nan]]))
    told = replace(facts(made, History(tuple(rows), (ending,), grads)), agreement=None)
    write_report(made.run, told)
    page = Page(made.run / "report.html")
    said = {"interrupted": "Interrupted", "not finite": "was not finite", "finished": "Trained"}
    assert said[reason] in page.text
    assert "those of epoch 3" in page.text
    assert "The gradients explode: at step 2" in page.text
    assert not (made.run / "confusion.png").exists()


def test_a_run_without_an_epoch(tmp_path: Path) -> None:
    made = regression(tmp_path)
    for name in ("model.onnx", "best.safetensors"):
        (made.run / name).unlink()
    write_report(made.run, Facts(made.recipe, History()), made.dataset)
    assert "No epoch was finished." in Page(made.run / "report.html").text


def test_a_broken_model_is_said(tmp_path: Path) -> None:
    made = regression(tmp_path)
    (made.run / "model.onnx").write_bytes(b"nothing")
    write_report(made.run, facts(made, history()), made.dataset)
    assert "The model was not tried on the data" in Page(made.run / "report.html").text


def test_of_very_large_outputs_the_first_samples_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netc.runtime.report.write.VALUES_UP_TO", 24)
    made = classifier(tmp_path)
    write_report(made.run, facts(made, history()), made.dataset)
    page = Page(made.run / "report.html")
    assert "Figures of the test part are of its first 8 samples." in page.text
    assert "On the test data (8 samples)" in page.text


def test_a_net_of_values_shows_its_errors(tmp_path: Path) -> None:
    made = regression(tmp_path)
    write_report(made.run, facts(made, history()), made.dataset)
    assert (made.run / "predicted.png").exists()
    page = Page(made.run / "report.html")
    assert "On the validation data (15 samples)" in page.text
    assert page.tags.count("img") == 1


def test_differences_that_are_too_large_are_said(tmp_path: Path) -> None:
    made = regression(tmp_path)
    for largest in (0.5, float("nan")):
        told = replace(facts(made, history()), agreement=Agreement(largest, 1e-4, 15, "validation"))
        write_report(made.run, told)
        assert "onnxruntime and Keras differ" in Page(made.run / "report.html").text


def test_restarts_and_phases_are_listed(tmp_path: Path) -> None:
    made = regression(tmp_path)
    past = history(restarts=2, phases=(("head", 3), ("all", 4)))
    write_report(made.run, replace(facts(made, past), kept_restart=2))
    page = Page(made.run / "report.html")
    assert "Restarts and phases" in page.text
    assert "2 all finished 7 7 val_loss 0.31 kept" in page.text


def test_values_show_under_the_pointer() -> None:
    past = history(stopped=17, kept=12)
    loss, accuracy, rate = panels(past)
    epoch = past.epochs[11]
    assert f"epoch 12 · weights kept\ntraining {epoch.values['loss']:.4g}\n" in chart(loss)
    assert f"validation {epoch.values['val_accuracy']:.2%}" in chart(accuracy)
    assert f"learning rate {epoch.learning_rate:.4g}" in chart(rate)


@pytest.mark.parametrize("values", [(), (0.0,), (5.0, 5.0), (float("nan"), 1.0), (-3.0, 1e9)])
@pytest.mark.parametrize("log", [True, False])
def test_scales_hold_their_values(values: tuple[float, ...], log: bool) -> None:
    scale = fitting(values, log)
    assert scale.high > scale.low
    for value in values:
        if np.isfinite(value):
            assert 0 <= scale.part(value) <= 1
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 13
    assert all(scale.low <= tick <= scale.high for tick in ticks)


def test_a_log_scale_has_equal_steps_for_equal_factors() -> None:
    scale = Scale(1e-6, 1.0, True)
    assert scale.part(1e-3) == pytest.approx(0.5)
    assert scale.ticks() == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1])


def test_numbers_for_people() -> None:
    assert percent_or_number("val_accuracy", 0.98765) == "98.77%"
    assert percent_or_number("loss", 0.98765) == "0.9877"
    assert percent_or_number("loss", float("nan")) == "not a number"
    assert [duration(s) for s in (7.25, 245, 11520)] == ["7.2 s", "4 min 5 s", "3 h 12 min"]


def test_source_keeps_its_text() -> None:
    code = 'net A(x: float32[N, 3]) -> y { # <b>\n  return x -> Dense(1_000, name="<i>") }\n'
    shown = source(code)
    assert re.sub(r"<[^>]*>", "", shown) == text(code)
    assert '<span class="keyword">net</span>' in shown
    assert '<span class="comment"># &lt;b&gt;</span>' in shown
    assert spoken("use `<relu>` & more") == "use <code>&lt;relu&gt;</code> &amp; more"
