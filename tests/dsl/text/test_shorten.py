"""Long text keeps its beginning or its end, and says by an ellipsis that there was more."""

from __future__ import annotations

from netc.dsl.text.shorten import shortened


def test_what_fits_stays_as_it_is() -> None:
    assert shortened("resnet", 6) == shortened("resnet", 6, "end") == "resnet"


def test_what_does_not_fit_has_the_length_that_there_is_room_for() -> None:
    assert shortened("resnet50", 6) == "resne…"
    assert shortened("runs/resnet50", 6, "end") == "…net50"
