import keras
import numpy as np
from keras import layers

strip = keras.Input((24, 96, 1))
x = layers.Conv2D(32, 3, padding="same", activation="relu")(strip)
x = layers.MaxPooling2D((2, 1))(x)
x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = layers.MaxPooling2D((2, 1))(x)
x = layers.LSTM(64, return_sequences=True)(x)
model = keras.Model(strip, layers.Dense(37, activation="softmax")(x))

# One batch.
model.compile("adam", "sparse_categorical_crossentropy")
model.train_on_batch(np.zeros((2, 24, 96, 1)), np.zeros((2, 96)))
