"""The operators: one class each, one file a family."""
