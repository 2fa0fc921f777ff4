"""What a recipe can name: losses, optimizers, schedules, metrics, augmentation, data, callbacks.

One class each, declared like an operator, with Keras's arguments and defaults. Imports `ops/base`.
"""
