import keras
import numpy as np
from keras import layers


def unit(x, width, strides=1):
    y = layers.Conv2D(width, 3, strides=strides, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.Conv2D(width, 3, padding="same")(y)
    y = layers.BatchNormalization()(y)
    short = layers.Conv2D(width, 1)(x)
    short = layers.BatchNormalization()(short)
    return layers.ReLU()(layers.Add()([short, y]))


picture = keras.Input((48, 48, 3))
x = layers.Conv2D(24, 3, padding="same", activation="relu")(picture)
x = unit(unit(unit(x, 24), 48, 2), 96, 2)
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(picture, layers.Dense(7, activation="softmax")(x))

# One batch.
model.compile("adam", "categorical_crossentropy")
model.train_on_batch(np.zeros((2, 48, 48, 3)), np.eye(7)[:2])
