"""Pictures made larger or smaller: padding, cropping, resizing. Imports `base` and `tensor`."""
