import keras
import numpy as np
from keras import layers

image = keras.Input((28, 28, 1))
x = layers.Flatten()(image)
model = keras.Model(image, layers.Dense(10, activation="softmax")(x))
optimizer = keras.optimizers.SGD(lr=0.05, momentum=0.9)

# One batch.
model.compile(optimizer, "sparse_categorical_crossentropy")
model.train_on_batch(np.zeros((2, 28, 28, 1)), np.zeros(2))
