"""A digest depends on content alone: equal content gives one digest in every process, any difference another."""

from __future__ import annotations

import functools
import linecache
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import InvalidInput
from verify.fingerprint import digest, package_version, sources

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Inner:
    cov: Any


@dataclass(frozen=True)
class Outer:
    inner: Inner
    size: float = 1.0


@dataclass(frozen=True)
class Other:
    inner: Inner
    size: float = 1.0


@dataclass
class Loose:
    x: int


class Colour(Enum):
    RED = 1
    BLUE = 2


class Stateless:
    def __call__(self) -> int:
        return 1


class Stateful:
    def __init__(self) -> None:
        self.x = 1


def scaled(factor: float) -> Any:
    return lambda x: factor * x


FIRST, SECOND = lambda x: x + 1, lambda x: x + 2

VALUES = [
    None, True, False, 0, 1, -1, 0.0, -0.0, 1.0, 0.1, 1j, "", "1", b"1", Colour.RED, Colour.BLUE, [], [[]], [1], [1, 2],
    [[1], 2], {}, {"a": 1}, {"a": 2}, {1}, np.array([1.0]), np.array([1]), np.array([[1.0]]), np.array([1.0, 2.0]),
    np.float32([1.0]), Outer(Inner(np.eye(2))), Outer(Inner(np.eye(3))), Outer(Inner(np.eye(2)), 2.0),
    Other(Inner(np.eye(2))), scaled(1.0), scaled(2.0), FIRST, SECOND, functools.partial(scaled, 1.0),
    functools.partial(scaled, factor=1.0), Stateless(), Outer, Inner, abs, len, np.exp, np.sin, Path("a"), float("inf"),
    float("nan"), 2**200, Stateless().__call__, "a\x00b", ["a", "b"], ["ab"], ["a", ["b"]],
]  # fmt: skip


def test_all_different() -> None:
    found = [digest(value) for value in VALUES]
    assert len(set(found)) == len(VALUES)


def test_same_content_same_digest() -> None:
    assert digest(Outer(Inner(np.eye(2)))) == digest(Outer(Inner(np.eye(2, order="F"))))
    assert digest(np.arange(6.0).reshape(2, 3)) == digest(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    assert digest(np.arange(4.0)[::2]) == digest(np.array([0.0, 2.0]))
    assert digest(np.array([1.0]).astype(">f8")) == digest(np.array([1.0]))
    assert digest(np.float64(0.1)) == digest(0.1)
    assert digest(np.int64(3)) == digest(3)
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"x", "y", "z"}) == digest({"z", "x", "y"})
    assert digest((1, 2)) == digest([1, 2])
    assert digest(scaled(1.0)) == digest(scaled(1.0))


@given(st.lists(st.integers() | st.text() | st.floats(allow_nan=False)), st.lists(st.integers() | st.text()))
def test_structure_cannot_be_faked(a: list[Any], b: list[Any]) -> None:
    assert (digest(a, b) == digest(b, a)) == (repr(a) == repr(b))
    assert digest([*a, *b]) != digest([a, b])


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (Loose(1), "declare it frozen=True"),
        (Stateful(), r"`value\[0\]` holds a Stateful"),
        (Outer(Inner([Stateful()])), r"`value\[0\].inner.cov\[0\]`"),
        (np.array([object()]), "array of Python objects"),
        (np.random.default_rng(1), "holds a Generator"),
        (eval("lambda x: x"), "without source"),
        (sys, "holds a module"),
    ],
)
def test_what_cannot_be_seen_is_refused(value: Any, what: str) -> None:
    with pytest.raises(InvalidInput, match=what) as caught:
        digest(value)
    assert "\n" not in str(caught.value)


def made_at(name: str, source: str) -> Any:
    """Return the function `f` of a source that claims to come from the file `name` and can be read back from there."""
    found: dict[str, Any] = {}
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), found)
    return found["f"]


@pytest.mark.parametrize("name", ["<string>", "<stdin>", "<python-input-0>"])
def test_source_that_the_next_input_replaces_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 finds text for these names: that of the last input, whichever function is asked about."""
    monkeypatch.setattr(linecache, "cache", dict(linecache.cache))
    for source in ("def f(x):\n    return x\n", "f = lambda x: x\n"):
        with pytest.raises(InvalidInput, match="a function without source"):
            digest(made_at(name, source))


def test_notebook_cells_have_lasting_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linecache, "cache", dict(linecache.cache))
    one = made_at("<ipython-input-1-ab>", "def f(x):\n    return x\n")
    two = made_at("<ipython-input-2-cd>", "def f(x):\n    return -x\n")
    assert digest(one) != digest(two)


def test_stable_across_processes_and_hash_seeds() -> None:
    code = "from verify.fingerprint import digest; print(digest({'b': {'x','y','z'}, 'a': [1, 2.5, None]}, 'é'))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert seen == {digest({"a": [1, 2.5, None], "b": {"z", "y", "x"}}, "é") + "\n"}


def test_pinned() -> None:
    """Seeds derive from digests: this value must not change between versions or platforms."""
    assert digest({"step": 0.1, "dim": 2}) == "d29024dcb6944d8c951403ac8a8b87bf"


def test_the_package_version_covers_what_computes_and_not_what_shows(tmp_path: Path) -> None:
    for name in ("laws/a.py", "report/b.py", "cli/c.py", "claims/d.py", "estimate.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert list(sources(tmp_path, ("report", "cli", "claims"))) == ["estimate.py", "laws/a.py"]
    assert len(package_version()) == 32
