"""Whatever runs: sessions, weights, data, training, the command line and the Python API.

In: checked nets and recipes, files, arrays. Out: models, run folders, answers, pages. Which room
imports which is in `docs/architecture.md`, under "The folders"; `errors.py`, what a person did
wrong in one line, is below them all.
"""
