"""Many samples through one model: files and rows go in, a table of results comes out.

In: a loaded model, and pictures, folders, patterns or a table. Out: a table as CSV, JSON
lines or Parquet, written whole or not at all; what was computed survives a kill, and the same
command goes on behind it.
"""
