"""The laws of symbolic dims, on random expressions and random sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from netc.compiler.shapes.dims import (
    MAX_DEPTH,
    MAX_SIZE,
    Dim,
    DimTooComplex,
    Sym,
    bounds,
    ceil_div,
    compare,
    dim_max,
    dim_min,
    exact_div,
    floor_div,
    names,
    never_equal,
    solve,
    substitute,
    symbol,
)

Tree: TypeAlias = "int | str | tuple[str, Tree, Tree]"

LEAVES = st.sampled_from(["N", "H", "W"]) | st.integers(-9, 9)
OPERATIONS = st.sampled_from(["+", "-", "*", "//", "%", "ceil", "max", "min"])
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES, lambda inner: st.tuples(OPERATIONS, inner, inner), max_leaves=10
)
SIZES = st.fixed_dictionaries({name: st.integers(1, 15) for name in "NHW"})
LAWS = settings(max_examples=200, deadline=None, derandomize=True)

FUNCTIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": floor_div,
    "%": lambda a, b: a % b,
    "ceil": ceil_div,
    "max": dim_max,
    "min": dim_min,
}


def symbolic(tree: Tree) -> Dim:
    """The tree as a dim; examples that divide by zero for every size are dropped."""
    if isinstance(tree, str):
        return symbol(tree)
    if isinstance(tree, int):
        return tree
    op, left, right = tree
    a, b = symbolic(left), symbolic(right)
    assume(b != 0 or op not in ("//", "%", "ceil"))
    try:
        made: Dim = FUNCTIONS[op](a, b)
    except DimTooComplex:
        assume(False)
        raise
    return made


def number(tree: Tree, sizes: Mapping[str, int]) -> int:
    """The tree in Python's integers; examples that divide by zero are dropped."""
    if isinstance(tree, str):
        return sizes[tree]
    if isinstance(tree, int):
        return tree
    op, left, right = tree
    a, b = number(left, sizes), number(right, sizes)
    assume(b != 0 or op not in ("//", "%", "ceil"))
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "//":
            return a // b
        case "%":
            return a % b
        case "ceil":
            return -(-a // b)
    return max(a, b) if op == "max" else min(a, b)


@LAWS
@given(TREES, SIZES)
def test_the_normal_form_is_the_same_number(tree: Tree, sizes: Mapping[str, int]) -> None:
    expected = number(tree, sizes)
    assert substitute(symbolic(tree), sizes) == expected


@LAWS
@given(TREES, SIZES)
def test_sizes_may_be_given_one_at_a_time(tree: Tree, sizes: Mapping[str, int]) -> None:
    expected = number(tree, sizes)
    dim = symbolic(tree)
    for name, size in sizes.items():
        try:
            dim = substitute(dim, {name: size})
        except DimTooComplex:
            assume(False)
    assert dim == expected


@LAWS
@given(TREES, TREES, SIZES)
def test_nothing_false_is_claimed_of_two_dims(
    left: Tree, right: Tree, sizes: Mapping[str, int]
) -> None:
    x, y = number(left, sizes), number(right, sizes)
    a, b = symbolic(left), symbolic(right)
    if a == b:
        assert x == y
        assert hash(a) == hash(b)
    if never_equal(a, b):
        assert x != y
    for op, holds in {
        "==": x == y,
        "!=": x != y,
        "<": x < y,
        "<=": x <= y,
        ">": x > y,
        ">=": x >= y,
    }.items():
        assert compare(op, a, b) in (None, holds), op


@LAWS
@given(TREES, SIZES)
def test_a_value_lies_within_its_bounds(tree: Tree, sizes: Mapping[str, int]) -> None:
    value = number(tree, sizes)
    low, high = bounds(symbolic(tree))
    assert low is None or low <= value
    assert high is None or value <= high


@LAWS
@given(TREES, TREES, SIZES)
def test_an_exact_quotient_is_exact(left: Tree, right: Tree, sizes: Mapping[str, int]) -> None:
    x, y = number(left, sizes), number(right, sizes)
    assume(y != 0)
    try:
        product = symbolic(left) * symbolic(right)
    except DimTooComplex:
        assume(False)
    for dividend, whole in ((symbolic(left), x), (product, x * y)):
        quotient = exact_div(dividend, symbolic(right))
        assert quotient is None or substitute(quotient, sizes) * y == whole


@LAWS
@given(TREES, TREES, SIZES)
def test_a_solution_solves(pattern: Tree, value: Tree, sizes: Mapping[str, int]) -> None:
    wanted = number(value, sizes)
    made = symbolic(pattern)
    solved = solve(made, symbolic(value))
    if solved is not None:
        name, size = solved
        assert names(made) == {name}
        assert substitute(made, {name: substitute(size, sizes)}) == wanted


@LAWS
@given(TREES)
def test_one_value_has_one_text(tree: Tree) -> None:
    dim = symbolic(tree)
    assert str(dim) == str(symbolic(tree))
    assert substitute(dim, {}) == dim
    assert str(substitute(dim, {})) == str(dim)
    assert dim + 1 - 1 == dim


@LAWS
@given(TREES, TREES)
def test_different_values_have_different_texts(left: Tree, right: Tree) -> None:
    a, b = symbolic(left), symbolic(right)
    assert (str(a) == str(b)) == (a == b)


@LAWS
@given(TREES, TREES)
def test_addition_and_multiplication_commute(left: Tree, right: Tree) -> None:
    a, b = symbolic(left), symbolic(right)
    try:
        assert a + b == b + a
        assert a * b == b * a
    except DimTooComplex:
        assume(False)


@LAWS
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6)), max_size=6), st.integers(1, 500))
def test_nested_floors_are_one_floor(steps: list[tuple[int, int]], size: int) -> None:
    dim: Dim = symbol("H")
    value = size
    for divisor, offset in steps:
        dim = floor_div(dim + offset, divisor)
        value = (value + offset) // divisor
    assert substitute(dim, {"H": size}) == value
    assert isinstance(dim, Sym)
    assert dim.depth <= 1


def test_ways_to_write_a_strided_window_are_one_value() -> None:
    h = symbol("H")
    assert floor_div(h - 1, 2) + 1 == ceil_div(h, 2) == floor_div(h + 1, 2)
    assert ceil_div(ceil_div(h, 2), 2) == ceil_div(h, 4)
    assert str(ceil_div(h, 2)) == "ceil(H/2)"


def test_a_denominator_of_several_factors_stands_in_parentheses() -> None:
    assert str(floor_div(symbol("H"), 2 * symbol("W"))) == "floor(H/(2*W))"


def test_rounding_up_by_a_negative_number_rounds_up() -> None:
    assert ceil_div(7, -2) == -3
    assert substitute(ceil_div(symbol("H"), -2), {"H": 7}) == -3


def test_the_sign_of_a_quotient_by_a_difference_is_not_known() -> None:
    quotient = floor_div(symbol("H"), symbol("W") - 5)
    assert bounds(quotient) == (None, None)
    assert substitute(quotient, {"H": 3, "W": 2}) == -1


@pytest.mark.parametrize("pattern", [floor_div(6, symbol("H")), symbol("H") * symbol("H")])
def test_what_is_not_linear_is_not_solved(pattern: Dim) -> None:
    assert solve(pattern, 4) is None


def test_a_solution_is_a_size() -> None:
    assert solve(symbol("H") + 5, 3) is None
    assert solve(symbol("H") + 5, 6) == ("H", 1)
    assert solve(symbol("H") + 5, 4 - symbol("W")) is None


def grow_extremes(dim: Dim) -> Dim:
    return dim_max(dim + symbol("W"), symbol("H") * dim - 7)


def grow_floors(dim: Dim) -> Dim:
    return floor_div(3 * dim + symbol("W"), 2)


def grow_numbers(dim: Dim) -> Dim:
    return 7 * dim


def grow_powers(dim: Dim) -> Dim:
    return dim * dim


def grow_terms(dim: Dim) -> Dim:
    return (dim + symbol("W")) * (dim - 1)


def shrink(dim: Dim) -> Dim:
    return ceil_div(dim, 2)


def grown(step: Callable[[Dim], Dim]) -> tuple[Dim, DimTooComplex | None]:
    """The last dim before the limits, and what was said then."""
    dim: Dim = symbol("H")
    for _ in range(100_000):
        try:
            dim = step(dim)
        except DimTooComplex as error:
            return dim, error
    return dim, None


@pytest.mark.parametrize(
    "step", [grow_extremes, grow_floors, grow_numbers, grow_powers, grow_terms, shrink]
)
def test_no_dim_grows_without_bound(step: Callable[[Dim], Dim]) -> None:
    dim, refusal = grown(step)
    assert "a symbolic size" in str(refusal)
    assert isinstance(dim, Sym)
    assert dim.size <= MAX_SIZE
    assert dim.depth <= MAX_DEPTH
    assert hash(dim) == hash(substitute(dim, {}))
    assert dim == substitute(dim, {})
    assert len(str(dim)) < 100 * MAX_SIZE


def test_a_comparison_past_the_limits_is_left_open() -> None:
    left = right = symbol("H")
    for index in range(MAX_SIZE // 3):
        left, right = left + symbol(f"A{index}"), right + symbol(f"B{index}")
    assert compare("<", left, right) is None
    assert not never_equal(left, right)
