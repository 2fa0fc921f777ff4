"""The net that is trained: lowered to Keras, frozen and compiled as a phase says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.keras.lower import keras_name, lower_keras
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.declare import Refusal
from ...compiler.ops.tensor.learned import Weight
from ...compiler.recipe.objects.sums import keras_terms
from ...compiler.recipe.recipe import Head, Phase, Recipe
from ...dsl.diagnostics.codes import Code
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
        self._order: dict[int, int] = {}
        self._tensors = dict(zip(outputs, self.plain.outputs, strict=True))

    @property
    def variables(self) -> list[Variable]:
        """All variables of the layers, the states of random number generators among them."""
        return list(self.plain.variables)

    def compile(self, phase: Phase, upper: CheckedGraph | None = None) -> Model:
        """A model over the outputs that a phase teaches, compiled; its frozen layers are frozen.

        With `upper`, the part of the net behind its frozen layers, it takes what they give. Its
        metrics have the names that the recipe speaks of: those of the net's outputs. Raises Refusal
        where Keras cannot make a model of that part alone.
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
        self._order = {id(variable): i for i, variable in enumerate(model.trainable_variables)}
        if upper is not None:
            model = self._behind(upper, [head.output for head in heads])
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

    def _behind(self, upper: CheckedGraph, heads: Sequence[str]) -> Model:
        """A model of a part of the net, of the layers that the whole one has."""
        made = {layer.name: layer for layer in self.plain.layers}
        part: Model = lower_keras(upper, keras=self.keras, made=made)
        own = {id(variable) for variable in self.plain.variables}
        if any(id(variable) not in own for variable in part.variables):
            raise Refusal(Code.NO_KERAS, "Keras makes other variables for the layers behind them")
        outputs = [output.name for output in upper.graph.outputs]
        tensors = dict(zip(outputs, part.outputs, strict=True))
        name = keras_name(self.recipe.net)
        model: Model = self.keras.Model(part.inputs, [tensors[head] for head in heads], name=name)
        return model

    def learning(self, model: Model) -> list[Variable]:
        """The trainable variables of a phase's model, in the order of those of the whole net."""
        return sorted(model.trainable_variables, key=lambda variable: self._order[id(variable)])

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
