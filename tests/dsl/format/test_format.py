"""The one formatting, by example; its two laws are in test_format_laws.py."""

from textwrap import dedent

import pytest
from netc.dsl.format.file import format_file
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source


def formatted(text: str) -> str:
    return format_file(parse(Source("a.net", text)))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("const a=1+2*3", "const a = 1 + 2 * 3\n"),
        ("const a = ((1+2))*(3)", "const a = (1 + 2) * 3\n"),
        ("const a = (1*2)+-3**2", "const a = 1 * 2 + -3 ** 2\n"),
        ("const a = a-(b-c)", "const a = a - (b - c)\n"),
        ("const a = (not (a)) and ((b) or c)", "const a = not a and (b or c)\n"),
        ("const a = [1,2,]+[ ]", "const a = [1, 2] + []\n"),
        ("const a = ( 1 , )", "const a = (1,)\n"),
        ("const a = 528_054 + 1.50M + 1E-5", "const a = 528_054 + 1.50M + 1E-5\n"),
        ("const a = x [ : , 1 : ,... ]", "const a = x[:, 1:, ...]\n"),
        ("const a = f ( a , b = 1 )\n\n\nconst b=2", "const a = f(a, b=1)\n\nconst b = 2\n"),
        ("const a = 1\nconst b = 2", "const a = 1\nconst b = 2\n"),
        ("net A( ){}\nnet B( ){ }", "net A() { }\n\nnet B() { }\n"),
        ('from "./b.net" import A,B  as C', 'from "./b.net" import A, B as C\n'),
        ("expect A(n=1){params<2}", "expect A(n=1) {\n  params < 2\n}\n"),
    ],
)
def test_spaces_parentheses_and_blank_lines(written, expected):
    assert formatted(written) == expected


def test_bodies_are_indented_and_braces_stand_at_line_ends():
    assert formatted(
        "block A(x:[N,_],n:int=1)->(y:[N],[M])\n{\nfor i,j in n{repeat 2{a=i}}\n"
        "if n{return x}\nelse if j{\n\n\na=1\n\n\nb=2\n\n}else{ }\n}"
    ) == dedent("""\
        block A(x: [N, _], n: int = 1) -> (y: [N], [M]) {
          for i, j in n {
            repeat 2 {
              a = i
            }
          }
          if n {
            return x
          } else if j {
            a = 1

            b = 2
          } else { }
        }
        """)


def test_options_of_a_weight_stand_on_one_line_or_each_on_its_own():
    assert formatted(
        "net A(x: float32[N, 8]) {\nweight a:float32[8]=ones  ,trainable = false # kept\n"
        "weight b: [ 8,2*n ] = RandomUniform(minval=0.5, maxval=1.5),\nregularizer=L1L2(l1=0.001,"
        " l2=0.0001), trainable=false\nweight c:[]=1\nweight d: [8] = ones, # because\n"
        "trainable=true\n(weight) -> F as e\n}"
    ) == dedent("""\
        net A(x: float32[N, 8]) {
          weight a: float32[8] = ones, trainable=false  # kept
          weight b: [8, 2 * n] = RandomUniform(minval=0.5, maxval=1.5),
            regularizer=L1L2(l1=0.001, l2=0.0001),
            trainable=false
          weight c: [] = 1
          # because
          weight d: [8] = ones, trainable=true
          (weight) -> F as e
        }
        """)


def test_several_results_keep_the_lines_that_their_author_gave_them():
    text = dedent("""\
        net A(x: [N]) {
          return x -> B,  # one
            # two
            x
              -> C
              -> D
        }
        """)
    assert formatted(text) == text
    together = "net A(x: [N]) {\n  return x, y\n}\n"
    assert formatted(together) == together


def test_results_too_wide_for_a_line_have_one_each():
    wide = "b" * 60
    assert formatted(f"net A(x: [N]) {{ return {wide}, {wide} }}") == (
        f"net A(x: [N]) {{\n  return {wide},\n    {wide}\n}}\n"
    )


def test_a_pipeline_keeps_its_lines():
    assert formatted("const a = x\n-> F -> G\n      -> H") == dedent("""\
        const a = x
          -> F -> G
          -> H
        """)


def test_a_long_pipeline_gets_a_line_for_each_stage():
    stage = " -> Dense(100, activation=relu)"
    assert formatted("const a = x" + stage * 4) == "const a = x\n" + f" {stage}\n" * 4


def test_a_chain_keeps_its_parentheses_and_its_labels():
    text = "const a = (F * 2 as f -> G(1, (H -> I)) as g)\n"
    assert formatted(text) == text


def test_a_long_chain_gets_a_line_for_each_layer():
    chain = "Conv2D(filters, 3, padding=same) -> BatchNormalization -> ReLU(max_value=6)"
    assert formatted(f"net A() {{\ny = x -> Functional -> ({chain}) * 2\n}}") == dedent(f"""\
        net A() {{
          y = x
            -> Functional
            -> ({chain}) * 2
        }}
        """)
    assert formatted(f"net A() {{\ny = x -> ({chain} -> Dropout(0.25)) * 2 as y\n}}") == dedent("""\
        net A() {
          y = x
            -> (
              Conv2D(filters, 3, padding=same)
                -> BatchNormalization
                -> ReLU(max_value=6)
                -> Dropout(0.25)
            ) * 2 as y
        }
        """)


def test_comments_in_a_chain_stay_at_their_places():
    text = dedent("""\
        net A() {
          layer stem = (  # behind the parenthesis
            # above the first
            F       # behind the first
              -> G  # behind the second
            # at the end
          )
        }
        """)
    assert formatted(text) == text


def test_a_long_call_gets_a_line_for_each_argument():
    name = "x" * 60
    assert formatted(f"const a = f(1, {name}={name})") == (
        f"const a = f(\n  1,\n  {name}={name},\n)\n"
    )


def test_results_too_wide_for_a_line_of_a_signature_have_one_each():
    params = ["image: float32[N, size, size, 3]", "width: int = 256", "size: int = 224"]
    results = [f"level{n}: [N, size / {n}, size / {n}, width]" for n in (4, 8)]
    together = f"    -> ({', '.join(results)}) {{ }}\n"
    assert formatted(signature(params, results)) == f"net A({', '.join(params)})\n{together}"
    results.append("last: [N, ceil(size / 64), ceil(size / 64), width]")
    listed = "".join(f"  {each},\n" for each in results)
    assert formatted(signature(params, results)) == (
        f"net A({', '.join(params)}) -> (\n{listed}) {{ }}\n"
    )
    params.append("depths: list[int] = [3, 4, 6, 3]")
    above = "".join(f"  {each},\n" for each in params)
    assert formatted(signature(params, results)) == f"net A(\n{above}) -> (\n{listed}) {{ }}\n"


def signature(params: list[str], results: list[str]) -> str:
    return f"net A({', '.join(params)}) -> ({', '.join(results)}) {{ }}"


def test_a_long_signature_breaks_before_its_result_then_between_parameters():
    params = ", ".join(f"name{i}: int = {i}" for i in range(4))
    result = "-> [N, ceil(H / strides), filters]"
    assert formatted(f"block A({params}) {result} {{ }}") == (
        f"block A({params})\n    {result} {{ }}\n"
    )
    params = [f"parameter{i}: int = {i}" for i in range(6)]
    lines = "".join(f"  {param},\n" for param in params)
    assert formatted(f"block A({', '.join(params)}) {{ }}") == f"block A(\n{lines}) {{ }}\n"


def test_settings_are_aligned_by_paragraph():
    assert formatted("train A {\na=1\nlong=2\n\nlonger=3\nphase p{b=1}\nc=4\n}") == dedent("""\
        train A {
          a    = 1
          long = 2

          longer = 3
          phase p {
            b = 1
          }
          c = 4
        }
        """)


def test_comments_stay_at_their_places():
    text = dedent("""\
        # about the file

        # about the net
        net A(x: [N]) {  # behind the brace
          # above a statement
          y = x   # behind a statement
            -> F  # behind a stage
            # between stages
            -> G(
              1,  # behind an argument
              # above an argument
              2,
              # at the end of the arguments
            )
          if y {
            # alone in a body
          } else {  # behind else
            z = 1
            # at the end of a body
          }
          # at the end of the net
        }

        # at the end of the file
        """)
    assert formatted(text) == text


def test_a_comment_without_a_place_of_its_own_goes_above_the_statement():
    assert formatted("const a = (1 +  # why\n  2)") == "# why\nconst a = 1 + 2\n"


def test_a_name_that_is_a_word_keeps_its_parentheses():
    assert formatted("net A() {\n(layer) -> F as a\n}") == "net A() {\n  (layer) -> F as a\n}\n"


def test_a_word_further_on_in_the_statement_does_not():
    assert formatted("net A() {\nx.layer -> F\n}") == "net A() {\n  x.layer -> F\n}\n"
