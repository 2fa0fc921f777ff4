import keras
import numpy as np
from keras import layers

photo = keras.Input((64, 64, 3))
x = layers.Rescaling(1 / 255)(photo)
x = layers.Conv2D(24, 3, activation="relu")(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(48, 3, activation="relu")(x)
x = layers.Flatten()(x)
x = layers.GlobalMaxPooling2D()(x)
model = keras.Model(photo, layers.Dense(1, activation="sigmoid")(x))

# One batch.
model.compile("adam", "binary_crossentropy")
model.train_on_batch(np.zeros((2, 64, 64, 3)), np.zeros((2, 1)))
