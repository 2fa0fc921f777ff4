"""Nothing that a test checks is known from another, or from a person's own settings, or by luck."""

from __future__ import annotations

import gc
import os
import random
import re
import sys
import zlib
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

OUTER = re.compile(
    r"(NETC_(?!HYPOTHESIS|HOSTILE|PLAYGROUND)|GIT_(?!SSL)|GITHUB_|XDG_|KERAS_|MLFLOW_|WANDB_|OPTUNA_"
    r"|TF_CPP_|COLUMNS|LINES|FORCE_COLOR|NO_COLOR|CLICOLOR|CI$|TZ$|LC_|LANG)\w*"
)
"""Variables by which whoever runs the suite changes what is printed, kept, drawn or read."""

for name in filter(OUTER.match, [*os.environ]):
    del os.environ[name]
os.environ.update(
    NETC_NO_CACHE="1",
    LANG="C.UTF-8",
    GIT_CONFIG_GLOBAL=os.devnull,
    GIT_CONFIG_NOSYSTEM="1",
    KERAS_HOME=os.path.join(os.devnull, "keras"),  # no folder: Keras has its own defaults
)


def _nothing(file: int) -> None:
    """Waits for no disk: what a power cut leaves is nothing that a test can see."""


os.fsync = _nothing

# Nets and models are many objects and little garbage: the default looks at them again and again.
gc.set_threshold(100_000, 20, 10)

# The same code gets the same verdict; `make fuzz` is what looks further. How long a draw takes is
# no fault of what is drawn for.
slow = [HealthCheck.too_slow]
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=slow)
settings.register_profile("fuzz", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("NETC_HYPOTHESIS", "suite"))

# Hypothesis also draws numbers and texts that stand in the modules of the project which happen to
# be imported: others for each order of the tests, and others for a test that runs alone.
_NONE_LOCAL = providers._local_constants


def _none_local() -> providers.Constants:
    return _NONE_LOCAL


providers._get_local_constants = _none_local


def pytest_sessionfinish() -> None:
    """Looks for garbage once; pytest does so ten times, which takes long with Keras's models."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Each fixture draws the same numbers, whichever test asks for it first."""
    _seed(fixturedef.baseid + fixturedef.argname)
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Each test draws the same numbers, whatever ran before it."""
    _seed(item.nodeid)


def _seed(name: str) -> None:
    """Seeds what is drawn without a seed: Keras draws the seeds of its layers from `random`."""
    random.seed(name)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(zlib.crc32(name.encode()))
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(zlib.crc32(name.encode()))
