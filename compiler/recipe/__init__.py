"""Training recipes: what a `train` block can say, and what it says once it is checked."""
