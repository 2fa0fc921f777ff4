"""Which numbers named sizes may take: conditions on them, decided exactly or said to be undecided.

In: conditions that shape rules stated (`shapes/assume.py`). Out: `Legal`, sets of numbers. Knows no
net and no operator; the method and its proof are in docs/sizes.md.
"""
