"""Writes the generated pages: `python -m netc.runtime.reference [FOLDER]`, by default docs."""

import sys

from .pages import write_pages

write_pages(*sys.argv[1:])
