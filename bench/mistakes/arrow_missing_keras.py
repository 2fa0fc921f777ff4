import keras
import numpy as np
from keras import layers

model = keras.Sequential(
    [
        keras.Input((800, 1)),
        layers.Conv1D(16, 9, strides=4, activation="relu"),
        layers.Conv1D(32, 9, strides=4, activation="relu")
        layers.GlobalMaxPooling1D(),
        layers.Dense(5, activation="softmax"),
    ]
)

# One batch.
model.compile("adam", "categorical_crossentropy")
model.train_on_batch(np.zeros((2, 800, 1)), np.eye(5)[:2])
