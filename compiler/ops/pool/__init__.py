"""Pooling, local and global. Imports `base`."""
