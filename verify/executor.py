"""Executors: where cells are computed. serial, processes:N or dask; all are `concurrent.futures.Executor`s.

Every number depends on its cell alone (own seed, one BLAS thread), and exact laws on the cells of the study that are
folded with it (`study.folding`), never on who computes what: all executors give the same bits.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from verify.errors import BackendUnavailable, BoundcheckError, InvalidInput

Item = TypeVar("Item")
Answer = TypeVar("Answer")

BATCH_SECONDS = 0.05  # shorter tasks spend their time on the way to the worker and back
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS")


class WorkerLost(BoundcheckError):
    """A worker process ended in the middle of a cell."""


class SerialExecutor(Executor):
    """Computes at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Pool:
    """An executor, how many tasks it works on at a time, and whether its tasks leave this process."""

    executor: Executor
    workers: int
    remote: bool


@contextmanager
def open_pool(name: str | Pool) -> Iterator[Pool]:
    """Yield the pool that `name` stands for: ``serial``, ``processes:4``, ``dask`` or ``dask:tcp://host:8786``.

    A pool that is open already is passed on, so that several studies can share their workers.
    """
    if isinstance(name, Pool):
        yield name
        return
    kind, _, rest = name.partition(":")
    if kind == "serial" and not rest:
        yield Pool(SerialExecutor(), 1, remote=False)
    elif kind == "processes":
        with _processes(_count(rest)) as pool:
            yield pool
    elif kind == "dask":
        with _dask(rest or None) as pool:
            yield pool
    else:
        raise InvalidInput(f"no executor `{name}`; use serial, processes:N, dask or dask:tcp://HOST:PORT.")


def in_batches(
    pool: Pool, work: Callable[[Sequence[Item]], tuple[Sequence[Answer], float]], items: Sequence[Item]
) -> Iterator[Answer]:
    """Yield work's answers for all items, in the order in which batches end.

    `work` returns the answers of a batch and the seconds that it took; batches grow until one takes `BATCH_SECONDS`.
    """
    running: set[Future[tuple[Sequence[Answer], float]]] = set()
    done, each = 0, BATCH_SECONDS  # seconds that a cell takes; a first batch of one tells
    try:
        while done < len(items) or running:
            while done < len(items) and len(running) < (2 * pool.workers if pool.remote else 1):
                size = _batch(each, len(items) - done, pool.workers) if pool.remote else 1
                running.add(pool.executor.submit(work, items[done : done + size]))
                done += size
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                answers, seconds = future.result()
                each = seconds / max(1, len(answers))
                yield from answers
    except BrokenExecutor as error:
        raise WorkerLost(
            "a worker process died (out of memory?); finished cells are kept: run again, with fewer workers."
        ) from error
    finally:
        for future in running:
            future.cancel()


def one_blas_thread() -> None:
    """Ask for one BLAS thread; effective in processes that have not imported NumPy yet. What the user set, stays."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def _batch(seconds: float, left: int, workers: int) -> int:
    """Return how many cells fill a task, but never so many that a worker runs dry at the end."""
    wanted = math.ceil(BATCH_SECONDS / max(seconds, 1e-6))
    return max(1, min(wanted, left // (2 * workers)))


def _count(text: str) -> int:
    if not text:
        return os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise InvalidInput(f"`processes:{text}` needs a number of workers >= 1, as in processes:4.")
    return int(text)


@contextmanager
def _processes(workers: int) -> Iterator[Pool]:
    before = dict(os.environ)
    one_blas_thread()  # workers inherit it when they start, which is when they get their first task
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _settle)
    try:
        yield Pool(executor, workers, remote=True)
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()  # a long cell must not hold up the end
        raise
    finally:
        executor.shutdown()
        for name in THREADS:
            if name not in before:
                os.environ.pop(name, None)


def _settle() -> None:
    """Make a worker leave Ctrl-C to the driver, and end when the driver is gone, even if that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def _dask(address: str | None) -> Iterator[Pool]:
    try:
        from distributed import Client
    except ImportError as error:
        raise BackendUnavailable("executor `dask` needs the extra: pip install 'boundcheck[dist]'.") from error
    one_blas_thread()
    options = {"address": address} if address else {"threads_per_worker": 1, "dashboard_address": None}
    try:
        client = Client(**options, timeout="10s")
    except OSError as error:
        raise BackendUnavailable(f"no dask scheduler answers at `{address}`; start one or use `dask`.") from error
    with client:
        yield Pool(client.get_executor(pure=False), max(1, sum(client.nthreads().values())), remote=True)
