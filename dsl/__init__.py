"""Text to syntax: sources, spans, diagnostics, the grammar and the parser."""
