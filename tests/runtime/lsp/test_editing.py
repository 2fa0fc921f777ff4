"""`netc lsp`, driven over standard input and output as an editor drives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from .editor import Editor, applied

BLOCKS = """\
const width = 8

# A unit.
block Unit(x: [N, H, W, C], filters: int, strides: int = 1) -> [N, _, _, filters] {
  y = x -> Conv2D(filters, 3, strides=strides, padding=same) as conv
    -> BatchNormalization
  return y -> ReLU
}
"""

NET = """\
from "./blocks.net" import Unit, width

net Small(image: float32[N, 32, 32, 3], classes: int = 10) -> probs: [N, classes] {
  x = image -> Unit(width) as first
    -> Unit(16, strides=2)
  seen = first.conv
  return x -> GlobalAveragePooling2D
    -> Dense(classes, activation=softmax)
}

expect Small {
  params < 10K
}
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("project").resolve()
    (folder / "netc.toml").write_text("", encoding="utf-8")
    editor = Editor(folder)
    yield editor
    editor.close()


@pytest.fixture
def both(editor: Editor) -> Editor:
    """The two files, as they are above and open."""
    for name, text in (("blocks.net", BLOCKS), ("small.net", NET)):
        if name in editor.versions:
            editor.change(name, text)
        else:
            editor.open(name, text)
    return editor


def codes(found: list[lsp.Diagnostic]) -> list[tuple[object, int]]:
    return [(one.code, one.range.start.line + 1) for one in found]


def test_a_right_file_has_one_warning_of_what_is_unused(both: Editor) -> None:
    assert codes(both.findings("small.net")) == [("NET0601", 6)]
    (found,) = both.findings("small.net")
    assert list(found.tags or ()) == [lsp.DiagnosticTag.Unnecessary]
    assert found.code_description is not None


def test_findings_follow_the_text_and_know_unsaved_imports(both: Editor) -> None:
    found = both.change("small.net", NET.replace("-> GlobalAveragePooling2D\n    ", ""))
    assert [code for code, _ in codes(found)][:1] == ["NET0305"]
    both.change("blocks.net", BLOCKS.replace("strides: int = 1", "strides: int"))
    found = both.change("small.net", NET + "\n")
    assert ("NET0206", 4) in codes(found)
    assert found[0].related_information
    assert "blocks.net" in found[0].related_information[0].location.uri


def test_a_broken_statement_hides_no_finding_elsewhere(both: Editor) -> None:
    text = NET.replace("seen = first.conv", "seen = first.conv ->") + (
        "\nnet Other(x: float32[N, 8]) {\n  return x -> Conv2D(3, 3)\n}\n"
    )
    found = codes(both.change("small.net", text))
    assert ("NET0302", 16) in found
    assert [line for code, line in found if str(code).startswith("NET01")] == [6]
    assert len(found) == 2


def test_hover_tells_shapes_signatures_and_names(both: Editor) -> None:
    def told(name: str, mark: str) -> str:
        params = lsp.HoverParams(both.document(name), both.at(name, mark))
        made = both.run(both.client.text_document_hover_async(params))
        assert made is not None
        assert isinstance(made.contents, lsp.MarkupContent)
        return made.contents.value

    dense = told("small.net", "-> De|nse(classes")
    assert "[N, 16] → [N, 10], 170 params" in dense
    assert "Dense(units, activation=none" in dense
    conv = told("blocks.net", "Conv|2D")
    assert "[N, 32, 32, 3] → [N, 32, 32, 8]" in conv or "Conv2D(filters, kernel_size" in conv
    assert "block Unit(x: [N, H, W, C], filters: int" in told("small.net", "Un|it(width)")
    assert "variable `x` of `Small`: [N, 16, 16, 16]" in told("small.net", "  |x = image")
    assert "float32[N, 32, 32, 3]" in told("small.net", "im|age -> Unit")
    assert "const width = 8" in told("small.net", "Unit(wid|th)")


def test_shapes_stand_at_line_ends_and_wait_for_a_pause(both: Editor) -> None:
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))

    def hints() -> dict[int, object]:
        params = lsp.InlayHintParams(both.document("small.net"), whole)
        found = both.run(both.client.text_document_inlay_hint_async(params)) or []
        return {hint.position.line + 1: hint.label for hint in found}

    assert hints() == {
        4: "[N, 32, 32, 8]",
        5: "[N, 16, 16, 16]",
        7: "[N, 16]",
        8: "[N, 10]",
    }
    both.change("small.net", NET.replace("Unit(16, ", "Unit(24, "))
    assert hints()[5] == "[N, 16, 16, 24]"


def test_definitions_and_references_go_across_files(both: Editor) -> None:
    params = lsp.DefinitionParams(both.document("small.net"), both.at("small.net", "Un|it(16"))
    made = both.run(both.client.text_document_definition_async(params))
    assert isinstance(made, lsp.Location)
    assert (made.uri, made.range.start) == (both.uri("blocks.net"), lsp.Position(3, 6))
    tapped = lsp.DefinitionParams(both.document("small.net"), both.at("small.net", "first.co|nv"))
    made = both.run(both.client.text_document_definition_async(tapped))
    assert isinstance(made, lsp.Location)
    assert made.range.start == both.at("blocks.net", "as |conv")
    asked = lsp.ReferenceParams(
        lsp.ReferenceContext(include_declaration=True),
        both.document("blocks.net"),
        both.at("blocks.net", "block Un|it"),
    )
    found = both.run(both.client.text_document_references_async(asked)) or []
    lines = sorted((Path(one.uri).name, one.range.start.line + 1) for one in found)
    assert lines == [("blocks.net", 4), ("small.net", 1), ("small.net", 4), ("small.net", 5)]


def test_a_rename_changes_every_file_and_no_meaning(both: Editor) -> None:
    def renamed(name: str, mark: str, new: str) -> dict[str, str]:
        params = lsp.RenameParams(both.document(name), both.at(name, mark), new)
        made = both.run(both.client.text_document_rename_async(params))
        assert made is not None
        return {
            Path(uri).name: applied(both.texts[Path(uri).name], list(edits))
            for uri, edits in (made.changes or {}).items()
        }

    made = renamed("small.net", "Unit(16, stri|des", "step")
    assert set(made) == {"blocks.net", "small.net"}
    assert "step: int = 1" in made["blocks.net"]
    assert "strides=step" in made["blocks.net"]
    assert "Unit(16, step=2)" in made["small.net"]
    made = renamed("small.net", "first.co|nv", "inner")
    assert "as inner" in made["blocks.net"]
    assert "first.inner" in made["small.net"]
    for new, reason in (("for", "cannot be a name"), ("width", "would not mean the same")):
        with pytest.raises(Exception, match=reason):
            renamed("small.net", "as fir|st", new)


def test_completion_knows_layers_arguments_words_labels_and_imports(both: Editor) -> None:
    def offered(text: str) -> list[str]:
        """What is offered at `|`."""
        at = text.index("|")
        both.change("small.net", text.replace("|", ""))
        line = text.count("\n", 0, at)
        position = lsp.Position(line, at - text.rfind("\n", 0, at) - 1)
        params = lsp.CompletionParams(both.document("small.net"), position)
        made = both.run(both.client.text_document_completion_async(params))
        items = made.items if isinstance(made, lsp.CompletionList) else made or []
        return [item.label for item in items]

    layers = offered(NET.replace("GlobalAveragePooling2D", "Glo|"))
    assert {"GlobalAveragePooling2D", "Unit", "Dense"} <= set(layers)
    assert layers[0] == "Unit"
    arguments = offered(NET.replace("Unit(16, strides=2)", "Conv2D(16, 3, |)"))
    assert {"strides=", "padding=", "dilation_rate="} <= set(arguments)
    assert set(offered(NET.replace("Unit(16, strides=2)", "Conv2D(16, 3, padding=|)"))) >= {
        "same",
        "valid",
    }
    assert offered(NET.replace("first.conv", "first.|")) == ["y", "conv"]
    assert "zoo.resnet" in offered("from zoo.| import A\n")
    assert "ResNet50" in offered("from zoo.resnet import |\n")
    assert "Unit" in offered('from "./blocks.net" import |\n')
    assert "block" in offered(NET + "\n|\n")
    recipe = NET + "\ntrain Small {\n  |\n}\n"
    assert {"loss = ", "optimizer = "} <= set(offered(recipe))
    assert "Adam" in offered(recipe.replace("|", "optimizer = |"))


def test_signature_help_marks_the_argument(both: Editor) -> None:
    both.change("small.net", NET.replace("Unit(16, strides=2)", "Conv2D(16, 3, strides=2)"))

    def help_at(mark: str) -> lsp.SignatureHelp:
        params = lsp.SignatureHelpParams(both.document("small.net"), both.at("small.net", mark))
        made = both.run(both.client.text_document_signature_help_async(params))
        assert made is not None
        return made

    assert help_at("Conv2D(16, 3|, s").active_parameter == 1
    named = help_at("strides=|2")
    assert named.signatures[0].label.startswith("Conv2D(filters, kernel_size, strides=1")
    assert named.active_parameter == 2


def test_fixes_are_actions_and_only_where_proved(both: Editor) -> None:
    both.change("small.net", NET.replace("activation=softmax", "activation=sofmax"))
    at = both.at("small.net", "activation=|sofmax")
    params = lsp.CodeActionParams(
        both.document("small.net"), lsp.Range(at, at), lsp.CodeActionContext([])
    )
    found = both.run(both.client.text_document_code_action_async(params)) or []
    quick = [one for one in found if getattr(one, "kind", "") == lsp.CodeActionKind.QuickFix]
    assert isinstance(quick[0], lsp.CodeAction)
    assert quick[0].edit is not None
    edits = list((quick[0].edit.changes or {})[both.uri("small.net")])
    assert applied(both.texts["small.net"], edits) == NET


def test_formatting_touches_what_differs(both: Editor) -> None:
    both.change("small.net", NET.replace("seen = first.conv", "seen  =  first.conv"))
    options = lsp.FormattingOptions(tab_size=2, insert_spaces=True)
    params = lsp.DocumentFormattingParams(both.document("small.net"), options)
    edits = list(both.run(both.client.text_document_formatting_async(params)) or [])
    assert applied(both.texts["small.net"], edits) == NET
    assert [edit.range.start.line for edit in edits] == [5]


def test_symbols_folds_and_tokens_of_a_file(both: Editor) -> None:
    document = both.document("small.net")
    symbols = both.run(
        both.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
    )
    assert [symbol.name for symbol in symbols or ()] == ["Small", "expect Small"]
    folds = both.run(
        both.client.text_document_folding_range_async(lsp.FoldingRangeParams(document))
    )
    assert {(fold.start_line, fold.end_line) for fold in folds or ()} == {
        (2, 8),
        (3, 4),
        (6, 7),
        (10, 12),
    }
    made = both.run(
        both.client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(document))
    )
    legend = both.made.capabilities.semantic_tokens_provider
    assert legend is not None
    assert made is not None
    words = read_tokens(NET, list(made.data), list(legend.legend.token_types))
    assert words[:6] == [
        ("from", "keyword"),
        ('"./blocks.net"', "string"),
        ("import", "keyword"),
        ("Unit", "class"),
        ("width", "variable"),
        ("net", "keyword"),
    ]
    assert ("softmax", "function") in words or ("softmax", "enumMember") in words
    assert ("classes", "parameter") in words


def read_tokens(text: str, data: list[int], names: list[str]) -> list[tuple[str, str]]:
    """The words of packed tokens."""
    lines = text.splitlines()
    found = []
    line = column = 0
    for at in range(0, len(data), 5):
        down, right, length, kind, _ = data[at : at + 5]
        line, column = line + down, (0 if down else column) + right
        found.append((lines[line][column : column + length], names[kind]))
    return found


def test_lenses_stand_above_nets_and_the_graph_is_a_page(both: Editor) -> None:
    params = lsp.CodeLensParams(both.document("small.net"))
    found = both.run(both.client.text_document_code_lens_async(params)) or []
    titles = [lens.command.title for lens in found if lens.command]
    assert titles == ["1.67K params · 929K FLOPs", "show graph"] or titles[1:] == ["show graph"]
    asked = lsp.ExecuteCommandParams("netc.graphHtml", arguments=[both.uri("small.net"), "Small"])
    page = both.run(both.client.workspace_execute_command_async(asked))
    assert isinstance(page, str)
    assert page.startswith("<!DOCTYPE html>")


def test_positions_count_utf16(editor: Editor) -> None:
    text = '# 🙂 é\nnet Odd(x: float32[N, 4]) { return x -> Dense("🙂", unitss=2) }\n'
    found = editor.open("odd.net", text)
    starts = {(one.code, one.range.start.character) for one in found}
    units = len(text.splitlines()[1].split("unitss")[0].encode("utf-16-le")) // 2
    assert any(character == units for _, character in starts)
