import keras
import numpy as np
from keras import layers

image = keras.Input((28, 28, 1))
x = layers.Conv2D(16, 3, padding=1)(image)
x = layers.MaxPooling2D(2)(layers.ReLU()(x))
x = layers.Flatten()(x)
model = keras.Model(image, layers.Dense(10, activation="softmax")(x))

# One batch.
model.compile("adam", "categorical_crossentropy")
model.train_on_batch(np.zeros((2, 28, 28, 1)), np.eye(10)[:2])
