"""A table with a title and lines below, as text and as HTML; numbers, shapes and sizes as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...dsl.record import record
from ...dsl.text.escape import markup
from ..shapes.dims import Dim
from ..shapes.types import TensorType

LEFT = 2
"""So many first columns hold words; what stands behind them are numbers."""


@record
class Table:
    """Rows of text under headings. `below` are lines such as `Total params: 1,024`."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[tuple[str, str], ...]

    def text(self) -> str:
        """Columns as wide as they must be, with lines below."""
        columns = zip(self.headings, *self.rows, strict=True)
        widths = [max(map(len, column)) for column in columns]
        rule = "─" * (sum(widths) + 3 * (len(widths) - 1))
        lines = [self.title, "", _line(self.headings, widths), f" {rule}".rstrip()]
        lines += [_line(row, widths) for row in self.rows]
        return "\n".join([*lines, "", *(f"{name}: {value}" for name, value in self.below)])

    def html(self) -> str:
        """The same for a notebook."""
        head = _cells("th", self.headings)
        body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in self.rows)
        below = "<br>".join(f"{markup(name)}: {markup(value)}" for name, value in self.below)
        return (
            f"<table><caption>{markup(self.title)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table><p>{below}</p>"
        )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if index < LEFT else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f" {'   '.join(padded)}".rstrip()


def _cells(tag: str, cells: Iterable[str]) -> str:
    return "".join(
        f'<{tag} style="text-align: {"left" if index < LEFT else "right"}">{markup(cell)}</{tag}>'
        for index, cell in enumerate(cells)
    )


def shape(type: TensorType) -> str:
    """`(N, 28, 28, 1)`."""
    inner = ", ".join(map(str, type.shape))
    return f"({inner},)" if len(type.shape) == 1 else f"({inner})"


def count(dim: Dim) -> str:
    """`1,024`, or a named size's formula."""
    return f"{dim:,}" if isinstance(dim, int) else str(dim)


def field(field: tuple[int, ...] | None) -> str:
    """A receptive field: `3×3`, or `all`."""
    return "all" if field is None else "×".join(map(str, field))


def size(bytes: Dim) -> str:
    """`3.7 MiB`, or a formula of bytes."""
    if not isinstance(bytes, int):
        return f"{bytes} bytes"
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if bytes >= scale:
            return f"{bytes / scale:,.1f} {unit}"
    return f"{bytes} bytes"
