import keras
import numpy as np
from keras import layers

sound = keras.Input((800, 1))
x = layers.Conv1D(16, 9, strides=4, activation="relu")(sound)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(32, activation="relu"(x)
model = keras.Model(sound, layers.Dense(5, activation="softmax")(x))

# One batch.
model.compile("adam", "categorical_crossentropy")
model.train_on_batch(np.zeros((2, 800, 1)), np.eye(5)[:2])
