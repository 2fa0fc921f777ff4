"""How soon the built playground is ready, and findings follow an edit: `make site` first.

    python bench/playground.py [--runs 5] [--site DIR]

Needs Chromium on the path, and `pip install playwright`. Each run opens the page anew, from the
disk. "Ready" is from the beginning of the page to when it can check, "findings" to the first ones
on it; "edit" is from a key to its findings, the pause for further keys included.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from pathlib import Path

from figures import keep
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
EDITS = 10


def main() -> int:
    """Measures and prints; returns the exit status."""
    parser = argparse.ArgumentParser(description="Measures the playground in Chromium.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--site", type=Path, default=ROOT / "site")
    given = parser.parse_args()
    page = given.site.resolve() / "playground.html"
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not page.is_file() or program is None:
        print("error: no site (`make site`), or no Chromium on the path", file=sys.stderr)
        return 1
    found: dict[str, list[float]] = {"ready": [], "findings": [], "edit": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(given.runs):
            for name, values in measured(browser, page.as_uri()).items():
                found[name] += values
    for name, values in found.items():
        middle = statistics.median(values)
        print(f"{name:<9} median {middle:6.0f} ms, from {min(values):.0f} to {max(values):.0f}")
        keep("playground", name, "ms", middle)
    return 0


def measured(browser: Browser, address: str) -> dict[str, list[float]]:
    """The figures of one opening, in milliseconds."""
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-checked]", state="attached", timeout=120_000)
    first = page.evaluate("NETC_PLAYGROUND.found")
    ready = page.evaluate("NETC_PLAYGROUND.ready")
    page.locator(".cm-line", has_text="Flatten").click()
    page.keyboard.press("End")
    edits = []
    for _ in range(EDITS):
        before = page.evaluate("NETC_PLAYGROUND.version")
        page.keyboard.type(" ")
        while int(page.evaluate("document.body.dataset.checked")) <= before:
            page.wait_for_timeout(20)
        edits.append(page.evaluate("NETC_PLAYGROUND.checked.took"))
    page.close()
    return {"ready": [ready], "findings": [first], "edit": edits}


if __name__ == "__main__":
    sys.exit(main())
