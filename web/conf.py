"""How Sphinx builds the site: `make site`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

project = "netc"
author = "The netc developers"
extensions = ["myst_parser", "web.net_blocks", "web.formulas"]
root_doc = "index"
source_suffix = {".md": "markdown"}
# GitHub's anchors, so that a link works here as it does there.
myst_heading_anchors = 6
myst_enable_extensions = ["linkify", "dollarmath"]
html_math_renderer = "mathml"
myst_linkify_fuzzy_links = False
myst_url_schemes = {
    "http": None,
    "https": None,
    "mailto": None,
    "playground": "playground.html#example={{path}}",
}
html_theme = "furo"
html_title = "netc"
html_theme_options = {"announcement": '<a href="playground.html">Try netc in this browser</a>'}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# A summary would be fetched, which a page from a disk may not do.
html_show_search_summary = False
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "monokai"
nitpicky = True
