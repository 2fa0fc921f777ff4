"""netc for assistants, and for the page that checks in the browser.

In: texts, files and names. Out: findings, shapes and references. Imports `api`.
"""
