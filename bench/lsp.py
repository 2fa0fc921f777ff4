"""How soon findings follow a keystroke: a recorded piece of typing in the largest shipped file.

python bench/lsp.py

The keystrokes write a line, make a mistake in it, take that back, and write a loop. Each is sent to
`netc lsp` as an editor does, and the time runs until the findings of that text, or of a newer one,
are there.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from figures import keep
from lsprotocol import types as lsp
from measure import ROOT
from pygls.lsp.client import LanguageClient

TYPED = (
    "  y = image -> Conv2D(32, 3, padding=same, activation=relu)\n"
    "  y = y -> BatchNormalisation<<<<<<<zation\n"
    "  for filters in [32, 64] {\n    y = y -> Conv2D(filters, 3)\n  }\n"
)
"""`<` takes a character back."""
GAP = 0.09
"""Seconds between keystrokes: some 130 words a minute."""


async def session(path: Path, uri: str) -> list[float]:
    """The seconds of every keystroke."""
    text = path.read_text(encoding="utf-8")
    client = LanguageClient("bench", "1")
    done: dict[int, float] = {}
    news = asyncio.Event()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def told(params: lsp.PublishDiagnosticsParams) -> None:
        if params.version is not None:
            now = time.perf_counter()
            for version in range(params.version, 0, -1):
                if version in done:
                    break
                done[version] = now
            news.set()

    await client.start_io(sys.executable, "-m", "netc", "lsp")
    await client.initialize_async(lsp.InitializeParams(lsp.ClientCapabilities()))
    client.initialized(lsp.InitializedParams())
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "net", 1, text))
    )
    while 1 not in done:
        news.clear()
        await news.wait()
    last = text.rindex("net ")
    at = text.index("{\n", last) + 2
    sent: dict[int, float] = {}
    for version, char in enumerate(TYPED, 2):
        line = text.count("\n", 0, at)
        column = at - text.rfind("\n", 0, at) - 1
        here = lsp.Position(line, column)
        if char == "<":
            before = lsp.Position(line, column - 1)
            change = lsp.TextDocumentContentChangePartial(lsp.Range(before, here), "")
            text, at = text[: at - 1] + text[at:], at - 1
        else:
            change = lsp.TextDocumentContentChangePartial(lsp.Range(here, here), char)
            text, at = text[:at] + char + text[at:], at + 1
        sent[version] = time.perf_counter()
        client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version, uri), [change]
            )
        )
        await asyncio.sleep(GAP)
    while max(sent) not in done:
        news.clear()
        await news.wait()
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return [done[version] - start for version, start in sent.items()]


def main() -> None:
    """Prints the table."""
    files = sorted((ROOT / "models").glob("*.net"), key=lambda file: file.stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        for file in files[-1:]:
            copy = Path(folder, file.name)
            shutil.copy(file, copy)
            seconds = sorted(asyncio.run(session(copy, copy.as_uri())))
            median = seconds[len(seconds) // 2] * 1000
            most = seconds[int(len(seconds) * 0.95)] * 1000
            print(
                f"{file.name}: {len(seconds)} keystrokes, median {median:.0f} ms, p95 {most:.0f} ms"
            )
            keep("lsp", f"{file.name} median", "ms", median)
            keep("lsp", f"{file.name} p95", "ms", most)


if __name__ == "__main__":
    main()
