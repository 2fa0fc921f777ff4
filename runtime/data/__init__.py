"""Data for training: read, split, turned into batches."""
