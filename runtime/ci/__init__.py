"""What the GitHub action does beyond `netc check`: compares a pull request and comments on it.

In: two revisions of a repository, and the event that started it. Out: a comment. Imports `cli`.
"""
