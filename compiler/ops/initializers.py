"""Weight initializers: Keras's distributions, drawn with NumPy from a seeded stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .backend import KerasModule
from .kinds import Kind, table

if TYPE_CHECKING:
    from .backend import Array


@dataclass(frozen=True, slots=True)
class Initializer:
    """How a weight starts."""

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        """A float32 array of `shape`. `np` is NumPy, `rng` a `numpy.random.Generator`."""
        raise NotImplementedError(type(self).__name__)

    def keras_object(self, keras: KerasModule) -> object:
        """The Keras initializer of the same distribution."""
        raise NotImplementedError(type(self).__name__)


@dataclass(frozen=True, slots=True)
class Constant(Initializer):
    """Every element the same."""

    value: float = 0.0

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        array: Array = np.full(shape, self.value, np.float32)
        return array

    def keras_object(self, keras: KerasModule) -> object:
        return keras.initializers.Constant(self.value)


@dataclass(frozen=True, slots=True)
class VarianceScaling(Initializer):
    """Keras's VarianceScaling: variance `scale / fan`.

    Glorot: scale 1, fan_avg (Glorot and Bengio 2010). He: scale 2, fan_in (He et al. 2015).
    LeCun: scale 1, fan_in.
    """

    scale: float = 1.0
    mode: str = "fan_avg"
    distribution: str = "uniform"

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            return uniform(np, rng, shape, float((3.0 * variance) ** 0.5))
        if self.distribution == "untruncated_normal":
            return normal(np, rng, shape, 0.0, float(variance**0.5))
        # A normal cut at two standard deviations has the standard deviation 0.87962566.
        return truncated(np, rng, shape, 0.0, float(variance**0.5) / 0.87962566103423978)

    def keras_object(self, keras: KerasModule) -> object:
        return keras.initializers.VarianceScaling(self.scale, self.mode, self.distribution)


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Fan in and fan out of a kernel `(…window, in, out)`, as Keras counts them."""
    if not shape:
        return 1.0, 1.0
    if len(shape) == 1:
        return float(shape[0]), float(shape[0])
    window = 1
    for dim in shape[:-2]:
        window *= dim
    return float(shape[-2] * window), float(shape[-1] * window)


def uniform(np: Any, rng: Any, shape: tuple[int, ...], limit: float) -> Array:
    """Uniform in `-limit .. limit`."""
    array: Array = rng.random(shape, dtype=np.float32)
    array *= np.float32(2 * limit)
    array -= np.float32(limit)
    return array


def normal(np: Any, rng: Any, shape: tuple[int, ...], mean: float, stddev: float) -> Array:
    """Normal with a mean and a standard deviation."""
    array: Array = rng.standard_normal(shape, dtype=np.float32)
    array *= np.float32(stddev)
    array += np.float32(mean)
    return array


def truncated(np: Any, rng: Any, shape: tuple[int, ...], mean: float, stddev: float) -> Array:
    """Normal with values beyond two standard deviations drawn again."""
    array = normal(np, rng, shape, 0.0, 1.0).reshape(-1)
    outside = np.flatnonzero(np.abs(array) > 2)
    while outside.size:
        array[outside] = rng.standard_normal(outside.size, dtype=np.float32)
        outside = outside[np.abs(array[outside]) > 2]
    array *= np.float32(stddev)
    array += np.float32(mean)
    return array.reshape(shape)


zeros = Constant(0.0)
ones = Constant(1.0)
glorot_uniform = VarianceScaling()

INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "ones": ones,
    "glorot_uniform": glorot_uniform,
}
"""The initializers by their lower-case names."""

INITIALIZER: Kind[Initializer] = table(
    "an initializer such as he_normal", INITIALIZERS, Initializer
)
