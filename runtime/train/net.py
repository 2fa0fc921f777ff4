"""The net that is trained: lowered to Keras, frozen and compiled as a phase says."""

from __future__ import annotations

from collections.abc import Mapping

from ...compiler.lower.keras.lower import keras_name, lower_keras
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.declare import Refusal
from ...compiler.ops.tensor.learned import Weight
from ...compiler.recipe.objects.sums import keras_terms
from ...compiler.recipe.recipe import Head, Phase, Recipe
from ..errors import cannot_train
from .fused import fuse_batch_norms
from .keras_types import Keras, Model, Variable
from .snapshot import NetWeights
from .spectral import hold_frozen_kernels


class TrainingNet:
    """A Keras model of a recipe's net, and a model over the same layers for each phase."""

    def __init__(self, keras: Keras, recipe: Recipe, source: WeightSource) -> None:
        self.keras, self.recipe = keras, recipe
        try:
            self.plain: Model = lower_keras(recipe.trained, source, keras=keras)
        except Refusal as fault:
            raise cannot_train(recipe.trained.name, fault) from fault
        fuse_batch_norms(keras, self.plain.layers)
        hold_frozen_kernels(keras, self.plain.layers)
        self.weights = NetWeights(recipe.trained, self.plain)
        self._fixed = [
            path
            for path, node in recipe.trained.layers().items()
            if isinstance(node.op, Weight) and not node.op.trainable
        ]
        outputs = [output.name for output in recipe.trained.graph.outputs]
        self._tensors = dict(zip(outputs, self.plain.outputs, strict=True))

    @property
    def variables(self) -> list[Variable]:
        """All variables of the layers, the states of random number generators among them."""
        return list(self.plain.variables)

    def compile(self, phase: Phase) -> Model:
        """A model over the outputs that a phase teaches, compiled; its frozen layers are frozen.

        Its metrics have the names that the recipe speaks of: those of the net's outputs.
        """
        keras = self.keras
        for layer in self.plain.layers:
            layer.trainable = True
        for path in self._fixed:
            self.plain.get_layer(keras_name(path)).trainable = False
        for path in phase.frozen:
            self.plain.get_layer(keras_name(path)).trainable = False
        heads = phase.heads
        outputs = [self._tensors[head.output] for head in heads]
        model: Model = keras.Model(self.plain.inputs, outputs, name=keras_name(self.recipe.net))
        model.output_names = [head.output for head in heads]
        single = len(heads) == 1
        losses = [head.loss.keras_object(keras) for head in heads]
        metrics = [_metrics(head, keras, weighted=False) for head in heads]
        weighted = [
            [*_metrics(head, keras, weighted=True), *keras_terms(head.loss, keras)]
            for head in heads
        ]
        weights = [head.weight for head in heads]
        model.compile(
            optimizer=phase.optimizer.alone().keras_object(keras),
            loss=losses[0] if single else losses,
            loss_weights=None if weights == [1.0] * len(heads) else weights,
            metrics=metrics[0] if single else metrics,
            weighted_metrics=weighted[0] if single else weighted,
            jit_compile=False,
        )
        return model

    def trainable(self, model: Model) -> Mapping[str, list[Variable]]:
        """The trainable variables of each layer of a phase's model that has some, by path."""
        held = {id(variable) for variable in model.trainable_variables}
        found = {
            path: [variable for variable in layer.trainable_variables if id(variable) in held]
            for path, layer in self.weights.layers.items()
        }
        return {path: variables for path, variables in found.items() if variables}


def _metrics(head: Head, keras: Keras, *, weighted: bool) -> list[object]:
    """Keras's metrics of an output, called as histories call them."""
    return [
        metric.named(called).for_targets(head.targets).keras_object(keras)
        for called, metric, counts in head.measured
        if counts == weighted
    ]
