"""To a functional `keras.Model` of stock layers."""
