"""Functions of each element, and softmaxes: as layers, and as `activation=`. Imports `base`."""
