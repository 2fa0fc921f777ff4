"""Whatever runs: sessions, weights, data, training, the command line and the Python API.

Rooms, each importing only those before it: `cache`, `files`, `infer`, `weights`, `data`, `runs`,
`report`, `train`, `api`, `cli`, `demo`. `errors.py` is what a person did wrong, in one line.
"""
