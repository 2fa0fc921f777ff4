"""LSTM, GRU, simple recurrence, both directions. Imports `base`, `activation` and `core`."""
