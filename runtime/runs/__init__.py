"""The folder of a run of `netc train`, as whoever writes and reads it knows it.

In: the folder, or where one is to be. Out: names of files, `RunFolder`, `History`, `Facts`.
Imports `files`.
"""
