"""Playwright's `expect`, imported when it is used: `make browser` alone installs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, LocatorAssertions


def expect(found: Locator) -> LocatorAssertions:
    """What is held of elements of a page, as soon as it becomes true."""
    from playwright.sync_api import expect as held

    return held(found)
