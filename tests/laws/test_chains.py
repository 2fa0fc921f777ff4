"""Chains in every road through the compiler: both lowerings, text and back."""

from __future__ import annotations

import pytest

from .agreement import check_program
from .programs import Program

PROGRAMS = {
    "in a row, in each other": """
net Net(x: float32[N, 6, 6, 3], f: int = 4) -> [N, 2] {
  x = x -> (Conv2D(f, 3) as conv -> (BatchNormalization -> ReLU) * 2) * 2
  return x -> (GlobalAveragePooling2D -> Dense(2))
}
""",
    "shared": """
net Net(a: float32[N, 4], b: float32[N, 4]) -> [N, 2] {
  layer encode = (Dense(4) * 2 -> tanh)
  return (a -> encode) - (b -> encode) -> (encode -> Dense(2))
}
""",
    "passed, with masks": """
block Twice(x: [N, T, C], f: layer) {
  return x -> f -> f
}

net Net(x: int32[N, T]) -> [N, 3] {
  embed = (Embedding(9, 4, mask_zero=true) -> Dropout(0.5))
  return x -> embed -> Twice((LSTM(4, return_sequences=true) -> Dense(4))) -> GRU(3)
}
""",
    "several tensors": """
net Net(a: float32[N, 2, 4], b: float32[N, 3, 4]) -> [N, 2, 2] {
  attend = (MultiHeadAttention(2, 3) as heads -> Dense(2))
  a -> attend(value=b) as first
  return (first, first.heads) -> (Concatenate -> Dense(2))
}
""",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_chain_means_one_thing(text: str) -> None:
    check_program(Program(text, {"N": 2, "T": 3}))
