"""What stands at the top level and in bodies."""

import pytest


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("y = 1", "(Assign [y] 1)"),
        ("h, c = f(x)", "(Assign [h c] (Call f [(Arg None x)]))"),
        ("layer = 1", "(Assign [layer] 1)"),
        ("layer enc = Dense", "(LayerDef enc Dense)"),
        (
            "weight w: [C, 2] = ones, trainable=false",
            "(WeightDef w (TensorTypeExpr None [C 2]) ones [(Arg trainable False)])",
        ),
        ("weight w: float32[] = 1", "(WeightDef w (TensorTypeExpr float32 []) 1 [])"),
        ("weight = 1", "(Assign [weight] 1)"),
        ("x -> F as y", "(ExprStatement (Pipeline x [(Stage F None y)]))"),
        ("return a", "(Return [a])"),
        ("return a, x -> F", "(Return [a (Pipeline x [(Stage F None None)])])"),
        ("assert a < b", "(Assert (a < b) None)"),
        ('assert a, "no"', "(Assert a 'no')"),
        ("repeat 3 { }", "(Repeat 3 [])"),
        ("for a, b in c { d = a }", "(For [a b] c [(Assign [d] a)])"),
        ("if a { }", "(If a [] None)"),
        ("if a { } else { }", "(If a [] [])"),
        ("if a { }\nelse if b { }\nelse { c = 1 }", "(If a [] [(If b [] [(Assign [c] 1)])])"),
        ("if a\n{\n\n  b = 1\n\n\n  c = 2\n}", "(If a [(Assign [b] 1) (Assign [c] 2)] None)"),
    ],
)
def test_statements(statements, show, text, tree):
    (statement,) = statements(text)
    assert show(statement) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        (
            'from "./b.net" import A, B as C',
            "(Import ./b.net True [(ImportName A None) (ImportName B C)])",
        ),
        ("from zoo.vgg import VGG16", "(Import zoo.vgg False [(ImportName VGG16 None)])"),
        ("const size = 4 * 8", "(Const size (4 * 8))"),
        ("net A() { }", "(Definition net A [] None [])"),
        ("expect A { }", "(Expect A [] [])"),
        (
            "expect A(n=1) {\n  params == 2\n  memory(batch=32) < 2GiB\n}",
            "(Expect A [(Arg n 1)] [(params == 2) ((Call memory [(Arg batch 32)]) < 2147483648)])",
        ),
        ("train A { }", "(Train None A [])"),
        (
            'train R for A {\n  batch = all\n  train = load("x", into=base)\n}',
            "(Train R A [(Setting batch all)"
            " (Setting train (Call load [(Arg None 'x') (Arg into base)]))])",
        ),
        (
            "train A {\n  phase head { freeze = [a.b] }\n  phase = 1\n}",
            "(Train None A [(Phase head [(Setting freeze (ListExpr [(Attribute a b)]))])"
            " (Setting phase 1)])",
        ),
    ],
)
def test_items(read, show, text, tree):
    (item,) = read(text).items
    assert show(item) == tree


@pytest.mark.parametrize(
    ("type", "tree"),
    [
        ("int", "(StaticTypeExpr int None)"),
        ("layer", "(StaticTypeExpr layer None)"),
        ("list", "(StaticTypeExpr list None)"),
        ("list[int]", "(StaticTypeExpr list (StaticTypeExpr int None))"),
        (
            "list[list[layer]]",
            "(StaticTypeExpr list (StaticTypeExpr list (StaticTypeExpr layer None)))",
        ),
        ("float32[N, 32]", "(TensorTypeExpr float32 [N 32])"),
        ("[]", "(TensorTypeExpr None [])"),
        ("[..., _, 4 * C]", "(TensorTypeExpr None [(EllipsisLiteral) (AnyDim) (4 * C)])"),
        ("[ceil(H / 2)]", "(TensorTypeExpr None [(Call ceil [(Arg None (H / 2))])])"),
    ],
)
def test_types(read, show, type, tree):
    (block,) = read(f"block A(x: {type},) {{ }}").items
    assert show(block.params[0].type) == tree


@pytest.mark.parametrize(
    ("results", "tree"),
    [
        ("-> [N]", "[(Result None (TensorTypeExpr None [N]))]"),
        ("-> probs: float32[N]", "[(Result probs (TensorTypeExpr float32 [N]))]"),
        (
            "\n  -> (a: [N], [D],)",
            "[(Result a (TensorTypeExpr None [N])) (Result None (TensorTypeExpr None [D]))]",
        ),
    ],
)
def test_results(read, show, results, tree):
    (block,) = read(f"block A(x: [N]) {results} {{ }}").items
    assert show(block.results) == tree


def test_parameters_have_types_and_defaults(read, show):
    (block,) = read("block A(x: [N], act: layer = ReLU, net: int = 1) { }").items
    assert [show(param.default) for param in block.params] == ["None", "ReLU", "1"]
    assert [param.name.name for param in block.params] == ["x", "act", "net"]


def test_comments_are_kept_with_their_places(read):
    file = read("# top\nconst a = 1  # one\r\n# last")
    assert [comment.text for comment in file.comments] == ["# top", "# one", "# last"]
    assert [comment.span.line for comment in file.comments] == [1, 2, 3]


def test_crlf_and_blank_lines_change_nothing(read, show):
    text = "# c\n\nnet A(x: [N]) {\n\n  return x\n    -> F\n}\n\nconst b = 1\n"
    one, other = read(text), read(text.replace("\n", "\r\n"))
    assert show(one.items) == show(other.items)
    assert [i.span.line for i in one.items] == [i.span.line for i in other.items] == [3, 9]
