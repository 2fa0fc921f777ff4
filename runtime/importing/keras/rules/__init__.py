"""What becomes of each class of layer: mostly netc's layer of the same name and arguments.

In: one call of a layer, with its tensors. Out: steps.
"""
