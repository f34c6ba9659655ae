"""Work shared by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def shared(work: Callable[[Item], None], items: Iterable[Item], workers: int) -> None:
    """Call work(item) for every item by `workers` threads; after an error or an interrupt nothing new is begun."""
    if workers == 1:
        for item in items:
            work(item)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        for done in [pool.submit(work, item) for item in items]:
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)
