"""A net as a person sees it: in goes a checked graph, out comes an `Outline` of boxes in boxes."""
