"""The server: what an editor asks, answered from the desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from ...dsl.diagnostics.errors import NetcError
from ...dsl.version import __version__
from ..errors import UserError
from . import complete, findings, lens, navigate, outline, tokens
from .desk import Desk
from .hover import hover

T = TypeVar("T")

QUICK, LONG = 0.06, 0.25
"""Seconds: a check that took no longer than `QUICK` follows each edit at once; before another one
there is a pause as long as the last took, and no longer than `LONG`."""
PAUSE = 0.5
"""Seconds without an edit until shapes at line ends are shown anew."""


class NetcServer(LanguageServer):
    """pygls's server with a desk beside it."""

    def __init__(self) -> None:
        super().__init__("netc", __version__, lsp.TextDocumentSyncKind.Incremental)
        self.desk = Desk()
        self._waiting: dict[Path, asyncio.TimerHandle] = {}
        self._hints: asyncio.TimerHandle | None = None
        self._took = 0.0

    def edited(self, uri: str) -> None:
        """Takes a new text, and has it checked as soon as typing allows."""
        path = path_of(uri)
        self.desk.put(path, self.workspace.get_text_document(uri).source)
        loop = asyncio.get_running_loop()
        if path not in self._waiting:
            # What is typed until then is checked with it.
            delay = 0.0 if self._took <= QUICK else min(self._took, LONG)
            self._waiting[path] = loop.call_later(delay, self.check, uri)
        if self._hints is not None:
            self._hints.cancel()
        self._hints = loop.call_later(max(PAUSE, 2 * self._took), self._refresh)

    def check(self, uri: str) -> None:
        """Checks a file and says what is wrong with it."""
        path = path_of(uri)
        self._waiting.pop(path, None)
        if path not in self.desk.texts:
            return
        start = time.monotonic()
        view = self.desk.check(path)
        self._took = time.monotonic() - start
        document = self.workspace.get_text_document(uri)
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri, findings.diagnostics(self.desk, view), version=document.version
            )
        )

    def _refresh(self) -> None:
        """Has the editor ask again for what stood still while there was typing."""
        self._hints = None
        asked = self.client_capabilities.workspace
        if asked and asked.inlay_hint and asked.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)
        if asked and asked.code_lens and asked.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)


def path_of(uri: str) -> Path:
    """The file of a document, which need not be there. Raises JsonRpcInvalidParams for no file."""
    parts = urlsplit(uri)
    if parts.scheme not in ("file", "untitled"):
        raise JsonRpcInvalidParams(f"netc reads files, not {parts.scheme or 'this'}: {uri}")
    return Path(url2pathname(unquote(parts.path)) or "untitled.net").resolve()


def _refused(action: Callable[[], T]) -> T:
    """Turns what the author did wrong into an answer that the editor shows."""
    try:
        return action()
    except (UserError, NetcError) as error:
        raise JsonRpcInvalidParams(str(error)) from None


def make_server() -> NetcServer:
    """A server with all that it can be asked."""
    server = NetcServer()
    desk = server.desk

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        uri = params.text_document.uri
        desk.put(path_of(uri), server.workspace.get_text_document(uri).source)
        server.check(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.edited(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        for document in list(server.workspace.text_documents.values()):
            if document.uri.endswith(".net"):
                server.check(document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        desk.close(path_of(uri))
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        path = path_of(params.text_document.uri)
        return hover(desk, desk.fresh(path), params.position)

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        path = path_of(params.text_document.uri)
        first, last = params.range.start.line, params.range.end.line
        found = lens.inlay_hints(desk.view(path), desk.text(path))
        return [hint for hint in found if first <= hint.position.line <= last]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        return lens.lenses(desk.view(path_of(params.text_document.uri)))

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def defined(params: lsp.DefinitionParams) -> lsp.Location | None:
        return navigate.definition(desk, path_of(params.text_document.uri), params.position)

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def referred(params: lsp.ReferenceParams) -> list[lsp.Location]:
        return navigate.references(
            desk,
            path_of(params.text_document.uri),
            params.position,
            declaration=params.context.include_declaration,
        )

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlighted(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        return navigate.highlights(desk, path_of(params.text_document.uri), params.position)

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepared(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        return navigate.prepare_rename(desk, path_of(params.text_document.uri), params.position)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def renamed(params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        path = path_of(params.text_document.uri)
        return _refused(lambda: navigate.rename(desk, path, params.position, params.new_name))

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(trigger_characters=[".", ">", "(", "=", '"']),
    )
    def completed(params: lsp.CompletionParams) -> lsp.CompletionList:
        path = path_of(params.text_document.uri)
        found = complete.complete(desk, path, params.position)
        return lsp.CompletionList(is_incomplete=False, items=found)

    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP,
        lsp.SignatureHelpOptions(trigger_characters=["(", ",", "="]),
    )
    def signed(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        path = path_of(params.text_document.uri)
        return complete.signature_help(desk, path, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def listed(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return outline.symbols(desk, path_of(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folded(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        return outline.folds(desk, path_of(params.text_document.uri))

    @server.feature(
        lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        lsp.SemanticTokensLegend(token_types=list(tokens.TYPES), token_modifiers=[]),
    )
    def coloured(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        path = path_of(params.text_document.uri)
        return lsp.SemanticTokens(tokens.semantic_tokens(desk, path))

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def format(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        path = path_of(params.text_document.uri)
        try:
            return findings.formatted(path, desk.text(path)) or []
        except NetcError:
            return []  # what is wrong with the text has been said

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(
            code_action_kinds=[lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll]
        ),
    )
    def mend(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        path = path_of(params.text_document.uri)
        return findings.code_actions(desk, desk.fresh(path), params.range)

    @server.command("netc.graphHtml")
    def graph(uri: str, net: str) -> str:
        return _refused(lambda: _graph(desk, path_of(uri), net))

    return server


def _graph(desk: Desk, path: Path, name: str) -> str:
    """The page that shows a net's graph."""
    from ...compiler.outline.outline import outline as outlined
    from ..picture.folding import opened
    from ..picture.live import page
    from ..picture.scene import scene

    view = desk.fresh(path)
    for net in view.analysis.nets if view.analysis else ():
        if net.name == name and net.graph is not None:
            made = scene(outlined(net.graph))
            return page(made, opened(made.root))
    raise UserError(f"`{name}` has findings, or is not in the file: there is no graph to show")
