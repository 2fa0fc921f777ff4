"""The language server: in go edits and questions of an editor, out come findings and answers."""
