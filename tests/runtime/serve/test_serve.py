"""`netc serve`: each request gets its own answer, or a clear no; none is lost."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from netc.compiler.ops.base.backend import Array
from netc.runtime.cli import execute
from netc.runtime.infer.classify import class_names
from netc.runtime.infer.session import Session
from netc.runtime.serve.app import Limits, make_app
from netc.runtime.serve.requests import Reader
from PIL import Image

from ...waiting import LONGEST, wait_until

NETS = """
net Pets(image: float32[N, 6, 6, 3]) -> probs: [N, 3] {
  return image -> Rescaling(1 / 255) -> Flatten -> Dense(3, activation=softmax)
}

net Plus(a: float32[N, 4], b: float32[N, 4]) -> (c: [N, 4], d: [N]) {
  c = a + b
  return c, Sum(c, axis=1)
}

net Words(ids: int32[N, T]) -> y: [N, 2] {
  return ids -> Embedding(5, 2) -> GlobalAveragePooling1D
}

net One(image: float32[1, 6, 6, 3]) -> y: [1, 3] {
  return image -> Flatten -> Dense(3)
}
"""
JSON = "application/json"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "nets.net").write_text(NETS)
    (folder / "names.txt").write_text("cat\ndog\nfox\n")
    for name in ("Pets", "Plus", "Words", "One"):
        more = ["--classes", str(folder / "names.txt")] if name == "Pets" else []
        out = str(folder / f"{name}.onnx")
        assert execute(["compile", f"{folder / 'nets.net'}:{name}", "-o", out, *more]) == 0
    return folder


Post = Callable[..., "tuple[int, Any, Mapping[str, str]]"]


@contextmanager
def served(session: Session, **limits: Any) -> Iterator[Post]:
    """A server of a model on the loopback; gives a function that sends a request."""
    reader = Reader(session, class_names(session.metadata), 2)
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    app = make_app(reader, Limits(**limits))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()

    def post(
        body: Any = None, kind: str = JSON, path: str = "/predict", method: str = "POST"
    ) -> tuple[int, Any, Mapping[str, str]]:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        link = http.client.HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=LONGEST)
        link.request(method, path, data, {"content-type": kind})
        answer = link.getresponse()
        text = answer.read()
        made = json.loads(text) if "json" in (answer.getheader("content-type") or "") else text
        link.close()
        return answer.status, made, dict(answer.getheaders())

    try:
        yield post
    finally:
        server.should_exit = True
        thread.join(LONGEST)
        assert not thread.is_alive()


def png(pixels: Array) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def form(*files: bytes) -> tuple[bytes, str]:
    """A form with files, as a browser sends it."""
    parts = [
        b'--mark\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + file
        for file in files
    ]
    return b"\r\n".join([*parts, b"--mark--\r\n"]), "multipart/form-data; boundary=mark"


PIXELS = np.random.default_rng(4).integers(0, 256, (64, 6, 6, 3)).astype(np.uint8)


def test_json_and_pictures_get_what_the_model_gives(models: Path) -> None:
    session = Session(models / "Pets.onnx")
    scores = session.run({"image": PIXELS[:2].astype(np.float32)})["probs"]
    with served(session) as post:
        status, found, _ = post({"inputs": {"image": PIXELS[:2].tolist()}})
        assert status == 200
        names = np.array(["cat", "dog", "fox"])
        for row, own in zip(found["results"], scores, strict=True):
            best = np.argsort(-own)[:2]
            assert [one["class"] for one in row] == names[best].tolist()
            assert np.allclose([one["score"] for one in row], own[best], rtol=1e-6)
        assert post(png(PIXELS[0]), "image/png")[1]["results"] == found["results"][:1]
        assert post(*form(png(PIXELS[0]), png(PIXELS[1])))[1]["results"] == found["results"]
        status, about, _ = post(path="/", method="GET")
        assert about["classes"] == ["cat", "dog", "fox"]
        assert about["inputs"] == [{"name": "image", "dtype": "float32", "shape": [None, 6, 6, 3]}]
        assert post(path="/health", method="GET")[1] == {"status": "ok"}


def test_sixty_four_clients_lose_nothing_and_run_together(models: Path) -> None:
    session = Session(models / "Pets.onnx")
    wanted = session.run({"image": PIXELS.astype(np.float32)})["probs"]

    with served(session, batch=16, wait=0.01) as post:

        def client(index: int) -> list[bool]:
            made = []
            for _ in range(8):
                status, found, _ = post({"inputs": {"image": [PIXELS[index].tolist()]}})
                best = found["results"][0][0]
                right = np.isclose(best["score"], wanted[index].max(), rtol=1e-5)
                made.append(status == 200 and bool(right))
            return made

        with ThreadPoolExecutor(64) as pool, Held(session) as held:
            found = pool.map(client, range(64))
            # While the first runs, others come: they run together.
            wait_until(lambda: waiting(post) > 1)
            held.may_go_on.set()
            assert all(all(made) for made in found)
        figures = post(path="/metrics", method="GET")[1].decode()
    assert 'netc_requests_total{status="200"} 512.0' in figures
    (batches,) = re.findall(r"netc_batch_samples_count ([\d.]+)", figures)
    assert float(batches) < 512
    assert "netc_batch_samples_sum 512.0" in figures
    assert "netc_waiting_requests 0.0" in figures


class Held:
    """A model that waits before it runs, until it may go on; at the end of a test it may."""

    def __init__(self, session: Session) -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self._run = session.run
        vars(session)["run"] = self.run

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        self.may_go_on.set()

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        self.begun.set()
        assert self.may_go_on.wait(LONGEST)
        return self._run(inputs)


def waiting(post: Post) -> int:
    """How many requests wait behind those that run, as a server's metrics say."""
    figures = post(path="/metrics", method="GET")[1].decode()
    (found,) = re.findall(r"^netc_waiting_requests ([\d.]+)", figures, re.MULTILINE)
    return int(float(found))


def test_past_the_queue_a_request_is_told_to_come_again(models: Path) -> None:
    session = Session(models / "Pets.onnx")
    body = {"inputs": {"image": PIXELS[:1].tolist()}}
    limits = {"batch": 1, "wait": 0, "queue": 2}
    with served(session, **limits) as post, ThreadPoolExecutor(12) as pool, Held(session) as held:
        asked = [pool.submit(post, body)]
        assert held.begun.wait(LONGEST)
        asked += [pool.submit(post, body) for _ in range(11)]
        # One runs and two wait; the others are told so at once.
        wait_until(lambda: sum(one.done() for one in asked) >= 9)
        held.may_go_on.set()
        found = [one.result() for one in asked]
        statuses = [status for status, _, _ in found]
        assert sorted(statuses) == [200] * 3 + [503] * 9
        refused = next(one for one in found if one[0] == 503)
        assert refused[1] == {"error": "too many requests wait; try again"}
        assert refused[2]["retry-after"] == "1"
        assert post(body)[0] == 200


def test_what_is_wrong_with_one_request_is_not_told_to_others(models: Path) -> None:
    session = Session(models / "Words.onnx")
    limits = {"batch": 64, "wait": 0}
    with served(session, **limits) as post, ThreadPoolExecutor(8) as pool, Held(session) as held:
        bodies = [{"inputs": {"ids": [[index, 1]]}} for index in (0, 1, 99, 2)]
        bodies.append({"inputs": {"ids": [[1, 2, 3]]}})
        first = pool.submit(post, bodies[0])
        assert held.begun.wait(LONGEST)
        asked = [pool.submit(post, body) for body in bodies]
        # Behind the first these wait, and then run together.
        wait_until(lambda: waiting(post) == 5)
        held.may_go_on.set()
        found = [one.result() for one in asked]
        assert first.result()[0] == 200
    assert [status for status, _, _ in found] == [200, 200, 422, 200, 200]
    assert "99" in found[2][1]["error"] or "cannot run" in found[2][1]["error"]


def test_several_inputs_and_outputs_go_as_json(models: Path) -> None:
    with served(Session(models / "Plus.onnx")) as post:
        inputs = {"a": [[1, 2, 3, 4]], "b": [[1, 1, 1, 1]]}
        assert post({"inputs": inputs})[1] == {"outputs": {"c": [[2, 3, 4, 5]], "d": [14]}}
        assert post(png(PIXELS[0]), "image/png")[0] == 422
        more = {"inputs": inputs | {"b": [[1, 1, 1, 1]] * 2}}
        assert "different numbers of samples: `a` 1, `b` 2" in post(more)[1]["error"]


def test_a_model_of_one_sample_is_asked_one_by_one(models: Path) -> None:
    with served(Session(models / "One.onnx")) as post, ThreadPoolExecutor(4) as pool:
        bodies = [{"inputs": {"image": PIXELS[at : at + 1].tolist()}} for at in range(4)]
        assert {one.result()[0] for one in [pool.submit(post, body) for body in bodies]} == {200}


TOO_LONG = {"error": "the body is larger than 1,000 bytes"}

BAD = [
    (b"x", JSON, "the body is no JSON"),
    (b"[" * 100_000, JSON, "nested too deeply"),
    (b"{}", JSON, 'the body is to be {"inputs": {"image": […]}}'),
    (b'{"inputs": {"img": 1}}', JSON, "the model has no input `img`; it takes `image`"),
    (b'{"inputs": {}}', JSON, "the input `image` float32[N, 6, 6, 3] is missing"),
    (b'{"inputs": {"image": [[1], [1, 2]]}}', JSON, "its rows differ in length"),
    (b'{"inputs": {"image": ["a"]}}', JSON, "holds something else than numbers"),
    (b'{"inputs": {"image": [NaN]}}', JSON, "NaN is no number of JSON"),
    (b'{"inputs": {"image": [[[[1e999]]]]}}', JSON, "is too large"),
    (b'{"inputs": {"image": [[1]]}}', JSON, "is int64[1, 1], but the input `image` is float32"),
    (b'{"inputs": {"image": []}}', JSON, "`image`"),
    (b"no picture", "image/png", "picture: is not a picture netc reads"),
    (b"", "image/png", "picture: is not a picture netc reads"),
    (*form(), "the form holds no file"),
    (b"--mark", "multipart/form-data; boundary=other", "multipart"),
    (b"--mark", "multipart/form-data", "oundary"),
]


def test_bad_requests_are_one_line(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netc.runtime.serve.body.DRAIN_SECONDS", LONGEST)
    with served(Session(models / "Pets.onnx"), body=300_000) as post:
        for body, kind, message in BAD:
            status, found, _ = post(body, kind)
            assert status in (400, 422), (body[:40], found)
            assert message in found["error"], (body[:40], found)
        status, found, _ = post(b"x" * 300_001)
        assert (status, found) == (413, {"error": "the body is larger than 300,000 bytes"})
        assert post(path="/predict", method="GET")[:2] == (405, {"error": "Method Not Allowed"})
        assert post(path="/predikt")[:2] == (404, {"error": "Not Found"})
        assert post({"inputs": {"image": PIXELS[:1].tolist()}})[0] == 200


def test_a_client_that_still_sends_gets_the_answer_to_a_body_that_is_too_long(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Blocking clients read nothing until all is sent, which is more than sockets hold.
    monkeypatch.setattr("netc.runtime.serve.body.DRAIN_SECONDS", LONGEST)
    sizes = {"of a length": b"x" * 30_000_000, "without": (b"x" * 100_000 for _ in range(300))}
    with served(Session(models / "Pets.onnx"), body=1000) as post:
        for name, body in sizes.items():
            with closing(http.client.HTTPConnection("127.0.0.1", port_of(post))) as link:
                link.request("POST", "/predict", body, {"content-type": JSON})
                answer = link.getresponse()
                assert (answer.status, json.loads(answer.read())) == (413, TOO_LONG), name


def test_a_refused_body_that_never_ends_is_not_waited_for(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netc.runtime.serve.body.DRAIN_SECONDS", 0.1)
    with served(Session(models / "Pets.onnx"), body=1000) as post:
        with socket.create_connection(("127.0.0.1", port_of(post))) as link:
            link.sendall(b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 5000\r\n\r\n")
            told = b""
            while more := link.recv(1000):
                told += more
        assert told.startswith(b"HTTP/1.1 413 ")


def port_of(post: Post) -> int:
    """The port of a server."""
    (listening,) = (
        cell.cell_contents
        for cell in post.__closure__ or ()
        if isinstance(cell.cell_contents, socket.socket)
    )
    return int(listening.getsockname()[1])


def test_the_schema_is_the_signature_of_the_net(models: Path) -> None:
    with served(Session(models / "Pets.onnx")) as post:
        made = post(path="/openapi.json", method="GET")[1]
    content = made["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert {*content} == {"application/json", "image/*", "multipart/form-data"}
    schema = content["application/json"]["schema"]["properties"]["inputs"]["properties"]["image"]
    assert schema["description"] == "float32[N, 6, 6, 3]"
    assert "maxItems" not in schema
    assert schema["items"]["maxItems"] == 6


SLOW = """
import os, sys, time
from netc.runtime.cli import execute
from netc.runtime.infer.session import Session
run = Session.run

def held(self, inputs):
    print("running", flush=True)
    while not os.path.exists("go"):
        time.sleep(0.01)
    return run(self, inputs)

Session.run = held
sys.exit(execute(sys.argv[1:]))
"""


def test_stopped_it_answers_what_it_has(models: Path, tmp_path: Path) -> None:
    given = ["serve", str(models / "Pets.onnx"), "--port", "0"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=tmp_path,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        found = re.search(r"answers on http://127\.0\.0\.1:(\d+)", server.stderr.readline())
        assert found is not None
        port = int(found[1])
        body = json.dumps({"inputs": {"image": PIXELS[:1].tolist()}})

        def ask(path: str = "/predict", method: str = "POST") -> tuple[int, str]:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
            with closing(link):
                link.request(method, path, body, {"content-type": JSON})
                answer = link.getresponse()
                return answer.status, answer.read().decode()

        def are_waiting() -> bool:
            return "netc_waiting_requests 2.0" in ask("/metrics", "GET")[1]

        def takes_no_more() -> bool:
            try:
                ask("/health", "GET")
            except OSError:
                return True
            return False

        with ThreadPoolExecutor(3) as pool:
            # It listens from the start: the first waits until the server is there.
            asked = [pool.submit(ask)]
            assert server.stdout.readline() == "running\n"
            asked += [pool.submit(ask), pool.submit(ask)]
            wait_until(are_waiting)
            server.send_signal(signal.SIGTERM)
            wait_until(takes_no_more)
            (tmp_path / "go").touch()
            assert [one.result()[0] for one in asked] == [200, 200, 200]
        assert server.wait() in (0, -signal.SIGTERM)
        with pytest.raises(OSError, match=r"refused"):
            ask()


def test_a_port_that_is_taken_is_one_line(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert execute(["serve", str(models / "Pets.onnx"), "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said == f"error: 127.0.0.1:{port}: cannot listen there: Address already in use\n"
