"""Everything that runs: sessions, weights, data and the command line."""
