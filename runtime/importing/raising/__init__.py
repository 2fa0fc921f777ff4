"""What exporters spell out with signs and moves becomes the layers that it is.

In: a model's steps as its nodes made them. Out: the same model with fewer steps.
"""
