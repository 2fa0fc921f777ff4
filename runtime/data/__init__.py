"""Data for training: read, split, turned into batches.

In: a `Recipe` that says where they are, or arrays. Out: a `Dataset`, batches. Imports `infer` and
`files`.
"""
