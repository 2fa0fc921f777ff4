"""Why a shape does not fit: rules that look for the line that is to be changed.

`table.py` has them in the order in which they are asked.
"""
