"""What a net costs, and `expect`: what it may cost.

In: a `CheckedGraph`. Out: `NetCosts`; findings on broken contracts. Imports `ir` and `expand`.
"""
