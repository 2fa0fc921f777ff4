"""Every node knows exactly the characters it was written with."""

import pytest
from netc.dsl.syntax.ast import Binary, Definition


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "1.5M",
        '"s"',
        "[1, 2]",
        "(a, b)",
        "-a",
        "a + b",
        "a if b else c",
        "f(a)",
        "a.b",
        "a[1:]",
        "x -> F * 2 as y",
        "(a + b) * (c)",
    ],
)
def test_an_expression_spans_its_text(expr, text):
    assert expr(text).span.text == text


def test_parentheses_belong_to_what_is_around_them(expr):
    product = expr("(a + b) * c")
    assert isinstance(product, Binary)
    assert product.left.span.text == "a + b"
    assert product.span.text == "(a + b) * c"
    assert product.op_span.text == "*"


def test_parts_of_a_pipeline(expr):
    stage = expr("x -> Dense(3, use_bias=false) * 2 as top").stages[0]
    assert stage.span.text == "-> Dense(3, use_bias=false) * 2 as top"
    assert stage.label.span.text == "top"
    assert stage.target.args[1].span.text == "use_bias=false"
    assert stage.target.args[1].name.span.text == "use_bias"


def test_a_pipeline_knows_the_parentheses_around_it(expr):
    chain = expr("x -> (F -> G) * 2").stages[0].target
    assert chain.in_parentheses
    assert chain.span.text == "F -> G"
    assert chain.outer.text == "(F -> G)"
    assert not expr("x -> F").in_parentheses


def test_parts_of_a_definition(read):
    text = "net A(x: float32[N, 4], n: int = 3)\n    -> y: [N, n] {\n  return x\n}"
    (net,) = read(f"\n{text}\n").items
    assert isinstance(net, Definition)
    assert net.span.text == text
    assert net.head_span.text == text.partition(" {")[0]
    assert [param.span.text for param in net.params] == ["x: float32[N, 4]", "n: int = 3"]
    assert net.params[0].type.span.text == "float32[N, 4]"
    assert net.results[0].span.text == "y: [N, n]"
    assert net.body[0].span.text == "return x"


def test_parts_of_an_import(read):
    (item,) = read('from "./b.net" import A as B').items
    assert item.origin_span.text == '"./b.net"'
    assert item.names[0].alias.span.text == "B"


def test_lines_and_columns_count_from_one(read):
    (const,) = read("# é\r\n  const a = 1").items
    assert (const.span.line, const.span.column) == (2, 3)
    assert str(const.value.span) == "a.net:2:13"
