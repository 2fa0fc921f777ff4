"""Formatting twice changes nothing more, and never changes the tree or loses a comment."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from netc.dsl.format.file import format_file
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source

NAMES = st.sampled_from(["a", "b2", "layer", "net", "a_rather_long_name_for_a_value"])
OPERATORS = ["+", "-", "*", "/", "//", "%", "@", "**", "==", "<", "and", "or"]
# Between two tokens inside brackets anything may stand that is no token.
GAPS = st.sampled_from(["", "", "", " ", "\n", "  # c\n", "\n\n# d\n  "])


@st.composite
def bracketed(draw, open, items, close):
    """A bracketed list with newlines and comments strewn in."""
    text = open + draw(GAPS)
    parts = draw(st.lists(items, max_size=4))
    for part in parts:
        text += part + draw(GAPS) + "," + draw(GAPS)
    return text + close


def operators(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(
            lambda parts: "({}) {} ({})".format(*parts)
        ),
        st.tuples(st.sampled_from(["-", "+", "not "]), inner).map("{0[0]}({0[1]})".format),
        st.tuples(inner, inner, inner).map("({0[0]}) if ({0[1]}) else ({0[2]})".format),
        st.tuples(inner, NAMES).map("({0[0]}).{0[1]}".format),
        st.tuples(inner, inner).map("({0[0]})[:, {0[1]}, ..., 1:, ::2]".format),
        st.tuples(GAPS, inner, GAPS).map("({0[0]}{0[1]}{0[2]})".format),
        st.tuples(NAMES, bracketed("(", inner, ")")).map("".join),
        st.tuples(NAMES, bracketed("(", st.tuples(NAMES, inner).map("=".join), ")")).map("".join),
        bracketed("[", inner, "]"),
        inner.map("({},)".format),
        pipelines(inner),
    )


def pipelines(inner):
    stage = st.tuples(
        st.sampled_from([" -> ", "\n -> ", "  # e\n  -> ", "\n# f\n\n-> "]),
        st.tuples(NAMES, bracketed("(", inner, ")")).map("".join) | NAMES,
        st.sampled_from(["", " * 3", " * (1 + 2)"]),
        st.sampled_from(["", " as out"]),
    ).map("".join)
    return st.tuples(inner, st.lists(stage, min_size=1, max_size=4).map("".join)).map(
        "(({0[0]}){0[1]})".format
    )


ATOMS = NAMES | st.sampled_from(["1_000", "1.5M", '"s # t"', "true", "none", "[]", "()"])
EXPRS = st.recursive(ATOMS, operators, max_leaves=8)
ENDS = st.sampled_from(["\n", "  # g\n", "\n\n\n", "\n# h\n"])


def blocks(inner):
    body = st.tuples(ENDS, st.lists(st.tuples(inner, ENDS).map("".join), max_size=3)).map(
        lambda parts: "{" + parts[0] + "".join(parts[1]) + "}"
    )
    return st.one_of(
        st.tuples(EXPRS, body).map("for i, j in ({0[0]}) {0[1]}".format),
        st.tuples(EXPRS, body).map("repeat ({0[0]}) {0[1]}".format),
        st.tuples(EXPRS, body, EXPRS, body, body).map(
            "if ({0[0]}) {0[1]} else if ({0[2]}) {0[3]} else {0[4]}".format
        ),
        st.tuples(EXPRS, body, ENDS, body).map("if ({0[0]}) {0[1]}{0[2]}else {0[3]}".format),
    )


SIMPLE = st.one_of(
    EXPRS.map("y = ({})".format),
    st.lists(EXPRS.map("({})".format), min_size=1, max_size=3)
    .map(", ".join)
    .map("return {}".format),
    EXPRS.map("h, c = ({})".format),
    EXPRS.map('assert ({}), "no"'.format),
    EXPRS.map("layer e = ({})".format),
    pipelines(EXPRS).map(lambda text: text[1:-1]),
)
STATEMENTS = st.recursive(SIMPLE, blocks, max_leaves=4)
BODIES = st.lists(st.tuples(STATEMENTS, ENDS).map("".join), max_size=4).map("".join)
SETTINGS = st.lists(st.tuples(NAMES, EXPRS, ENDS).map("{0[0]} = ({0[1]}){0[2]}".format)).map(
    "".join
)
ITEMS = st.one_of(
    EXPRS.map("const c = ({})".format),
    st.just('from "./b.net" import A, B as C'),
    st.tuples(EXPRS, BODIES).map(
        "block A(x: [..., _, ({0[0]})], n: list[int] = 1) -> (y: [N],) {{\n{0[1]}}}".format
    ),
    st.tuples(SETTINGS, SETTINGS).map("train A {{\n{0[0]}phase p {{ # p\n{0[1]}}}\n}}".format),
    EXPRS.map("expect A(n=1) {{ # e\n ({}) }}".format),
)
FILES = st.lists(st.tuples(ITEMS, ENDS).map("".join), min_size=1, max_size=4).map("".join)


# Shrinking texts this rich takes minutes; the failing text alone says enough.
@settings(max_examples=300, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(FILES)
def test_formatting_is_idempotent_and_keeps_tree_and_comments(show, text):
    tree = parse(Source("a.net", text))
    once = format_file(tree)
    again = parse(Source("a.net", once))
    assert show(again.items) == show(tree.items)
    assert sorted(c.text for c in again.comments) == sorted(c.text for c in tree.comments)
    assert format_file(again) == once
