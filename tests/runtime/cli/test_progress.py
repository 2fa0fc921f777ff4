"""What a run shows while it goes on: lines stay lines, with a bar below them or without."""

from __future__ import annotations

import io

import pytest
from netc.runtime.cli.progress import progress
from netc.runtime.runs.history import FINISHED, STOPPED, Ending, Epoch
from netc.runtime.train.watch import Stretch, Watch

NOTE = "writing models and the report; Ctrl-C again ends at once"


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """What stands on the screen at the end, whatever stood in between."""
        screen, row, column = [""], 0, 0
        text = self.getvalue()
        while text:
            if text.startswith("\x1b["):
                end = next(i for i, char in enumerate(text) if char.isalpha())
                number, what = text[2:end], text[end]
                if what == "K":
                    screen[row] = ""
                elif what == "A":
                    row -= int(number or 1)
                text = text[end + 1 :]
                continue
            char, text = text[0], text[1:]
            if char == "\n":
                row, column = row + 1, 0
                if row == len(screen):
                    screen.append("")
            elif char == "\r":
                column = 0
            else:
                screen[row] = f"{screen[row][:column]:{column}}{char}{screen[row][column + 1 :]}"
                column += 1
        return [line.rstrip() for line in screen if line.strip()]


def shown(watch: Watch) -> None:
    watch.phase(Stretch(1, 1, "tune", 3, 10, 0, 5))
    watch.step(5, 4, lambda: {"loss": 0.5, "accuracy": 1.0})
    watch.epoch(Epoch(1, "tune", 5, 0.1, 0.2, {"loss": 0.5, "accuracy": 1.0}), True)
    watch.step(6, 4, lambda: {"loss": 0.5, "accuracy": 1.0})
    watch.note(NOTE)
    watch.closing()


LINES = ["phase tune", "epoch 5/7  loss 0.5  accuracy 1  0.2 s  *", f"note: {NOTE}"]


def test_a_note_has_a_line_of_its_own_above_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    with progress(terminal, False) as watch:
        shown(watch)
    assert terminal.lines() == LINES
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_the_lines_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(io.StringIO(), False) as watch:
        shown(watch)
    assert capsys.readouterr().err.splitlines() == LINES


@pytest.mark.parametrize(
    ("reason", "kept", "said"),
    [
        (FINISHED, 6, []),
        (FINISHED, 4, ["no epoch was better than epoch 4 (val_loss 0.25)"]),
        (STOPPED, 6, ["stopped early after epoch 7; kept epoch 6 (val_loss 0.25)"]),
    ],
)
def test_the_end_of_a_phase(
    capsys: pytest.CaptureFixture[str], reason: str, kept: int, said: list[str]
) -> None:
    with progress(io.StringIO(), False) as watch:
        watch.phase(Stretch(1, 1, "", 3, 10, 0, 5))
        watch.ending(Ending(1, "", 7, reason, kept, "val_loss", 0.25))
    assert capsys.readouterr().err.splitlines() == said
