"""`netc ops NAME`: what it answers to names that netc does not have."""

from __future__ import annotations

import pytest

from .run_netc import netc


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ConvTranspose2d", "write `Conv2DTranspose(filters, kernel_size)`"),
        ("roll", "join the two parts: `(x[:, 2:], x[:, :2]) -> Concatenate(axis=1)`."),
        ("take", "write `Gather(x, places, axis=1)`."),
        ("Conv2d_", "did you mean `Conv2D`?"),
    ],
)
def test_names_of_other_tools_are_answered_as_in_a_net(name: str, answer: str) -> None:
    done = netc("ops", name)
    assert done.status == 1
    assert f"there is no layer `{name}`. {answer}" in done.err
