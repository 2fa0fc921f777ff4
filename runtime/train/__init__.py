"""Training by a recipe: the loop, the run folder, what is kept and how it goes on.

In: a `Recipe`, a `Dataset`, a folder, `RunOptions`. Out: an `Outcome`, and the files of a run.
Imports `features`, `report`, `published`, `weights`, `data`, `runs`, `infer` and `files`.
"""
