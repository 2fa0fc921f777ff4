"""`--mlflow` and `--wandb`, for the verbs that train."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])


def _uri(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and (value.endswith(".net") or ".net:" in value):
        raise click.UsageError(
            f"--mlflow took `{value}` as its URI; write --mlflow behind it, or --mlflow=URI"
        )
    return value


def tracking_options(command: F) -> F:
    """`--mlflow [URI]` and `--wandb`."""
    command = click.option(
        "--wandb", is_flag=True, help="Keep the run as Weights & Biases does, offline in wandb/."
    )(command)
    return click.option(
        "--mlflow",
        is_flag=False,
        flag_value="",
        is_eager=True,
        callback=_uri,
        metavar="[URI]",
        help="Keep the run in an MLflow store, such as sqlite:///mlflow.db, MLflow's own choice.",
    )(command)


def tracking_words(mlflow: str | None, wandb: bool) -> list[str]:
    """The options as words of a command line."""
    words = [] if mlflow is None else [f"--mlflow={mlflow}" if mlflow else "--mlflow"]
    return [*words, "--wandb"] if wandb else words
