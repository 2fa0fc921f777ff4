"""First files: a `.net` file to begin with, for a kind of task or from a net that was trained.

In: what a command line asks for. Out: the text of a file, and what to do with it. May import `api`.
"""
