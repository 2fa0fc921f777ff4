"""The zoo: networks shipped with the package, as `.net` files."""
