"""Many trials of one recipe: a space of settings, Optuna's study of it, processes that train.

In: a recipe's file, `--set` with ranges and choices. Out: a folder with a run for each trial, the
study and a report. Imports `train`, `api`, `report`, `data` and `runs`.
"""
