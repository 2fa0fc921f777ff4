"""Sources and diagnostics built by hand, so that the renderers are tested alone."""

import pytest
from netc.dsl.diagnostics.codes import Code
from netc.dsl.diagnostics.diagnostic import Diagnostic, Fix, Frame, Related
from netc.dsl.text.source import Source, Span


def span_of(source: Source, text: str) -> Span:
    """The span of the first occurrence of `text`."""
    start = source.text.index(text)
    return Span(source, start, start + len(text))


@pytest.fixture
def resnet() -> Source:
    lines = [""] * 26
    lines[17] = "  return residual + shortcut -> ReLU"
    lines[25] = "    x = x -> Bottleneck(width, strides) -> Bottleneck(width) * (depth - 1)"
    return Source("resnet.net", "\n".join(lines) + "\n")


@pytest.fixture
def broadcast(resnet: Source) -> Diagnostic:
    """The example of the language's design page."""
    return Diagnostic(
        Code.BROADCAST,
        "`+` cannot broadcast [N, 28, 28, 512] with [N, 56, 56, 256]",
        span_of(resnet, "shortcut"),
        label="[N, 56, 56, 256]",
        related=(Related("[N, 28, 28, 512]", span_of(resnet, "residual")),),
        trace=(Frame("Bottleneck", "width=128, strides=2", span_of(resnet, "Bottleneck")),),
        help="`shortcut` is defined at line 11; give it strides=2 and 512 filters",
    )


@pytest.fixture
def misspelt() -> Diagnostic:
    """A diagnostic with a fix, in a file whose name needs escaping."""
    source = Source("my nets/a,b:c.net", "net A {\n  x = Dens(100%)\n}\n")
    name = span_of(source, "Dens")
    return Diagnostic(
        Code.UNKNOWN_LAYER,
        "no layer is called `Dens` <100%>",
        name,
        help="write `Dense`",
        fix=Fix(name, "Dense"),
    )


@pytest.fixture
def unused() -> Diagnostic:
    source = Source("my nets/a,b:c.net", "net A {\n  x = Dens(100%)\n}\n")
    return Diagnostic(Code.UNUSED_VALUE, "`x` is never used", span_of(source, "x"))
