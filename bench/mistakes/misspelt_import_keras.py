import keras
import numpy as np
from blocks_keras import gated_unti
from keras import layers

row = keras.Input((30,))
x = layers.Dense(64)(row)
x = gated_unti(gated_unti(x))
model = keras.Model(row, layers.Dense(1)(x))

# One batch.
model.compile("adam", "mse")
model.train_on_batch(np.zeros((2, 30)), np.zeros((2, 1)))
