"""Executors differ in where they compute, never in what: same bits, every item once, errors in one line."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from verify.errors import BackendUnavailable, InvalidInput
from verify.executor import THREADS, WorkerLost, in_batches, open_pool
from verify.study import Study

STEPS = "studies/toy/steps.py"


def squares(items: Sequence[int]) -> tuple[list[int], float]:
    return [i * i for i in items], 1e-4 * len(items)


def threads(items: Sequence[int]) -> tuple[list[str | None], float]:
    return [os.environ.get("OPENBLAS_NUM_THREADS") for _ in items], 0.0


def die(items: Sequence[int]) -> tuple[list[int], float]:
    os._exit(9)


@pytest.mark.parametrize("name", ["serial", "processes:1", "processes:2"])
def test_every_item_once(name: str) -> None:
    with open_pool(name) as pool:
        assert sorted(in_batches(pool, abs_all, list(range(500)))) == list(range(500))
        assert list(in_batches(pool, abs_all, [])) == []


def abs_all(items: Sequence[int]) -> tuple[list[int], float]:
    return list(items), 1e-4 * len(items)


def test_batches_grow_to_fifty_milliseconds_and_shrink_at_the_end() -> None:
    sizes = []

    def recording(items: Sequence[int]) -> tuple[list[int], float]:
        sizes.append(len(items))
        return list(items), 0.001 * len(items)  # a millisecond each: 50 fill a task

    with open_pool("serial") as pool:
        remote = type(pool)(pool.executor, 2, remote=True)
        list(in_batches(remote, recording, range(1000)))
    assert sizes[0] == 1
    assert max(sizes) == 50
    assert sizes[-1] == 1  # the last ones are spread over the workers
    assert sum(sizes) == 1000


def test_tables_agree_bit_for_bit(project: Path) -> None:
    study = Study.load(STEPS)
    for name, folder in (("serial", "one"), ("processes:1", "two"), ("processes:2", "three")):
        study.run("full", folder, name)
    tables = [(project / f / "toy/steps/full/table.csv").read_bytes() for f in ("one", "two", "three")]
    assert tables[0] == tables[1] == tables[2]


def test_workers_have_one_blas_thread_and_leave_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    with open_pool("processes:1") as pool:
        assert list(in_batches(pool, threads, [1, 2])) == ["1", "1"]
    assert not set(THREADS) & set(os.environ)


def test_a_dead_worker_is_one_clear_line() -> None:
    with pytest.raises(WorkerLost, match="a worker process died"), open_pool("processes:1") as pool:
        list(in_batches(pool, die, [1]))


def test_a_study_without_a_file_cannot_leave_the_process(tmp_path: Path) -> None:
    study = Study(name="a", subject=lambda i: i, sweep={"i": [1]}, observe={"x": lambda s, c: s})
    with pytest.raises(InvalidInput, match=r"comes from no file; use Study\.load, or the serial executor"):
        study.run("ci", tmp_path, "processes:1")


def test_a_file_that_changes_meanwhile_is_noticed(project: Path) -> None:
    study = Study.load(STEPS)
    path = project / STEPS
    path.write_text(path.read_text() + "\n# changed\n")
    with pytest.raises(InvalidInput, match="changed while the study ran"):
        study.run("smoke", executor="processes:1")


@pytest.mark.parametrize("name", ["process", "processes:0", "processes:two", "serial:2", ""])
def test_unknown_executors(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"no executor|needs a number of workers"), open_pool(name):
        pass


def test_dask_without_the_extra() -> None:
    if importlib.util.find_spec("distributed"):
        pytest.skip("distributed is installed")
    with pytest.raises(BackendUnavailable, match=r"pip install 'boundcheck\[dist\]'"), open_pool("dask"):
        pass


def test_dask_agrees_bit_for_bit(project: Path) -> None:
    pytest.importorskip("distributed")
    study = Study.load(STEPS)
    study.run("smoke", "one")
    study.run("smoke", "two", "dask")
    tables = [(project / f / "toy/steps/smoke/table.csv").read_bytes() for f in ("one", "two")]
    assert tables[0] == tables[1]
