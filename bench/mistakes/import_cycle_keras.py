import keras
import numpy as np
from deeper_keras import deeper
from keras import layers


def mix(x):
    width = x.shape[-1]
    x = layers.Dense(2 * width, activation="relu")(x)
    return layers.Dense(width)(x)


row = keras.Input((30,))
x = deeper(layers.Dense(64)(row))
model = keras.Model(row, layers.Dense(1)(x))

# One batch.
model.compile("adam", "mse")
model.train_on_batch(np.zeros((2, 30)), np.zeros((2, 1)))
