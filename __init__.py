"""netc: neural networks as text that is checked before it runs."""
