"""The grammar has no conflicts, and the tables that ship were made from it."""

import lark
from netc.dsl.syntax import grammar, load, tables
from netc.dsl.syntax.make_tables import build, text


def test_the_grammar_is_lalr_without_conflicts_or_colliding_terminals():
    build(grammar.GRAMMAR.read_text(), strict=True)


def test_tables_are_what_lark_makes_of_the_grammar():
    content = grammar.GRAMMAR.read_bytes()
    made = build(content.decode())
    assert made == tables.TABLES
    written = grammar.GRAMMAR.with_name("tables.py").read_text()
    assert written == text(made, tables.LARK, content)


def test_tables_were_made_by_this_version_of_lark():
    assert lark.__version__ == tables.LARK


def test_shipped_tables_are_used_as_they_are():
    assert load.load() is tables.TABLES


def test_a_changed_grammar_is_compiled_anew(tmp_path, monkeypatch):
    changed = tmp_path / "grammar.lark"
    changed.write_text(grammar.GRAMMAR.read_text().replace('"repeat"', '"again"'))
    monkeypatch.setattr(load, "GRAMMAR", changed)
    keywords = load.load().keywords
    assert "again" in keywords
    assert "repeat" not in keywords


def test_line_ends_of_the_grammar_do_not_matter():
    content = grammar.GRAMMAR.read_bytes()
    assert grammar.checksum(content.replace(b"\n", b"\r\n")) == tables.CHECKSUM
