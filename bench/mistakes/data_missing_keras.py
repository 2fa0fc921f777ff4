import keras
import numpy as np
from keras import layers

image = keras.Input((28, 28, 1))
x = layers.Flatten()(image)
model = keras.Model(image, layers.Dense(10, activation="softmax")(x))
data = np.load("numbers.npz")

# One batch.
model.compile("adam", "sparse_categorical_crossentropy")
model.train_on_batch(data["x"][:2], data["y"][:2])
