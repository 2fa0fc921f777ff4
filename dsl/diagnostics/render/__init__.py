"""How diagnostics are shown: one renderer a file."""
