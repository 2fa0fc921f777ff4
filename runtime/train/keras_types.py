"""What training uses of Keras and TensorFlow, as protocols: neither library has types to import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ...compiler.ops.base.backend import Array, KerasModule

if TYPE_CHECKING:
    import tensorflow as tf

Tensor: TypeAlias = "tf.Tensor"
"""A tensor of TensorFlow, inside a step."""
Tensors: TypeAlias = "Tensor | Sequence[Tensor]"
"""What a model with one input or output takes or gives bare, and one with several as a list."""
Weights: TypeAlias = "Tensor | Mapping[str, Tensor]"
"""How much samples count, for the one output or all, or by the names of outputs."""
Batch: TypeAlias = "tuple[Mapping[str, Tensor], Mapping[str, Tensor], *tuple[Weights, ...]]"
"""Inputs by name, targets by name and, where samples have weights, those."""


class Variable(Protocol):
    """A variable of a layer, an optimizer, a metric or a random generator."""

    @property
    def path(self) -> str:
        """Its name below those of its owners."""

    @property
    def dtype(self) -> object:
        """What its elements are."""

    def assign(self, value: object) -> object:
        """Sets it."""

    def numpy(self) -> Array:
        """Its value."""

    def __mul__(self, other: object) -> Tensor: ...

    def __array__(self, dtype: object = None) -> Array: ...

    def __float__(self) -> float: ...


class Layer(Protocol):
    """A layer."""

    name: str
    trainable: bool

    @property
    def variables(self) -> Sequence[Variable]:
        """All of them, the states of random generators too."""

    @property
    def trainable_variables(self) -> Sequence[Variable]:
        """Those that learn."""


class Optimizer(Protocol):
    """An optimizer, or one that scales the loss around another."""

    iterations: Variable
    use_ema: bool
    _learning_rate: Variable | Callable[[Tensor], Tensor]

    @property
    def variables(self) -> Sequence[Variable]:
        """Its state."""

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes its state for the variables that learn."""

    def scale_loss(self, loss: Tensor) -> Tensor:
        """The loss whose gradients are taken."""

    def apply_gradients(self, pairs: Iterable[tuple[Tensor, Variable]]) -> object:
        """Changes the variables by their gradients."""

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        """Puts the moving averages of the variables in their places, where it keeps some."""


class Metric(Protocol):
    """A metric, which adds up batches."""

    def update_state(self, value: Tensor, *, sample_weight: Tensor) -> object:
        """Adds a value, and how many samples it is of."""


class CompiledLoss(Protocol):
    """The losses of a compiled model."""

    def build(self, y_true: object, y_pred: object) -> None:
        """Makes a metric for the loss of each output."""


class Model(Layer, Protocol):
    """A compiled functional model."""

    optimizer: Optimizer
    stop_training: bool
    output_names: Sequence[str]
    _loss_tracker: Metric
    _compile_loss: CompiledLoss

    @property
    def layers(self) -> Sequence[Layer]:
        """Its layers."""

    @property
    def inputs(self) -> Sequence[object]:
        """Its symbolic inputs."""

    @property
    def outputs(self) -> Sequence[object]:
        """Its symbolic outputs."""

    @property
    def metrics_variables(self) -> Sequence[Variable]:
        """What its metrics add up in."""

    def __call__(self, inputs: object, *, training: bool = False) -> Tensors:
        """The outputs for a batch."""

    def compile(self, **options: object) -> None:
        """Gives it an optimizer, losses and metrics."""

    def get_layer(self, name: str) -> Layer:
        """The layer of a name."""

    def reset_metrics(self) -> None:
        """Begins to add up anew."""

    def get_metrics_result(self) -> Mapping[str, Array]:
        """The loss and metrics so far."""

    def compute_loss(
        self, x: Tensors, y: Tensors, y_pred: Tensors, weight: Tensors | None, *, training: bool
    ) -> Tensor:
        """The loss of a batch with the penalties of its layers."""

    def compute_metrics(
        self, x: Tensors, y: Tensors, y_pred: Tensors, weight: Tensors | None
    ) -> Mapping[str, Tensor]:
        """Adds a batch to the metrics."""

    def test_step(self, data: tuple[Tensors | None, ...]) -> Mapping[str, Tensor]:
        """Adds a batch to the loss and the metrics, without learning."""

    def predict_on_batch(self, x: object) -> Array | Sequence[Array]:
        """The outputs for a batch."""

    def save(self, path: object) -> None:
        """Writes it as `.keras`."""


class Callback(Protocol):
    """A callback of Keras that watches a figure."""

    monitor: str
    best: float | None
    best_epoch: int

    def set_model(self, model: Model) -> None:
        """The model that it stops or slows down."""

    def on_train_begin(self) -> None:
        """Sets its counters."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Looks at the figures of an epoch, counted from 0."""


class Callbacks(Protocol):
    """The module `keras.callbacks`."""

    EarlyStopping: Callable[..., Callback]
    """Stops a run; it also counts which epoch was best."""


class Config(Protocol):
    """The module `keras.config`."""

    def dtype_policy(self) -> object:
        """What layers compute in."""

    def set_dtype_policy(self, policy: object) -> None:
        """Sets it."""


class Utils(Protocol):
    """The module `keras.utils`."""

    def set_random_seed(self, seed: int) -> None:
        """Seeds Python, NumPy and TensorFlow."""


class Keras(KerasModule, Protocol):
    """The module `keras`, with what it has for training."""

    callbacks: Callbacks
    config: Config
    utils: Utils


class Batches(Protocol):
    """A `tf.data.Dataset` of batches."""

    def __iter__(self) -> Iterator[Batch]: ...


class Augmentation(Protocol):
    """A random change of training batches, with the variables it draws from."""

    @property
    def variables(self) -> Sequence[Variable]:
        """The states of its random generators."""

    def __call__(
        self, x: Mapping[str, Tensor], y: Mapping[str, Tensor]
    ) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
        """The batch, changed."""
