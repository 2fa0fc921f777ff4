"""What a run leaves to look at: curves, gradients, confusion, mistakes, one page.

In: `Facts` of a run, its models, a `Dataset`. Out: pictures and `report.html`, and figures of a
test. Imports `data`, `runs`, `infer`, `picture` and `files`.
"""
