import keras
import numpy as np
from keras import layers

code = keras.Input((32,))
x = layers.Dense(6 * 6 * 64, activation="relu")(code)
x = layers.Reshape((6, 6, 32))(x)
x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
x = layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")(x)
model = keras.Model(code, x)

# One batch.
model.compile("adam", "mse")
model.train_on_batch(np.zeros((2, 32)), np.zeros((2, 24, 24, 1)))
