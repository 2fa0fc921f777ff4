"""The first files of `netc new`, by kind: small nets and recipes, with comments."""

from __future__ import annotations

from collections.abc import Mapping

MLP = """# A multilayer perceptron for the rows of a table. Change how many columns and classes.

net Classifier(row: float32[N, 8], classes: int = 3) -> probs: [N, classes] {
  return row  # N is the batch: it stays open
    -> Dense(32, activation=relu) -> Dropout(0.2)
    -> Dense(32, activation=relu)
    -> Dense(classes, activation=softmax) as head
}

# `data.csv` lies beside this file: a sample a row, its class in the last column.
train Classifier {
  data      = csv("data.csv", validation_split=0.2)
  loss      = sparse_categorical_crossentropy
  optimizer = Adam(0.001)
  metrics   = [accuracy]
  epochs    = 50
  stop      = EarlyStopping("val_loss", patience=5)  # the best weights are kept
}
"""

CNN = """# A convolutional network for pictures. Other sizes: `--set size=128`.

block Stage(x: [N, H, W, C], filters: int) -> [N, H // 2, W // 2, filters] {
  return x
    -> Conv2D(filters, 3, padding=same, use_bias=false) -> BatchNormalization -> ReLU
    -> MaxPooling2D(2)
}

net Pictures(image: float32[N, size, size, 3], classes: int = 3, size: int = 64)
    -> probs: [N, classes] {
  x = image
  for filters in [16, 32, 64] {
    x = x -> Stage(filters) as stage
  }
  return x -> GlobalAveragePooling2D as features -> Dropout(0.3)
    -> Dense(classes, activation=softmax) as head
}

# The folder `pictures` lies beside this file. It holds a folder for each class.
train Pictures {
  data      = image_folder("pictures", validation_split=0.2, scale=1 / 255)
  augment   = [RandomFlip(horizontal), RandomTranslation(0.1, 0.1)]
  loss      = categorical_crossentropy
  optimizer = Adam(0.001)
  metrics   = [accuracy]
  epochs    = 40
  stop      = EarlyStopping("val_loss", patience=8)
}
"""

TEXT = """# An LSTM that says what a text is. A text is a row of word numbers, 0 behind its end.

net Texts(words: int32[N, T], classes: int = 2, vocabulary: int = 10K) -> probs: [N, classes] {
  return words  # T is the length: it stays open
    -> Embedding(vocabulary, 32, mask_zero=true) as embedding
    -> Bidirectional(LSTM(32)) as state
    -> Dropout(0.3)
    -> Dense(classes, activation=softmax) as head
}

# `texts.npz` lies beside this file, with the arrays `x` (texts, words) and `y` (classes from 0).
train Texts {
  data      = npz("texts.npz", validation_split=0.2)
  loss      = sparse_categorical_crossentropy
  optimizer = Adam(0.001)
  metrics   = [accuracy]
  epochs    = 10
  stop      = EarlyStopping("val_loss", patience=2)
}
"""

UNET = """# A small U-Net: for each pixel, how likely it belongs to what is looked for.

block Convs(x: [N, H, W, C], filters: int) -> [N, H, W, filters] {
  return x -> Conv2D(filters, 3, padding=same, activation=relu) * 2 as conv
}

# 8 divides the size, since it is halved three times.
net Masks(image: float32[N, size, size, 1], size: int = 64) -> mask: [N, size, size, 1] {
  x = image
  skips = []
  for filters in [8, 16, 32] {
    x = x -> Convs(filters) as down
    skips = [x] + skips
    x = x -> MaxPooling2D(2)
  }
  x = x -> Convs(64) as bottom
  for skip, filters in zip(skips, [32, 16, 8]) {
    up = x -> Conv2DTranspose(filters, 2, strides=2)
    x = (up, skip) -> Concatenate -> Convs(filters) as up
  }
  return x -> Conv2D(1, 1, activation=sigmoid) as top
}

# `cells.npz` lies beside this file: pictures `x` and masks `y` of 0 and 1, both [n, 64, 64, 1].
train Masks {
  data      = npz("cells.npz", validation_split=0.2)
  loss      = binary_crossentropy + dice
  optimizer = Adam(0.001)
  metrics   = [BinaryIoU]
  epochs    = 40
  stop      = EarlyStopping("val_loss", patience=5)
}
"""

AUTOENCODER = """# An autoencoder: learns to give back its input through a code of few numbers.

block Encoder(x: [N, C], width: int, code: int) -> [N, code] {
  return x -> Dense(width, activation=relu) -> Dense(code) as code
}

block Decoder(code: [N, D], width: int, size: int) -> [N, size] {
  return code -> Dense(width, activation=relu) -> Dense(size)
}

net Autoencoder(x: float32[N, 64], code: int = 8) -> recon: [N, 64] {
  return x -> Encoder(32, code) as encoder -> Decoder(32, 64) as decoder
}

# `rows.npz` lies beside this file with the array `x`, which is what is learned, too.
train Autoencoder {
  data      = npz("rows.npz", y="x", validation_split=0.2)
  loss      = mse
  optimizer = Adam(0.001)
  epochs    = 50
  stop      = EarlyStopping("val_loss", patience=5)
}
"""

KINDS: Mapping[str, str] = {
    "mlp": MLP,
    "cnn": CNN,
    "text": TEXT,
    "unet": UNET,
    "autoencoder": AUTOENCODER,
}
"""The text of each kind of file."""
