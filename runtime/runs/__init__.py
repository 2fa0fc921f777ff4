"""The folder of a run of `netc train`, as whoever writes and reads it knows it.

Out: names of files, `RunFolder`, `History`, `Facts`. Imports `files`.
"""
