"""Finds what a model repeats: blocks with parameters, optional parts, loops.

In: steps in running order. Out: tokens, which are steps, calls and loops, and the blocks they call.
"""
