"""What is wrong, as data, and how it is shown.

In: spans, a code, words. Out: `Diagnostic`; `Findings`, which collects them; `render/`, which shows
them; `pages/`, which explains each code. Imports `text`.
"""
