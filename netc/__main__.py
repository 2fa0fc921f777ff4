"""`python -m netc`."""

from .runtime.cli import main

main()
