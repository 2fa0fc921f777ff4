import keras
import numpy as np
from keras import layers

slide = keras.Input((None, None, 1))
top = layers.Conv2D(16, 3, padding="same", activation="relu")(slide)
low = layers.MaxPooling2D(2)(top)
low = layers.Conv2D(32, 3, padding="same", activation="relu")(low)
up = layers.UpSampling2D(2)(low)
both = layers.Concatenate()([top, up])
model = keras.Model(slide, layers.Conv2D(1, 1, activation="sigmoid")(both))

# One batch.
model.compile("adam", "binary_crossentropy")
model.train_on_batch(np.zeros((2, 75, 75, 1)), np.zeros((2, 75, 75, 1)))
