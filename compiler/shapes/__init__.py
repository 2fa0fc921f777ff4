"""Sizes and types of tensors: the ground floor, which knows no operator.

In: numbers and names. Out: `Sym`, a size in its normal form; `TensorType`. Imports no other room.
"""
