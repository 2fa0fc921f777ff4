"""Which machines train together: the command line's words and TF_CONFIG, right and wrong."""

from __future__ import annotations

import json
import socket

import pytest
from netc.runtime.errors import UserError
from netc.runtime.train.cluster import Cluster, read_cluster, require_port

TWO = "one:2000,two:2001"


def config(cluster: object, task: object) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


def test_workers_and_index():
    assert read_cluster(TWO, 1, {}) == Cluster(("one:2000", "two:2001"), 1)


def test_one_worker_trains_alone():
    assert read_cluster("one:2000", 0, {}) is None
    assert (
        read_cluster(None, None, config({"worker": ["a:1"]}, {"type": "worker", "index": 0}))
        is None
    )
    assert read_cluster(None, None, {}) is None


def test_tf_config_counts_the_chief_first():
    jobs = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    chief = read_cluster(None, None, config(jobs, {"type": "chief", "index": 0}))
    assert chief == Cluster(("a:1", "b:1", "c:1"), 0)
    assert chief.chief
    last = read_cluster(None, None, config(jobs, {"type": "worker", "index": 1}))
    assert last == Cluster(("a:1", "b:1", "c:1"), 2)


def test_the_command_line_goes_before_tf_config():
    other = config({"worker": ["a:1", "b:1"]}, {"type": "worker", "index": 0})
    found = read_cluster(TWO, 1, other)
    assert found is not None
    assert found.addresses == ("one:2000", "two:2001")


@pytest.mark.parametrize(
    ("workers", "index", "says"),
    [
        ("one:2000,two", 0, "'two' is not host:port"),
        ("one:2000,:2001", 0, "':2001' is not host:port"),
        ("one:2000,", 0, "'' is not host:port"),
        ("one:2000,two:x", 0, "no port from 1 to 65535"),
        ("one:2000,two:0", 0, "no port from 1 to 65535"),
        ("one:2000,two:70000", 0, "no port from 1 to 65535"),
        ("one:2000,one:2000", 0, "one:2000 is there twice"),
        (TWO, 2, "--index 2 is not one of the 2 workers"),
        (TWO, -1, "--index -1 is not one of the 2 workers"),
        (TWO, None, "--workers needs --index"),
        (None, 1, "--index 1 needs --workers"),
    ],
)
def test_a_faulty_command_line(workers: str | None, index: int | None, says: str):
    with pytest.raises(UserError, match=says):
        read_cluster(workers, index, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "is not an object"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', 'an object "task"'),
        ('{"cluster": [1], "task": {}}', 'an object "cluster"'),
        ('{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "the job `ps`"),
        ('{"cluster": {"worker": "a:1"}, "task": {"type": "worker", "index": 0}}', "not a list"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}', '"chief"'),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "has 1"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": "0"}}', "a number"),
        ('{"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}', "host:port"),
    ],
)
def test_a_faulty_tf_config(text: str, says: str):
    with pytest.raises(UserError, match=says):
        read_cluster(None, None, {"TF_CONFIG": text})


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"worker 1 cannot listen at here:{port}"):
            require_port(Cluster(("there:1", f"here:{port}"), 1))
