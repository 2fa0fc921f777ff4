"""What is legal in a net and seldom meant: warnings that its layers show.

In: the graph of a net without fault. Out: findings. Imports `expand` and what is below it.
"""
