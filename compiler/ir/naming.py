"""How the names of layers go on from round to round of a loop: `x_3`, `x_4`, …"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...dsl.record import record
from .paths import numbered, split_number


@record
class Naming:
    """What is called how in one round of a loop, and so in those after it.

    A round gives every name that it makes the next free number, and as many of each as the round
    before. So a layer's name some rounds later is told by its number.
    """

    prefix: str
    """Where the loop's layers stand."""
    weights: str
    """Where their weights stand."""
    steps: Mapping[str, tuple[int, int]]
    """For each name the first number that the round gave, and how many it gave."""
    carried: Mapping[str, tuple[str, int]]
    """Names of the rounds before it, apart, whose layers the round was given."""

    def path(self, path: str, rounds: int) -> str:
        """What stands some rounds later for a path that a round makes or is given."""
        return self._later(path, self.prefix, rounds)

    def layer(self, layer: str, rounds: int) -> str:
        """The same for where weights stand."""
        return self._later(layer, self.weights, rounds)

    def round_of(self, path: str) -> int:
        """How many rounds after this one makes a path; 0 for what no round makes, and for it."""
        name = self._name(path, self.prefix)
        found = self._parsed(name) if name is not None else None
        if found is None:
            return 0
        first, step = self.steps[found[0]]
        return (found[1] - first) // step

    def moved(self, path: Callable[[str], str], layer: Callable[[str], str]) -> Naming:
        """The names of the same loop where paths and layers are others."""
        prefix = path(self.prefix)

        def number(base: str, before: int) -> int:
            name = path(self.prefix + numbered(base, before))[len(prefix) :]
            return int(name[len(base) + 1 :] or 0)

        carried = [(base, number(base, before)) for base, before in self.carried.values()]
        return Naming(
            prefix,
            layer(self.weights),
            {base: (number(base, first), step) for base, (first, step) in self.steps.items()},
            {numbered(base, now): (base, now) for base, now in carried},
        )

    def before(self, path: str) -> tuple[str, str, int] | None:
        """The path of the round before, and the name in it; None for what moves by no rounds."""
        name = self._name(path, self.prefix)
        base, number = split_number(name) if name is not None else ("", 0)
        if name is None or base not in self.steps:
            return None
        number -= self.steps[base][1]
        if number < 0:
            return None
        rest = path[len(self.prefix) + len(name) :]
        return self.prefix + numbered(base, number) + rest, base, number

    def name(self, path: str) -> str | None:
        """The name that a path has in the place of the loop; None where it stands elsewhere."""
        return self._name(path, self.prefix)

    def _later(self, path: str, prefix: str, rounds: int) -> str:
        name = self._name(path, prefix)
        found = self._parsed(name) if name is not None else None
        if name is None or found is None:
            return path
        base, number = found
        now = numbered(base, number + rounds * self.steps[base][1])
        return f"{prefix}{now}{path[len(prefix) + len(name) :]}"

    def _parsed(self, name: str) -> tuple[str, int] | None:
        """The name and number of what the round made or was given."""
        if name in self.carried:
            return self.carried[name]
        base, number = split_number(name)
        return (base, number) if base in self.steps and number >= self.steps[base][0] else None

    @staticmethod
    def _name(path: str, prefix: str) -> str | None:
        """The first name of a path below a prefix."""
        if not path.startswith(prefix):
            return None
        end = path.find("/", len(prefix))
        return path[len(prefix) :] if end == -1 else path[len(prefix) : end]
