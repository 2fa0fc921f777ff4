"""A small editor: speaks to `netc lsp` over its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from ...waiting import LONGEST

T = TypeVar("T")


class Editor:
    """One server with the files that are open in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("editor", "1")
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.said: dict[str, list[lsp.PublishDiagnosticsParams]] = {}
        self.news = asyncio.Event()
        self.refreshed = 0

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: lsp.PublishDiagnosticsParams) -> None:
            self.said.setdefault(params.uri, []).append(params)
            self.news.set()

        @self.client.feature(lsp.WORKSPACE_INLAY_HINT_REFRESH)
        def refresh(params: None) -> None:
            self.refreshed += 1

        @self.client.feature(lsp.WORKSPACE_CODE_LENS_REFRESH)
        def refresh_lens(params: None) -> None:
            pass

        self.run(self.client.start_io(sys.executable, "-m", "netc", "lsp"))
        able = lsp.ClientCapabilities(
            workspace=lsp.WorkspaceClientCapabilities(
                inlay_hint=lsp.InlayHintWorkspaceClientCapabilities(refresh_support=True)
            )
        )
        self.made = self.run(
            self.client.initialize_async(
                lsp.InitializeParams(able, root_uri=folder.as_uri(), process_id=None)
            )
        )
        self.client.initialized(lsp.InitializedParams())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for an answer."""
        return self.loop.run_until_complete(asyncio.wait_for(work, LONGEST))

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def document(self, name: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(name))

    def open(self, name: str, text: str) -> list[lsp.Diagnostic]:
        """Writes and opens a file; what is wrong with it."""
        (self.folder / name).write_text(text, encoding="utf-8")
        self.versions[name], self.texts[name] = 1, text
        item = lsp.TextDocumentItem(self.uri(name), "net", 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return self.findings(name)

    def change(self, name: str, text: str) -> list[lsp.Diagnostic]:
        """Types until the text stands there, without saving; what is then wrong with it."""
        self.versions[name] += 1
        self.texts[name] = text
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name)),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        return self.findings(name)

    def findings(self, name: str) -> list[lsp.Diagnostic]:
        """What was said of the newest version of a file."""

        async def newest() -> list[lsp.Diagnostic]:
            while True:
                for params in self.said.get(self.uri(name), ()):
                    if params.version == self.versions[name]:
                        return list(params.diagnostics)
                self.news.clear()
                await self.news.wait()

        return self.run(newest())

    def at(self, name: str, mark: str) -> lsp.Position:
        """The position of `|` in a piece of the text that is given with it."""
        before, after = mark.split("|")
        start = self.texts[name].index(before + after) + len(before)
        line = self.texts[name].count("\n", 0, start)
        begin = self.texts[name].rfind("\n", 0, start) + 1
        units = len(self.texts[name][begin:start].encode("utf-16-le")) // 2
        return lsp.Position(line, units)

    def close(self) -> None:
        """Ends the server as an editor does."""
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())
        self.loop.close()


def applied(text: str, edits: list[lsp.TextEdit]) -> str:
    """A text with edits; for texts of ASCII."""
    lines = text.splitlines(True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character))[::-1]:
        start = starts[edit.range.start.line] + edit.range.start.character
        end = starts[edit.range.end.line] + edit.range.end.character
        text = text[:start] + edit.new_text + text[end:]
    return text
