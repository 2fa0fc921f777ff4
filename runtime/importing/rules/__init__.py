"""What each ONNX operator becomes; `table.py` has a function for each.

In: a `Node`. Out: the tensors that it makes, as steps of netc's words. Imports no other room of
`importing`.
"""
