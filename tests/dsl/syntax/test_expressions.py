"""Expressions: what binds to what, and every form there is."""

import pytest


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b // c % d @ e", "((((a / b) // c) % d) @ e)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a ** b ** c", "(a ** (b ** c))"),
        ("-x ** 2", "(Unary - (x ** 2))"),
        ("2 ** -x", "(2 ** (Unary - x))"),
        ("-+x", "(Unary - (Unary + x))"),
        ("a or b and not c", "(a or (b and (Unary not c)))"),
        ("not a == b", "(Unary not (a == b))"),
        ("a + 1 <= b * 2", "((a + 1) <= (b * 2))"),
        ("a if b or c else d if e else f", "(Conditional (b or c) a (Conditional e d f))"),
        ("f(x)[0].y", "(Attribute (Index (Call f [(Arg None x)]) [0]) y)"),
        ("-f(x) ** 2", "(Unary - ((Call f [(Arg None x)]) ** 2))"),
    ],
)
def test_precedence(expr, show, text, tree):
    assert show(expr(text)) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("528_054", 528_054),
        ("10M", 10_000_000),
        ("3K", 3_000),
        ("2G", 2 * 10**9),
        ("1T", 10**12),
        ("1.5M", 1_500_000),
        ("4KiB", 4096),
        ("1.5MiB", 1_572_864),
        ("2GiB", 2**31),
        ("0.1", 0.1),
        ("1e-5", 1e-5),
        ("2.5E+3", 2500.0),
        ("1_0.2_5", 10.25),
        ("1" + "0" * 30, 10**30),
    ],
)
def test_numbers(expr, text, value):
    number = expr(text).value
    assert number == value
    assert type(number) is type(value)


def test_a_scaled_number_that_is_not_whole_is_a_float(expr):
    assert expr("0.0001K").value == 0.1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('""', ""),
        ('"a b"', "a b"),
        (r'"\"\\\n\t"', '"\\\n\t'),
        ('"é # no comment"', "é # no comment"),
    ],
)
def test_strings(expr, text, value):
    assert expr(text).value == value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("true", "True"),
        ("false", "False"),
        ("none", "(NoneLiteral)"),
        ("[]", "(ListExpr [])"),
        ("[1, 2,]", "(ListExpr [1 2])"),
        ("()", "(TupleExpr [])"),
        ("(a,)", "(TupleExpr [a])"),
        ("(a, b)", "(TupleExpr [a b])"),
        ("((a))", "a"),
        ("f()", "(Call f [])"),
        ("f(a, b=1,)", "(Call f [(Arg None a) (Arg b 1)])"),
        ("onnx.Einsum(a)", "(Call (Attribute onnx Einsum) [(Arg None a)])"),
        ("f(x -> G)", "(Call f [(Arg None (Pipeline x [(Stage G None None)]))])"),
    ],
)
def test_atoms_and_calls(expr, show, text, tree):
    assert show(expr(text)) == tree


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("x[0]", "[0]"),
        ("x[:, 1:]", "[(Slice None None None) (Slice 1 None None)]"),
        ("x[a:b:c]", "[(Slice a b c)]"),
        ("x[::2]", "[(Slice None None 2)]"),
        ("x[:b:]", "[(Slice None b None)]"),
        ("x[..., none, -1]", "[(EllipsisLiteral) (NoneLiteral) (Unary - 1)]"),
        ("x[0,]", "[0]"),
    ],
)
def test_indices(expr, show, text, items):
    assert show(expr(text)) == f"(Index x {items})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x -> F", "(Pipeline x [(Stage F None None)])"),
        ("a + b -> F", "(Pipeline (a + b) [(Stage F None None)])"),
        ("a if c else b -> F", "(Pipeline (Conditional c a b) [(Stage F None None)])"),
        ("x -> F -> G", "(Pipeline x [(Stage F None None) (Stage G None None)])"),
        ("(q, k) -> F", "(Pipeline (TupleExpr [q k]) [(Stage F None None)])"),
        ("(x -> F) + y", "((Pipeline x [(Stage F None None)]) + y)"),
        ("x -> F * 3", "(Pipeline x [(Stage F 3 None)])"),
        ("x -> F * n as y", "(Pipeline x [(Stage F n y)])"),
        ("x -> F * (d - 1)", "(Pipeline x [(Stage F (d - 1) None)])"),
        ("x -> F * len(d)", "(Pipeline x [(Stage F (Call len [(Arg None d)]) None)])"),
        ("x -> (F if c else G)", "(Pipeline x [(Stage (Conditional c F G) None None)])"),
        ("(F as f -> G)", "(Pipeline (Labelled F f) [(Stage G None None)])"),
        ("(F * 2 as f -> G)", "(Pipeline (Labelled (F * 2) f) [(Stage G None None)])"),
        (
            "x -> (F -> G) * 2",
            "(Pipeline x [(Stage (Pipeline F [(Stage G None None)]) 2 None)])",
        ),
    ],
)
def test_pipelines(expr, show, text, tree):
    assert show(expr(text)) == tree


def test_a_line_that_starts_with_an_arrow_continues_the_last(statements, show):
    (statement,) = statements("return x\n    -> F  # first\n\n  # second\n    -> G")
    assert show(statement.values[0]) == "(Pipeline x [(Stage F None None) (Stage G None None)])"


def test_newlines_are_free_in_brackets(expr, show):
    assert show(expr("f(\n  a\n  +\n  b,\n\n  c=[\n1\n]\n)")) == (
        "(Call f [(Arg None (a + b)) (Arg c (ListExpr [1]))])"
    )


def test_words_of_the_language_are_fine_as_argument_names_and_attributes(expr, show):
    words = ["net", "block", "layer", "for", "in", "if", "as", "from", "import", "train", "const"]
    args = ", ".join(f"{word}=1" for word in words)
    shown = " ".join(f"(Arg {word} 1)" for word in words)
    assert show(expr(f"f({args})")) == f"(Call f [{shown}])"
    assert show(expr("a.net.for")) == "(Attribute (Attribute a net) for)"


def test_words_that_only_begin_items_or_statements_are_fine_as_values(expr, show):
    assert show(expr("layer + net(train, repeat)")) == (
        "(layer + (Call net [(Arg None train) (Arg None repeat)]))"
    )
