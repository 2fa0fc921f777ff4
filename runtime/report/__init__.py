"""What a run leaves to look at: curves, gradients, confusion, mistakes, one page."""
