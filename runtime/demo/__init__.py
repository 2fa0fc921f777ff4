"""`make demo`, and the small public data and weights that it and `bench/` use.

`python -m netc.runtime.demo.__main__` runs it. Imports every room.
"""
