"""Weight initializers: Keras's distributions, drawn with NumPy from a seeded stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ....dsl.diagnostics.codes import Code
from ...shapes.types import show_shape
from . import sampling
from .backend import KerasModule
from .declare import Declared, Refusal, keras_arguments, op
from .kinds import EPSILON, FLOAT, Kind, arg, choice, table

if TYPE_CHECKING:
    from .backend import Array


class Initializer(Declared):
    """How a weight starts."""

    __slots__ = ()

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        """A float32 array of `shape`. `np` is NumPy, `rng` a `numpy.random.Generator`."""
        raise NotImplementedError(type(self).__name__)

    def check(self, weight: str, shape: tuple[int, ...]) -> None:
        """Raises Refusal where it cannot fill a weight of that shape."""

    def keras_object(self, keras: KerasModule) -> object:
        """The Keras initializer of the same distribution."""
        return getattr(keras.initializers, type(self).__name__)(**keras_arguments(self, keras))


@op
class Zeros(Initializer):
    """Every element 0."""

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        array: Array = np.zeros(shape, np.float32)
        return array


@op
class Ones(Initializer):
    """Every element 1."""

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        array: Array = np.ones(shape, np.float32)
        return array


@op
class Constant(Initializer):
    """Every element the same."""

    value: float = arg(FLOAT, default=0.0, doc="the value")

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        array: Array = np.full(shape, self.value, np.float32)
        return array


@op
class RandomNormal(Initializer):
    """A normal distribution."""

    mean: float = arg(FLOAT, default=0.0, doc="the mean")
    stddev: float = arg(EPSILON, default=0.05, doc="the standard deviation")

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        return sampling.normal(np, rng, shape, self.mean, self.stddev)


@op
class TruncatedNormal(Initializer):
    """A normal distribution whose values beyond two standard deviations are drawn again."""

    mean: float = arg(FLOAT, default=0.0, doc="the mean")
    stddev: float = arg(EPSILON, default=0.05, doc="the standard deviation before the cut")

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        return sampling.truncated(np, rng, shape, self.mean, self.stddev)


@op
class RandomUniform(Initializer):
    """A uniform distribution."""

    minval: float = arg(FLOAT, default=-0.05, doc="the least value")
    maxval: float = arg(FLOAT, default=0.05, doc="the greatest value")

    def validate(self) -> None:
        """Raises Refusal where the range is upside down."""
        if self.minval > self.maxval:
            raise Refusal(
                Code.BAD_VALUE,
                f"`minval` {self.minval} is greater than `maxval` {self.maxval}",
                argument="minval",
                help="swap the two",
            )

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        return sampling.uniform(np, rng, shape, self.minval, self.maxval)


class Scaled(Initializer):
    """Variance `scale / fan`, so that signals keep their size from layer to layer."""

    __slots__ = ()

    rule: ClassVar[tuple[float, str, str]]
    """Scale, mode and distribution, as `VarianceScaling` takes them."""

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        scale, mode, distribution = self.rule
        fan_in, fan_out = sampling.fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
        stddev = (scale / max(1.0, fan)) ** 0.5
        if distribution == "uniform":
            limit = 3.0**0.5 * stddev
            return sampling.uniform(np, rng, shape, -limit, limit)
        if distribution == "untruncated_normal":
            return sampling.normal(np, rng, shape, 0.0, stddev)
        # A standard normal cut at two standard deviations has the standard deviation 0.8796.
        return sampling.truncated(np, rng, shape, 0.0, stddev / 0.87962566103423978)


@op
class VarianceScaling(Scaled):
    """Variance `scale / fan` of any distribution."""

    scale: float = arg(EPSILON, default=1.0, doc="the variance times the fan")
    mode: str = arg(
        choice("fan_in", "fan_out", "fan_avg"), default="fan_in", doc="which connections count"
    )
    distribution: str = arg(
        choice("truncated_normal", "untruncated_normal", "uniform", "normal"),
        default="truncated_normal",
        doc="the distribution; normal means truncated_normal",
    )

    def validate(self) -> None:
        """Raises Refusal for a scale of 0, which Keras refuses."""
        if self.scale == 0:
            raise Refusal(
                Code.BAD_VALUE,
                "`scale` of `VarianceScaling` must be above 0",
                argument="scale",
                help="`Zeros()` starts a weight at 0",
            )

    @property
    def rule(self) -> tuple[float, str, str]:  # type: ignore[override]
        """Scale, mode and distribution."""
        return self.scale, self.mode, self.distribution


@op
class GlorotUniform(Scaled):
    """Uniform, variance `2 / (fan_in + fan_out)` (Glorot and Bengio 2010)."""

    rule = (1.0, "fan_avg", "uniform")


@op
class GlorotNormal(Scaled):
    """Truncated normal, variance `2 / (fan_in + fan_out)` (Glorot and Bengio 2010)."""

    rule = (1.0, "fan_avg", "truncated_normal")


@op
class HeUniform(Scaled):
    """Uniform, variance `2 / fan_in` (He et al. 2015)."""

    rule = (2.0, "fan_in", "uniform")


@op
class HeNormal(Scaled):
    """Truncated normal, variance `2 / fan_in` (He et al. 2015)."""

    rule = (2.0, "fan_in", "truncated_normal")


@op
class LecunUniform(Scaled):
    """Uniform, variance `1 / fan_in` (LeCun et al. 1998)."""

    rule = (1.0, "fan_in", "uniform")


@op
class LecunNormal(Scaled):
    """Truncated normal, variance `1 / fan_in` (LeCun et al. 1998)."""

    rule = (1.0, "fan_in", "truncated_normal")


@op
class Orthogonal(Initializer):
    """An orthogonal matrix, all axes but the last taken as rows (Saxe et al. 2013)."""

    gain: float = arg(FLOAT, default=1.0, doc="a factor for every element")

    def check(self, weight: str, shape: tuple[int, ...]) -> None:
        if len(shape) < 2:
            raise _refused(self, weight, shape, "at least two axes")

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        columns = shape[-1]
        rows = 1
        for dim in shape[:-1]:
            rows *= dim
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(sampling.normal(np, rng, tall, 0.0, 1.0))
        # The signs of R's diagonal make Q uniform over the orthogonal matrices (Mezzadri 2007).
        q *= np.sign(np.diagonal(r)) * np.float32(self.gain)
        array: Array = (q.T if rows < columns else q).reshape(shape)
        return array


@op
class Identity(Initializer):
    """The identity matrix."""

    gain: float = arg(FLOAT, default=1.0, doc="the value on the diagonal")

    def check(self, weight: str, shape: tuple[int, ...]) -> None:
        if len(shape) != 2:
            raise _refused(self, weight, shape, "two axes")

    def sample(self, np: Any, rng: Any, shape: tuple[int, ...]) -> Array:
        array: Array = np.eye(*shape, dtype=np.float32)
        array *= np.float32(self.gain)
        return array


def _refused(made: Initializer, weight: str, shape: tuple[int, ...], needs: str) -> Refusal:
    name = type(made).__name__
    return Refusal(
        Code.BAD_VALUE,
        f"`{name}` fills a weight of {needs}, but `{weight}` is {show_shape(shape)}",
        argument=f"{weight}_initializer",
        help="`GlorotUniform()` fills a weight of any shape",
    )


zeros = Zeros()
ones = Ones()
glorot_uniform = GlorotUniform()

INITIALIZER_CLASSES: Mapping[str, type[Initializer]] = {
    cls.__name__: cls
    for cls in (
        Constant,
        GlorotNormal,
        GlorotUniform,
        HeNormal,
        HeUniform,
        Identity,
        LecunNormal,
        LecunUniform,
        Ones,
        Orthogonal,
        RandomNormal,
        RandomUniform,
        TruncatedNormal,
        VarianceScaling,
        Zeros,
    )
}
"""The initializers a `.net` file can call, by name."""

INITIALIZERS: Mapping[str, Initializer] = {
    "constant": Constant(),
    "glorot_normal": GlorotNormal(),
    "glorot_uniform": glorot_uniform,
    "he_normal": HeNormal(),
    "he_uniform": HeUniform(),
    "identity": Identity(),
    "lecun_normal": LecunNormal(),
    "lecun_uniform": LecunUniform(),
    "normal": RandomNormal(),
    "ones": ones,
    "orthogonal": Orthogonal(),
    "random_normal": RandomNormal(),
    "random_uniform": RandomUniform(),
    "truncated_normal": TruncatedNormal(),
    "uniform": RandomUniform(),
    "variance_scaling": VarianceScaling(),
    "zeros": zeros,
}
"""The initializers by their lower-case names."""

INITIALIZER: Kind[Initializer] = table(
    "an initializer such as he_normal", INITIALIZERS, Initializer
)
