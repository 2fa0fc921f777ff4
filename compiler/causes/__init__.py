"""Why a shape does not fit: rules that look for the line that is to be changed.

In: a `Refused`, a layer with the tensors that it does not take. Out: a `Cause`. `table.py` has the
rules in the order in which they are asked. Imports `link`, `ir`, `ops` and `shapes`.
"""
