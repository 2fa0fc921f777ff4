"""Runs as Weights & Biases keeps them, offline unless WANDB_MODE says else."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import UserError
from ..runs.history import COMPLETE
from .tracker import Ended, Started, Tracker

if TYPE_CHECKING:
    import wandb


class WandB(Tracker):
    """Keeps runs in `wandb/`, from where `wandb sync` uploads them."""

    title = "Weights & Biases"

    def __init__(self) -> None:
        """Raises UserError where wandb is not installed."""
        with _quiet():
            try:
                import wandb as module
            except ImportError as error:
                raise UserError(
                    "--wandb needs Weights & Biases: `pip install 'netc[wandb]'` brings it"
                ) from error
        self._module = module
        self._run: wandb.Run | None = None
        self._steps = 0

    def start(self, run: Started) -> str:
        """Begins a run, or one of the same name that goes on with it."""
        wandb = self._module
        # Nothing but what is handed over: no code, no host, no measures of the machine.
        settings = wandb.Settings(
            silent=True,
            console="off",
            save_code=False,
            disable_git=True,
            x_disable_stats=True,
            x_disable_meta=True,
        )
        with _quiet():
            self._run = wandb.init(
                project=run.experiment,
                name=run.name,
                group=run.group or None,
                config={**run.settings, "command": run.command},
                id=run.id,
                resume="allow" if run.id is not None else None,
                mode="online" if os.environ.get("WANDB_MODE") == "online" else "offline",
                settings=settings,
            )
        return str(self._run.id)

    def figures(self, step: int, values: Mapping[str, float]) -> None:
        """Keeps figures of an epoch; steps go on through restarts, as wandb asks."""
        assert self._run is not None
        with _quiet():
            self._run.log({**values, "epoch": step})

    def end(self, run: Ended) -> None:
        """Keeps final figures and files."""
        assert self._run is not None
        with _quiet():
            try:
                for name, value in run.figures.items():
                    self._run.summary[f"final/{name}"] = value
                self._run.summary["ending"] = run.ending
                made = self._module.Artifact(f"run-{self._run.id}", "run")
                for path, place in run.files:
                    made.add_file(str(path), f"{place}/{path.name}" if place else path.name)
                self._run.log_artifact(made)
            finally:
                self._run.finish(exit_code=0 if run.ending in COMPLETE else 1)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
