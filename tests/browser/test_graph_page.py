"""`netc graph -o net.html` in a browser: folding, search, keys, dark mode, copies."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from netc.compiler.outline.outline import outline
from netc.runtime.picture.folding import opened
from netc.runtime.picture.live import page as draw
from netc.runtime.picture.scene import scene

from ..nets import shipped

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

OVERLAPS = """() => {
  const seen = [...document.querySelectorAll('.box:not(.open) > .closed > .face')]
    .map((face) => face.getBoundingClientRect()).filter((area) => area.width > 0);
  let count = 0;
  seen.forEach((a, i) => seen.slice(i + 1).forEach((b) => {
    const apart = a.right <= b.left + 0.5 || b.right <= a.left + 0.5 ||
      a.bottom <= b.top + 0.5 || b.bottom <= a.top + 0.5;
    if (!apart) count += 1;
  }));
  return [seen.length, count];
}"""


@pytest.fixture
def resnet(page: Page, tmp_path: Path) -> Page:
    """ResNet-50's page."""
    made = scene(outline(shipped("resnet.net", "ResNet50")))
    file = tmp_path / "net.html"
    file.write_text(draw(made, opened(made.root)), encoding="utf-8")
    page.goto(file.as_uri())
    return page


def visible(page: Page) -> int:
    """How many closed boxes are seen."""
    count, overlaps = page.evaluate(OVERLAPS)
    assert overlaps == 0
    return int(count)


def test_a_box_opens_and_closes_and_nothing_lies_over_another(resnet: Page) -> None:
    assert visible(resnet) == 12
    resnet.get_by_text("3: Bottleneck, Bottleneck × 5").first.click()
    assert visible(resnet) == 13
    repeat = resnet.locator(".box.repeat", has=resnet.get_by_text("×5", exact=True))
    repeat.locator("> .closed").click()
    assert visible(resnet) == 17
    repeat.locator("> .opened > .top").click()
    assert visible(resnet) == 13
    resnet.get_by_role("button", name="unfold all").click()
    assert visible(resnet) == 176
    for _ in range(6):
        resnet.get_by_role("button", name="fold", exact=True).click()
    assert visible(resnet) == 3


def test_search_finds_layers_and_opens_what_is_around_them(resnet: Page) -> None:
    resnet.keyboard.press("/")
    resnet.keyboard.type("same_3 batch")
    assert resnet.locator("#found").text_content() == "3"
    before = visible(resnet)
    resnet.keyboard.press("Enter")
    assert resnet.locator("#found").text_content() == "1 / 3"
    assert visible(resnet) > before
    assert "resnet/same_3" in (resnet.locator("aside").text_content() or "")
    assert resnet.locator("aside span.here").count() >= 1


def test_keys_walk_through_the_boxes(resnet: Page) -> None:
    resnet.locator(".box.input").focus()
    resnet.keyboard.press("ArrowDown")
    resnet.keyboard.press("ArrowRight")
    active = "document.activeElement.getAttribute('aria-label')"
    assert resnet.evaluate(active).startswith("ConvBN(")
    resnet.keyboard.press("Enter")
    assert visible(resnet) == 11
    resnet.keyboard.press("ArrowLeft")
    assert resnet.evaluate(active).startswith("ResNet(")
    resnet.keyboard.press("Escape")
    assert resnet.locator("aside").is_hidden()


def test_the_details_of_a_layer_say_where_it_is_written(resnet: Page) -> None:
    resnet.locator(".box.layer", has_text="MaxPooling2D").first.click()
    told = resnet.locator("aside").text_content() or ""
    assert "resnet/stem/max_pooling2d" in told
    assert "float32[N, 56, 56, 64]" in told
    here = resnet.locator("aside span.here").all_text_contents()
    assert any("MaxPooling2D(3" in line for line in here)


def test_dark_follows_the_system_and_the_button(resnet: Page) -> None:
    color = "getComputedStyle(document.body).backgroundColor"
    assert resnet.evaluate(color) == "rgb(255, 255, 255)"
    resnet.get_by_role("button", name="dark").click()
    assert resnet.evaluate(color) == "rgb(13, 17, 23)"
    resnet.emulate_media(color_scheme="dark")
    resnet.reload()
    assert resnet.evaluate(color) == "rgb(13, 17, 23)"


def test_what_is_shown_can_be_saved_as_svg(resnet: Page) -> None:
    resnet.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(1); }")
    with resnet.expect_download() as download:
        resnet.get_by_role("button", name="copy as SVG").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    root = ET.fromstring(text)
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "MaxPooling2D" in words
    assert sum("box" in (g.get("class") or "") for g in root.iter()) == 15
    resnet.wait_for_timeout(1600)
    assert resnet.get_by_role("button", name="copy as SVG").is_visible()
