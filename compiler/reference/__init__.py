"""What `netc ops`, `netc explain` and the generated pages of docs/ say.

In: the tables of operators, codes and recipe objects. Out: Markdown and text. Imports them all.
"""
