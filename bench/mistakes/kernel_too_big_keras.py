import keras
import numpy as np
from keras import layers

scan = keras.Input((32, 32, 1))
x = scan
for width in [16, 32, 64, 128]:
    x = layers.Conv2D(width, 3, activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
x = layers.Flatten()(x)
model = keras.Model(scan, layers.Dense(26, activation="softmax")(x))

# One batch.
model.compile("adam", "categorical_crossentropy")
model.train_on_batch(np.zeros((2, 32, 32, 1)), np.eye(26)[:2])
