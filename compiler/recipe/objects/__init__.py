"""What a recipe can name: losses, optimizers, schedules, metrics, augmentation, data, callbacks.

In: arguments. Out: an object, declared like an operator, with Keras's arguments and defaults: one
class each. Imports `ops/base`.
"""
