"""Training by a recipe: the loop, the run folder, what is kept and how it goes on."""
