"""netc for assistants: in go texts, files and names, out come findings, shapes and references."""
