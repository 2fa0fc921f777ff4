import keras
import numpy as np
from keras import layers

row = keras.Input((30,))
x = layers.Dense(64, activation="relu")(row)
x = layers.Dropout(p=0.3)(x)
x = layers.Dense(64, activation="relu")(x)
model = keras.Model(row, layers.Dense(1)(x))

# One batch.
model.compile("adam", "mse")
model.train_on_batch(np.zeros((2, 30)), np.zeros((2, 1)))
