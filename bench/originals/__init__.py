"""The nets of other frameworks that those of the zoo are compared with, by `bench/zoo.py`."""
