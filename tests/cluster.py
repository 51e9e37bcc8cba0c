"""A dask cluster on this machine, of which a worker may be killed."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def local_cluster(folder: Path) -> Any:
    """A scheduler with two workers in processes of their own; one that dies is replaced."""
    distributed = pytest.importorskip("distributed")
    return distributed.LocalCluster(
        n_workers=2,
        processes=True,
        threads_per_worker=1,
        dashboard_address=None,
        local_directory=str(folder),
        silence_logs=50,
    )


@contextmanager
def two_workers(folder: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    """The address of such a cluster; and what kills a worker that is at work, if one is."""
    distributed = pytest.importorskip("distributed")
    with local_cluster(folder) as cluster, distributed.Client(cluster) as client:
        pids = client.run(os.getpid)

        def kill_one() -> bool:
            busy = [address for address, tasks in client.processing().items() if tasks]
            if not busy:
                return False
            os.kill(pids[busy[0]], signal.SIGKILL)
            return True

        yield cluster.scheduler_address, kill_one
