"""What stands around the snippets: headline, trace, help, colours, order, summary."""

import re
import subprocess
import sys
from dataclasses import replace

from netc.dsl.diagnostics.diagnostic import Frame, Related
from netc.dsl.diagnostics.render.count import summary_line
from netc.dsl.diagnostics.render.text import render_text, shortened
from netc.dsl.text.source import Span


def test_a_deep_trace_shows_its_ends(broadcast):
    span = broadcast.trace[0].span
    frames = tuple(Frame(f"B{n}", "", span) for n in range(9))
    text = render_text([replace(broadcast, trace=frames)], color=False, full=True)
    assert [line.strip() for line in text.splitlines()[-6:]] == [
        "├─ in B0(), called at resnet.net:26:14",
        "├─ in B1(), called at resnet.net:26:14",
        "├─ in B2(), called at resnet.net:26:14",
        "├─ … 4 more",
        "├─ in B7(), called at resnet.net:26:14",
        "├─ in B8(), called at resnet.net:26:14",
    ]
    six = render_text([replace(broadcast, trace=frames[:6])], color=False, full=True)
    assert "more" not in six
    assert six.count("├─") == 6


def test_without_full_the_innermost_and_the_outermost_call_are_shown(broadcast):
    span = broadcast.trace[0].span
    frames = tuple(Frame(f"B{n}", "", span) for n in range(9))
    text = render_text([replace(broadcast, trace=frames)], color=False)
    assert [line.strip() for line in text.splitlines()[-3:]] == [
        "├─ in B0(), called at resnet.net:26:14",
        "├─ … 7 more",
        "├─ in B8(), called at resnet.net:26:14",
    ]
    assert shortened([replace(broadcast, trace=frames)])
    assert not shortened([replace(broadcast, trace=frames[:2])])


def test_two_origins_are_shown_and_the_rest_with_full(broadcast, resnet):
    places = [Related(f"step {n}", Span(resnet, n, n + 1), step=True) for n in range(6)]
    found = replace(broadcast, related=(*broadcast.related, *places), trace=())
    short = render_text([found], color=False)
    assert re.findall(r"step \d", short) == ["step 0", "step 1"]
    whole = render_text([found], color=False, full=True)
    assert re.findall(r"step \d", whole) == [f"step {n}" for n in range(6)]
    assert whole.splitlines()[-2:] == [
        "   · resnet.net:5:1: step 4",
        "   · resnet.net:6:1: step 5",
    ]
    assert shortened([found])
    assert not shortened([broadcast])


def test_a_step_on_a_line_that_is_shown_adds_no_label(broadcast, resnet):
    here = Span(resnet, broadcast.span.start - 3, broadcast.span.start)
    found = replace(broadcast, related=(*broadcast.related, Related("a step", here, step=True)))
    assert "a step" not in render_text([found], color=False)
    assert "a step" in render_text([found], color=False, full=True)
    assert shortened([found])


def test_a_help_of_many_lines_leaves_less_room_for_origins(broadcast, resnet):
    places = tuple(Related(f"place {n}", Span(resnet, n, n + 1)) for n in range(2))
    found = replace(broadcast, related=places, help="\n".join("abcdefg"))
    text = render_text([found], color=False)
    assert len(text.splitlines()) <= 16
    assert re.findall(r"place \d", text) == ["place 0", "place 1"]
    longer = render_text([replace(found, help="\n".join("abcdefghi"))], color=False)
    assert len(longer.splitlines()) <= 16
    assert re.findall(r"place \d", longer) == ["place 0"]


def test_help_of_two_lines_stays_below_itself(broadcast):
    diagnostic = replace(broadcast, trace=(), help="one\ntwo")
    assert render_text([diagnostic], color=False).splitlines()[-2:] == [
        "   = help: one",
        "           two",
    ]


def test_colours_change_nothing_but_the_codes(broadcast, unused):
    plain = render_text([broadcast, unused], color=False)
    coloured = render_text([broadcast, unused], color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31merror[NET0301]\x1b[0m\x1b[1m: `+` cannot" in coloured
    assert "\x1b[1;33mwarning[NET0601]\x1b[0m" in coloured
    assert "\x1b[1;31m^^^^^^^^\x1b[0m" in coloured
    assert "\x1b[1;34m--------\x1b[0m" in coloured


def test_diagnostics_are_ordered_by_file_position_and_severity(broadcast, misspelt, unused):
    at_same_place = replace(broadcast, span=unused.span, related=())
    text = render_text([broadcast, misspelt, unused, at_same_place], color=False)
    assert re.findall(r"^(\w+\[.*?\])", text, flags=re.M) == [
        "error[NET0301]",
        "warning[NET0601]",
        "error[NET0201]",
        "error[NET0301]",
    ]
    assert "\n\nwarning" in text


def test_nothing_to_show_is_no_text():
    assert render_text([], color=True) == ""


def test_the_summary_counts_in_words(broadcast, misspelt, unused):
    assert summary_line([broadcast, misspelt, unused], 3) == "checked 3 files: 2 errors, 1 warning"
    assert summary_line([unused, unused], 1) == "checked 1 file: 2 warnings"
    assert summary_line([], 3) == "checked 3 files: no faults"


def test_importing_the_text_renderer_stays_light():
    code = "import sys, netc.dsl.diagnostics.render.text; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"rich", "click", "lark", "numpy", "networkx", "onnx", "json", "asyncio", "xml"}
    assert not heavy & set(found.stdout.split())
