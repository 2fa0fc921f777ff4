"""Syntax to checked graph to lowered model."""
