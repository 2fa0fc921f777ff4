"""`netc serve`: a model behind HTTP."""

from __future__ import annotations

import os
import socket

import click

from ...dsl.text.escape import terminal
from ..errors import UserError
from .engine import engine_options
from .look import ModelOptions, model_options
from .opened import open_model
from .say import say

MEGABYTE = 2**20


@click.command("serve")
@click.argument("model", metavar="MODEL")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0: any that is free.",
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    help="Samples that run together.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=2.0,
    show_default=True,
    metavar="MS",
    help="Milliseconds that a sample waits for others to run with.",
)
@click.option(
    "--queue",
    type=click.IntRange(1),
    default=256,
    show_default=True,
    help="Requests that wait; those past them are answered 503.",
)
@click.option(
    "--max-body",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    metavar="MB",
    help="How large a request may be.",
)
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="Best classes.")
@click.option(
    "--stop-within",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    metavar="S",
    help="Seconds that requests in flight have when the server is stopped.",
)
@engine_options
@model_options
def command(
    model: str,
    host: str,
    port: int,
    batch: int,
    wait: float,
    queue: int,
    max_body: int,
    top: int,
    stop_within: int,
    engine: str | None,
    provider: str | None,
    options: ModelOptions,
) -> int:
    """Answer requests with MODEL: an .onnx, the folder of a run, or FILE[:NET] of a .net.

    \b
    - POST /predict takes JSON, {"inputs": {"image": …}}, or pictures;
    - GET / says what the model takes;
    - GET /health says whether it answers;
    - GET /metrics says how it fares;
    - GET /openapi.json says all of it.

    It ends on SIGTERM or Ctrl-C, when requests in flight are answered.
    """
    try:
        import fastapi  # noqa: F401 (said in one line where it is missing)
        import uvicorn
    except ImportError as error:
        raise UserError("serving needs FastAPI: `pip install 'netc[serve]'` brings it") from error
    from ..infer.engine import chosen_engine
    from ..serve.app import Limits, make_app
    from ..serve.requests import Reader

    opened = open_model(model, options, chosen_engine(engine, provider))
    reader = Reader(opened.session, opened.names, top)
    limits = Limits(batch, wait / 1000, queue, max_body * MEGABYTE)
    listening = _listening(host, port)
    config = uvicorn.Config(
        make_app(reader, limits),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=stop_within,
    )
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}"
    say(f"{terminal(model)} answers on {address} (Ctrl-C ends)", err=True)
    uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UserError where none can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        said = error.strerror or str(error)
        if error.errno and error.errno > 0:
            said = os.strerror(error.errno)
        why = said.partition(" (while")[0]  # what Python adds to it
        raise UserError(f"{host}:{port}: cannot listen there: {why}") from error
