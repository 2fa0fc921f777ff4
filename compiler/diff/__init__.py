"""What two versions of a net differ in, and what of an old checkpoint the new one can load.

In: two checked nets. Out: a `NetDiff` (`diff.py`): layers matched, changes, measures, verdicts.
Imports `cost`, `expand`, `link`, `ir`, `ops` and `shapes`; it reads no file and no weight.
"""
