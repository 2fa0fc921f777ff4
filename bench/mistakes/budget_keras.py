import keras
import numpy as np
from keras import layers

image = keras.Input((72, 72, 3))
x = layers.Conv2D(16, 3, activation="relu")(image)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(2)(x)
x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
model = keras.Model(image, layers.Dense(11, activation="softmax")(x))

# One batch.
model.compile("adam", "categorical_crossentropy")
model.train_on_batch(np.zeros((2, 72, 72, 3)), np.eye(11)[:2])
