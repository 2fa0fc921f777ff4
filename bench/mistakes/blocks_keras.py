from keras import layers


def gated_unit(x):
    gate = layers.Dense(x.shape[-1], activation="sigmoid")(x)
    return layers.Multiply()([x, gate])
