"""The ASGI application: predictions, what the model is, health and metrics."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from ..errors import UserError
from .batcher import Batcher, FullError
from .body import App, BodyLimit
from .metrics import Metrics
from .requests import Given, Reader
from .schema import described, request_schema


@dataclass(frozen=True)
class Limits:
    """How much a server takes on."""

    batch: int = 16
    """Samples that run together."""
    wait: float = 0.002
    """Seconds that a sample waits for others to run with."""
    queue: int = 256
    """Requests that wait; those past them get 503."""
    body: int = 16 * 2**20
    """Bytes of a request."""


def make_app(reader: Reader, limits: Limits) -> App:
    """The application of a model."""
    batcher: Batcher

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        batcher.start()
        yield
        await batcher.stop()

    metrics = Metrics(lambda: batcher.waiting)
    batcher = Batcher(
        reader.session,
        size=limits.batch,
        wait=limits.wait,
        limit=limits.queue,
        ran=metrics.batches.observe,
    )
    # The pages that FastAPI has for an API load their scripts from elsewhere.
    app = FastAPI(title="netc serve", docs_url=None, redoc_url=None, lifespan=life)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        """Another path or method, in the form of all that is wrong."""
        return _error(error.status_code, str(error.detail), error.headers)

    @app.get("/")
    async def about() -> JSONResponse:
        """What the model takes and gives."""
        return JSONResponse(described(reader))

    @app.get("/health")
    async def health() -> JSONResponse:
        """Whether the server answers."""
        return JSONResponse({"status": "ok"})

    @app.get("/metrics")
    async def figures() -> Response:
        """Figures in the text format of Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def answered(request: Request) -> JSONResponse:
        try:
            given = await _read(reader, request)
            outputs = await batcher.run(given.arrays)
            return JSONResponse(await run_in_threadpool(reader.answer, given, outputs))
        except FullError:
            return _error(503, "too many requests wait; try again", {"Retry-After": "1"})
        except UserError as error:
            return _error(422, str(error))
        except HTTPException as error:
            return _error(error.status_code, str(error.detail))

    @app.post("/predict", openapi_extra=request_schema(reader))
    async def predict(request: Request) -> JSONResponse:
        """The best classes of each sample, or the values of each output."""
        began = time.perf_counter()
        made = await answered(request)
        metrics.requests.labels(made.status_code).inc()
        metrics.seconds.observe(time.perf_counter() - began)
        return made

    return BodyLimit(app, limits.body)


async def _read(reader: Reader, request: Request) -> Given:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        files = []
        async with request.form() as form:
            for _, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files.append((value.filename or "picture", await value.read()))
        if not files:
            raise UserError("the form holds no file")
        return await run_in_threadpool(reader.pictures, files)
    body = await request.body()
    if kind.startswith("image/") or kind == "application/octet-stream":
        return await run_in_threadpool(reader.pictures, [("picture", body)])
    if kind == "text/plain" and reader.words is not None:
        return await run_in_threadpool(reader.text, body)
    return await run_in_threadpool(reader.json, body)


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers)
