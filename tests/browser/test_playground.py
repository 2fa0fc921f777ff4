"""The playground that `make site` built, from the disk: findings, fixes, summaries, pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from netc.runtime.cli import execute

from web.share import fragment

from ..places import MODELS, ROOT
from .expect import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SITE = ROOT / "site"
READY = 60_000
"""The most milliseconds that a start may take on a machine that does other things, too."""

WRONG = "net Net(x: float32[N, 8]) -> [N, 2] {\n  return x -> Dense(2, activaton=relu)\n}\n"
RIGHT = WRONG.replace("activaton", "activation")


@pytest.fixture
def playground(page: Page) -> Callable[[str], Page]:
    """Opens the playground with a fragment, and waits for its first findings."""

    def opened(address: str = "") -> Page:
        assert (SITE / "playground.html").is_file(), "no site: `make site`"
        page.goto((SITE / "playground.html").as_uri() + address)
        expect(page.locator("body[data-checked]")).to_be_attached(timeout=READY)
        return page

    return opened


def text(page: Page) -> str:
    """What stands in the editor."""
    lines: list[str] = page.locator(".cm-line").all_text_contents()
    return "\n".join(lines)


def test_a_net_is_broken_and_mended(playground: Callable[[str], Page]) -> None:
    page = playground("#code=" + fragment(WRONG))
    print(f"\nready in {page.evaluate('NETC_PLAYGROUND.ready'):.0f} ms")
    expect(page.locator("#status")).to_have_text("1 error")
    expect(page.locator("article h3")).to_contain_text("`Dense` has no argument `activaton`")
    expect(page.locator(".cm-lintRange-error")).to_have_text("activaton=relu")
    page.locator(".fix").click()
    expect(page.locator("#status")).to_have_text("no finding · 1 net")
    assert text(page) == RIGHT
    print(f"edit to findings in {page.evaluate('NETC_PLAYGROUND.checked.took'):.0f} ms")


def test_the_text_and_the_commands_that_compile_it_can_be_taken_away(
    playground: Callable[[str], Page],
) -> None:
    page = playground("#code=" + fragment(RIGHT))
    assert page.locator("#commands").text_content() == (
        'pip install "git+https://github.com/netc-lang/netc"\n'
        "netc compile playground.net -o playground.onnx"
    )
    page.locator("#copy").click()
    expect(page.locator("#status")).to_contain_text("the commands are")
    with page.expect_download() as kept:
        page.locator("#save").click()
    assert kept.value.suggested_filename == "playground.net"
    assert kept.value.path().read_text(encoding="utf-8") == RIGHT


def test_what_is_typed_is_checked_and_formatted(playground: Callable[[str], Page]) -> None:
    page = playground("#code=" + fragment(RIGHT))
    page.locator(".cm-line", has_text="Dense").click()
    page.keyboard.press("End")
    page.keyboard.type("->Softmx")
    expect(page.locator("article h3")).to_contain_text("Softmx")
    page.locator(".fix").click()
    expect(page.locator("#status")).to_have_text("no finding · 1 net")
    page.locator("#format").click()
    expect(page.locator(".cm-content")).to_contain_text("activation=relu) -> Softmax")


def test_a_net_is_drawn_by_graphviz_in_the_page(playground: Callable[[str], Page]) -> None:
    page = playground("#code=" + fragment(RIGHT))
    page.locator("#to-graph").click()
    shown = page.frame_locator("#graph")
    expect(shown.get_by_text("18 params", exact=True)).to_be_visible()
    expect(shown.locator(".box")).to_have_count(3)


def test_the_address_holds_the_text(playground: Callable[[str], Page]) -> None:
    page = playground("#code=" + fragment(WRONG))
    page.locator(".fix").click()
    expect(page.locator("#status")).to_have_text("no finding · 1 net")
    page.locator("#share").click()
    expect(page.locator("#status")).to_contain_text("address")
    address = page.evaluate("location.hash")
    page.goto("about:blank")
    assert text(playground(address)) == RIGHT


def test_a_block_of_a_page_brings_the_file_that_it_imports(
    page: Page, playground: Callable[[str], Page]
) -> None:
    page.goto((SITE / "language.html").as_uri())
    address = page.locator("a[href*='&files=']").first.get_attribute("href")
    assert address is not None
    page = playground("#" + address.partition("#")[2])
    expect(page.locator("#beside")).to_have_text("with blocks.net beside it")
    expect(page.locator("#status")).to_contain_text("no finding")


def test_findings_and_summaries_of_all_shipped_nets_are_the_command_lines(
    playground: Callable[[str], Page],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = playground("")
    monkeypatch.chdir(MODELS)

    def said(*arguments: str) -> str:
        execute(list(arguments))
        return capsys.readouterr().out.strip()

    def answered(*asked: str) -> Any:
        return page.evaluate("asked => NETC_PLAYGROUND.ask(...asked)", list(asked))

    examples = answered("examples")
    assert examples == sorted(path.name for path in MODELS.glob("*.net"))
    for name in examples:
        found = answered("check", answered("example", name), name)
        assert found["text"].strip() == said("check", name), name
        assert found["nets"]
        for net in found["nets"]:
            summary = answered("summary", net)["text"].strip()
            assert summary == said("summary", f"{name}:{net}"), (name, net)
