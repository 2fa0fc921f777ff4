"""What the frozen layers of a net make of samples, computed once and kept on disk.

In: a cut of a net (`compiler/recipe/frozen.py`), its weights and the parts of a dataset. Out: the
same parts with features in the place of inputs. `store.py` is what is on disk; `keep.py`
decides, `compute.py` does it.
"""
