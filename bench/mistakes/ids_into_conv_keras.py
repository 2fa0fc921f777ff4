import keras
import numpy as np
from keras import layers

words = keras.Input((120,), dtype="int32")
x = layers.Conv1D(64, 3, activation="relu")(words)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(32, activation="relu")(x)
model = keras.Model(words, layers.Dense(1, activation="sigmoid")(x))

# One batch.
model.compile("adam", "binary_crossentropy")
model.train_on_batch(np.zeros((2, 120), "int32"), np.zeros((2, 1)))
