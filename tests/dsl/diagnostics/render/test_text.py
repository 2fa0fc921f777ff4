"""Source snippets, character for character."""

import re
from dataclasses import replace

import pytest
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic, Frame, Related
from netc.dsl.diagnostics.render.cells import width_of
from netc.dsl.diagnostics.render.text import render_text
from netc.dsl.text.source import Source, Span


def span_of(source: Source, text: str) -> Span:
    start = source.text.index(text)
    return Span(source, start, start + len(text))


def fault(span: Span, label: str = "", *related: tuple[str, Span]) -> Diagnostic:
    return Diagnostic(
        Code.WRONG_TYPE, "a fault", span, label, tuple(Related(text, at) for text, at in related)
    )


def shows(diagnostic: Diagnostic, expected: str, width: int = 100) -> None:
    """The rendering, without its headline, is `expected` (a leading `|` ends the indentation)."""
    rendered = render_text([diagnostic], color=False, width=width).split("\n", 1)[1]
    assert rendered == re.sub(r"^ *\|", "", expected.strip("\n"), flags=re.M).rstrip()


def test_the_example_of_the_language_page(broadcast):
    assert render_text([broadcast], color=False) == "\n".join(
        [
            "error[NET0301]: `+` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]",
            "   ┌─ resnet.net:18:10",
            "18 │   return residual + shortcut -> ReLU",
            "   │          --------   ^^^^^^^^ [N, 56, 56, 256]",
            "   │          [N, 28, 28, 512]",
            "   = help: `shortcut` is defined at line 11; give it strides=2 and 512 filters",
            "   ├─ in Bottleneck(width=128, strides=2), called at resnet.net:26:14",
        ]
    )


def test_places_in_other_files_and_on_other_lines_are_snippets_of_their_own():
    here = Source("a.net", "x = 1\ny = x + z\n")
    there = Source("lib/b.net", "\n" * 9 + "  const z = true\n")
    shows(
        fault(
            span_of(here, "x + z"),
            "int + bool",
            ("bool", span_of(there, "true")),
            ("int", span_of(here, "1")),
        ),
        """
        |   ┌─ a.net:2:5
        | 2 │ y = x + z
        |   │     ^^^^^ int + bool
        |   ┌─ lib/b.net:10:13
        |10 │   const z = true
        |   │             ---- bool
        |   ┌─ a.net:1:5
        | 1 │ x = 1
        |   │     - int
        """,
    )


def test_three_labels_on_one_line_hang_in_steps():
    source = Source("a.net", "aa + bb + cc\n")
    shows(
        fault(
            span_of(source, "bb"),
            "middle",
            ("first", span_of(source, "aa")),
            ("last", span_of(source, "cc")),
        ),
        """
        |  ┌─ a.net:1:1
        |1 │ aa + bb + cc
        |  │ --   ^^   -- last
        |  │ │    middle
        |  │ first
        """,
    )


def test_a_nested_range_is_drawn_over_the_outer_one():
    source = Source("a.net", "Dense(units)\n")
    shows(
        fault(span_of(source, "Dense(units)"), "call", ("argument", span_of(source, "units"))),
        """
        |  ┌─ a.net:1:1
        |1 │ Dense(units)
        |  │ ^^^^^^-----^
        |  │ │     argument
        |  │ call
        """,
    )


def test_two_labels_of_the_same_range_are_both_shown():
    source = Source("a.net", "x = y\n")
    shows(
        fault(span_of(source, "y"), "one", ("two", span_of(source, "y"))),
        """
        |  ┌─ a.net:1:5
        |1 │ x = y
        |  │     ^ one
        |  │     two
        """,
    )


def test_a_range_over_several_lines_shows_its_first_and_last():
    source = Source("a.net", "f(\n  1,\n  2)\n")
    shows(
        fault(Span(source, 0, source.text.index(")") + 1), "two values"),
        """
        |  ┌─ a.net:1:1
        |1 │ f(
        |  │ ^^
        |3 │   2)
        |  │   ^^ two values
        """,
    )


def test_a_long_range_shows_its_first_line_alone():
    source = Source("a.net", "block A(x) {\n" + "  y = x\n" * 200 + "}\n")
    shows(
        fault(Span(source, 0, len(source.text)), "never ends"),
        """
        |  ┌─ a.net:1:1
        |1 │ block A(x) {
        |  │ ^^^^^^^^^^^^ never ends
        """,
    )


def test_the_end_of_a_file_and_a_newline_can_be_marked():
    source = Source("a.net", "f(\r\n")
    shows(
        fault(Span(source, 4, 4), "`)` is missing", ("newline", Span(source, 3, 4))),
        """
        |  ┌─ a.net:2:1
        |2 │
        |  │ ^ `)` is missing
        |1 │ f(
        |  │   - newline
        """,
    )


def test_a_file_that_could_not_be_read_has_no_snippet():
    shows(
        fault(Span(Source("gone.net", ""), 0, 0), "no such file"),
        """
        |  ┌─ gone.net
        |  │ no such file
        """,
    )


def test_tabs_wide_and_combining_characters_keep_marks_aligned():
    source = Source("a.net", "\tx = f(名前, e\u0301, 😀) + z\n")
    shows(
        fault(
            span_of(source, "z"),
            "here",
            ("wide", span_of(source, "名前")),
            ("one cell", span_of(source, "e\u0301")),
            ("emoji", span_of(source, "😀")),
        ),
        """
        |  ┌─ a.net:1:8
        |1 │     x = f(名前, e\u0301, 😀) + z
        |  │      wide ----  -  --    ^ here
        |  │                 │  emoji
        |  │                 one cell
        """,
    )


def test_a_tab_ends_at_the_next_stop():
    source = Source("a.net", "ab\tc\n")
    shows(
        fault(span_of(source, "c")),
        """
        |  ┌─ a.net:1:4
        |1 │ ab  c
        |  │     ^
        """,
    )


def test_no_escape_sequence_reaches_the_terminal():
    source = Source("a\x1b]0;.net", "x = \x1b[31mred\x07 \u202e\x9b2J \u2028\u2029\ud800 y\n")
    diagnostic = Diagnostic(
        Code.CONTROL_CHARACTER,
        "bad\x1b[2J",
        span_of(source, "y"),
        "label\x1b",
        (Related("there\r", span_of(source, "red")),),
        (Frame("B\x1b", "a=\x08", span_of(source, "x")),),
        "delete\x1b it",
    )
    text = render_text([diagnostic], color=False)
    assert not [char for char in text if char != "\n" and not char.isprintable()]
    assert "1 │ x = ␛[31mred␇ <U+202E><U+009B>2J <U+2028><U+2029><U+D800> y" in text
    lines = text.splitlines()
    assert lines[3].index("^") == lines[2].rindex("y")


def test_a_long_line_is_cropped_around_the_range():
    source = Source("a.net", "x = [" + ", ".join(map(str, range(5000))) + "]\n")
    shows(
        fault(span_of(source, "777"), "here", ("far away", span_of(source, "4999"))),
        """
        |  ┌─ a.net:1:3781
        |1 │ …, 774, 775, 776, 777, 778, 779, 780, 781, 782, 783, 78…
        |  │                   ^^^ here
        |  ┌─ a.net:1:28890
        |1 │ … 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999]
        |  │                                                   ---- far away
        """,
        width=60,
    )


@pytest.mark.parametrize("filler", ["x", "名", "\t", "e\u0301", "😀", "\x1b"])
@pytest.mark.parametrize("before", [0, 7, 60, 900])
def test_a_cropped_line_fits_and_stays_aligned(filler, before):
    source = Source("a.net", filler * before + "MARK" + filler * 900)
    lines = render_text([fault(span_of(source, "MARK"))], color=False, width=50).splitlines()
    shown, below = lines[2], lines[3]
    assert width_of(shown) <= 50
    assert shown.endswith("…")
    assert width_of(shown[: shown.index("MARK")]) == below.index("^^^^")


def test_a_label_that_does_not_fit_behind_its_range_hangs_below_it():
    source = Source("a.net", "Conv2D(filters, kernel_size)\n")
    shows(
        fault(span_of(source, "filters, kernel_size"), "these are 20 characters"),
        """
        |  ┌─ a.net:1:8
        |1 │ Conv2D(filters, kernel_size)
        |  │        ^^^^^^^^^^^^^^^^^^^^
        |  │        these are 20 characters
        """,
        width=40,
    )


def test_a_label_without_room_behind_its_range_stands_before_it():
    source = Source("a.net", "y = x -> Conv2D(filters, 3) -> BatchNormalization\n")
    shows(
        fault(span_of(source, "BatchNormalization"), "made here"),
        """
        |  ┌─ a.net:1:32
        |1 │ y = x -> Conv2D(filters, 3) -> BatchNormalization
        |  │                      made here ^^^^^^^^^^^^^^^^^^
        """,
        width=54,
    )


def test_places_of_one_file_stand_below_one_heading_behind_the_help():
    source = Source("a.net", "x = 1\ny = 2\nz = x + y\n")
    found = fault(
        span_of(source, "x + y"), "", ("set", span_of(source, "1")), ("too", span_of(source, "2"))
    )
    shows(
        replace(found, help="write 3"),
        """
        |  ┌─ a.net:3:5
        |3 │ z = x + y
        |  │     ^^^^^
        |  = help: write 3
        |1 │ x = 1
        |  │     - set
        |2 │ y = 2
        |  │     - too
        """,
    )
