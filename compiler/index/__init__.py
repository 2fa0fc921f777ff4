"""Where names stand, for editors.

In: parsed modules. Out: symbols, with every place that means them. Imports `link` and `ops`.
"""
