"""Files in the manner of other tools: a cure for each, and no wrong code from a fix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.compiler.prove import Checked, mended
from netc.dsl.diagnostics.diagnostic import Diagnostic

PAGE = Path("/page/a.net")


def found(text: str) -> Sequence[Diagnostic]:
    return check_files([PAGE], overlay={PAGE: text}).diagnostics


def fixed(text: str, *, unsafe: bool = False) -> str:
    """The text as `--fix` leaves it."""

    def check(text: str, most_work: int | None) -> Checked:
        analysis = check_files([PAGE], overlay={PAGE: text}, most_work=most_work)
        return Checked(analysis.diagnostics, analysis.work)

    (name,) = check_files([PAGE], overlay={PAGE: text}).paths
    return mended(name, text, check, unsafe=unsafe)[0]


def net(*lines: str, image: bool = False) -> str:
    shape = "N, 8, 8, 3" if image else "N, 8"
    return f"net A(x: float32[{shape}]) {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


WHOLE = {
    "typographic quotes": ("return x -> Dense(4, activation=“relu”)", '"relu"'),
    "single typographic quotes": ("return x -> Dense(4, activation=‘relu’)", '"relu"'),
    "an arrow": ("return x → Dense(4) → ReLU", "x -> Dense(4) -> ReLU"),
    "a double arrow": ("return x ⇒ Dense(4)", "x -> Dense(4)"),
    "a dash in an arrow": ("return x –> Dense(4)", "x -> Dense(4)"),
    "a pipe of F#": ("return x |> Dense(4)", "x -> Dense(4)"),
    "a shift": ("return x >> Dense(4)", "x -> Dense(4)"),
    "a minus of mathematics": ("return (x -> Dense(8)) − x", "(x -> Dense(8)) - x"),
    "a multiplication sign": ("return (x -> Dense(8)) × x", "(x -> Dense(8)) * x"),
    "a caret": ("return x^2", "x**2"),
    "a space that breaks no line": ("return\u00a0x -> Dense(4)", "return x -> Dense(4)"),
    "a space of no width": ("return x ->\u200b Dense(4)", "return x -> Dense(4)"),
    "parentheses of full width": ("return x -> Dense（4）", "x -> Dense(4)"),
    "a semicolon": ("return x -> Dense(4);", "return x -> Dense(4)"),
    "a comma at the end": ("return x -> Dense(4),", "return x -> Dense(4)"),
    "a colon in a call": ("return x -> Dense(units: 4)", "Dense(units=4)"),
    "a walrus": ("x := x -> Dense(4)\n  return x", "x = x -> Dense(4)"),
    "a word of Python": ("return x -> Dense(4, use_bias=False)", "use_bias=false"),
    "signs of C": ("assert true && true\n  return x", "true and true"),
    "a module": ("return F.relu(x -> Dense(4))", "return relu(x -> Dense(4))"),
    "a layer of Keras's module": ("return x -> keras.layers.Dense(4)", "x -> Dense(4)"),
    "no return": ("x -> Dense(4)", "return x -> Dense(4)"),
    "a backslash": ("y = x -> Dense(4) \\\n    -> ReLU\n  return y", "Dense(4) \n    -> ReLU"),
}
"""What a net says, and a part of what `--fix` makes of it, which is without fault."""


@pytest.mark.parametrize(("wrong", "right"), WHOLE.values(), ids=WHOLE)
def test_what_is_put_right_by_itself(wrong: str, right: str) -> None:
    text = net(wrong)
    assert all(one.help for one in found(text))
    made = fixed(text)
    assert right in made
    assert found(made) == []


def test_a_pool_that_adapts_is_no_pool_of_a_size() -> None:
    text = net("return x -> AdaptiveAvgPool2d(1)", image=True)
    assert "-> AdaptiveAveragePooling2D(1)\n" in fixed(text)


def test_sizes_that_are_none_get_a_name() -> None:
    text = "net A(x: float32[None, 8]) -> [None, 4] {\n  return x -> Dense(4)\n}\n"
    assert fixed(text) == text.replace("None", "N")
    index = net("y = x[None]", "return y -> Flatten")
    assert "x[none]" in fixed(index)


BODIES = {
    "a loop": (
        "y = x\n  for i in range(3):\n    y = y -> Dense(4)\n  return y",
        "y = x\n  for i in range(3) {\n    y = y -> Dense(4)\n  }\n  return y",
    ),
    "a condition": (
        "if true:\n    x = x -> Dense(4)\n\n    x = x -> ReLU\n  return x",
        "if true {\n    x = x -> Dense(4)\n\n    x = x -> ReLU\n  }\n  return x",
    ),
}


@pytest.mark.parametrize(("wrong", "right"), BODIES.values(), ids=BODIES)
def test_a_body_by_its_indentation_gets_both_braces_where_unsafe_fixes_are_asked_for(
    wrong: str, right: str
) -> None:
    assert fixed(net(wrong)) == net(wrong)
    assert fixed(net(wrong), unsafe=True) == net(right)
    assert found(net(right)) == []


@pytest.mark.parametrize("text", [net(wrong) for wrong, _ in BODIES.values()], ids=BODIES)
def test_lines_that_a_fix_makes_end_as_the_others_do(text: str) -> None:
    made = fixed(text.replace("\n", "\r\n"), unsafe=True)
    assert made.count("\n") == made.count("\r\n") == text.count("\n") + 1


UNTOUCHED = {
    "a net in Python": (
        "class Net(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(8, 4)\n\n"
        "    def forward(self, x):\n        return self.fc(x)\n",
        "net Name(x: float32[N, C])",
    ),
    "a function": ("def A(x: float32[N, 8]) -> [N, 4] {\n  return x\n}\n", "block Name("),
    "self": (net("self.fc = Dense(4)", "return x -> self.fc"), "layer fc = ..."),
    "a sequence": (net("return Sequential([Dense(16), Dense(4)])(x)"), "put layers in a row"),
    "a linear layer in its module": (net("return x -> nn.Linear(8, 4)"), "`Dense(units)`"),
    "a view": (net("return x.view(-1, 192)", image=True), "`Reshape((…))`"),
    "a permutation": (net("return x.permute(0, 3, 1, 2)", image=True), "`Permute((2, 1, …))`"),
    "joined tensors": (net("return torch.cat([x, x], dim=1)"), "`(a, b) -> Concatenate`"),
    "a name that is no module": (net("return image => F").replace("(x:", "(image:"), "`->`"),
    "a loop of C": (
        net("for (int i = 0; i < 3; i++) {", "}", "return x"),
        "for i in range(n) { ... }",
    ),
    "a loop in a list": (net("y = [Dense(i) for i in range(3)]", "return x"), "of its own"),
    "a lambda": (net("return x -> Lambda(lambda t: t * 2)"), "a `block`"),
    "a tensor without shape": ("net A(x: Tensor) {\n  return x\n}\n", "float32[N, 10]"),
    "a module's tensor": ("net A(x: torch.Tensor) {\n  return x\n}\n", "float32[N, 8]"),
    "a question mark for a size": ("net A(x: float32[?, 8]) {\n  return x\n}\n", "such as `N`"),
    "a size of -1": ("net A(x: float32[-1, 8]) {\n  return x\n}\n", "such as `N`"),
    "a docstring": (net('"""A net."""', "return x"), "begin with `#`"),
    "comments of C": (net("// a net", "return x"), "begin with `#`"),
    "comments of CSS": (net("/* a net */", "return x"), "begin with `#`"),
    "a decorator": (net("@tf.function", "return x"), "delete the line"),
    "a statement that prints": (net("print(x.shape)", "return x"), "delete the line"),
    "a file of Darknet": ("[net]\nbatch=64\n\n[convolutional]\nfilters=32\n", "Darknet"),
    "a file of Caffe": ('layer { name: "conv1" type: "Convolution" }\n', "`net` or `block`"),
    "JSON": ('{"layers": [{"Dense": 4}]}\n', "`net` or `block`"),
    "YAML": ("model:\n  - Dense: 4\n", "net Name("),
    "prose": (f"Here is the net:\n\n```net\n{net('return x')}```\n", "`net` or `block`"),
    "nothing": ("", "`net` or `block`"),
}
"""Files that no edit of some words puts right, and a part of the first cure."""


@pytest.mark.parametrize(("text", "cure"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_is_not_put_right_has_a_cure_and_stays(text: str, cure: str) -> None:
    first = min(found(text), key=lambda one: one.span.start)
    assert cure in first.help
    assert fixed(text) == text


@pytest.mark.parametrize("text", [text for text, _ in UNTOUCHED.values()], ids=UNTOUCHED)
def test_an_unsafe_fix_leaves_no_more_wrong_than_there_was(text: str) -> None:
    made = fixed(text, unsafe=True)
    assert len(found(made)) <= len(found(text))
