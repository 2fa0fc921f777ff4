"""Which machines train together: `--workers` and `--index`, or TF_CONFIG as Keras users know it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import UserError

WORKERS, CONFIG = "--workers", "TF_CONFIG"


@dataclass(frozen=True)
class Cluster:
    """The addresses (`host:port`) of all workers, and which of them this process is.

    The first is the chief: it writes the folder of the run.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def chief(self) -> bool:
        """Whether this process is the first worker."""
        return self.index == 0

    def __len__(self) -> int:
        return len(self.addresses)


def read_cluster(
    workers: str | None, index: int | None, environment: Mapping[str, str]
) -> Cluster | None:
    """The cluster of the command line, else that of TF_CONFIG; None where there is one worker.

    Raises UserError where what is given describes no cluster.
    """
    if workers is not None:
        addresses = [address.strip() for address in workers.split(",")]
        if index is None:
            raise UserError(f"{WORKERS} needs --index: which of its {len(addresses)} this one is")
        cluster = _cluster(WORKERS, addresses, index)
    elif index is not None:
        raise UserError(f"--index {index} needs {WORKERS}: the addresses of all workers")
    else:
        found = _from_config(environment.get(CONFIG, ""))
        if found is None:
            return None
        cluster = found
    return cluster if len(cluster) > 1 else None


def require_port(cluster: Cluster) -> None:
    """Raises UserError where this worker's own port is not free."""
    address = cluster.addresses[cluster.index]
    port = int(address.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except OSError as error:
            raise UserError(
                f"worker {cluster.index} cannot listen at {address}: "
                f"{(error.strerror or str(error)).lower()}. Is another worker with this --index "
                "running? Give it another port, the same on all workers"
            ) from error


def _from_config(text: str) -> Cluster | None:
    """The cluster of TF_CONFIG; None where it is not set, or names no other workers."""
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UserError(f"{CONFIG} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise UserError(f'{CONFIG} is not an object with "cluster" and "task"')
    cluster = found.get("cluster")
    if not cluster:
        return None
    task = found.get("task")
    if not isinstance(cluster, dict) or not isinstance(task, dict):
        raise UserError(f'{CONFIG} needs an object "cluster" and an object "task"')
    jobs = sorted(set(cluster) - {"chief", "worker"})
    if jobs:
        raise UserError(f"{CONFIG} has the job `{jobs[0]}`; netc trains with `chief` and `worker`")
    chiefs, workers = (_addresses(cluster, job) for job in ("chief", "worker"))
    kind, number = task.get("type"), task.get("index")
    if kind not in cluster:
        raise UserError(
            f'{CONFIG}: the task\'s "type" is {json.dumps(kind)}, which is no job of it'
        )
    if isinstance(number, bool) or not isinstance(number, int):
        raise UserError(f'{CONFIG}: the task\'s "index" is {json.dumps(number)}, not a number')
    if not 0 <= number < len(cluster[kind]):
        raise UserError(
            f'{CONFIG}: the task\'s "index" is {number}, but `{kind}` has {len(cluster[kind])}'
        )
    return _cluster(
        CONFIG, [*chiefs, *workers], number if kind == "chief" else len(chiefs) + number
    )


def _addresses(cluster: Mapping[str, object], job: str) -> list[str]:
    found = cluster.get(job, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise UserError(f'{CONFIG}: `{job}` is not a list of "host:port"')
    return found


def _cluster(source: str, addresses: list[str], index: int) -> Cluster:
    for place, address in enumerate(addresses):
        host, _, port = address.rpartition(":")
        if not host or not re.fullmatch(r"[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\]", host):
            raise UserError(f"{source}: {address!r} is not host:port")
        if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
            raise UserError(f"{source}: {address!r} has no port from 1 to 65535")
        if address in addresses[:place]:
            raise UserError(f"{source}: {address} is there twice")
    if not 0 <= index < len(addresses):
        raise UserError(
            f"--index {index} is not one of the {len(addresses)} workers, which count from 0"
        )
    return Cluster(tuple(addresses), index)
