"""Law: the recipe for a new adapter runs as it is written, is short, and needs no optional package."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest

from verify import adapters


def test_the_recipe_runs() -> None:
    done = doctest.testmod(adapters, optionflags=doctest.ELLIPSIS, raise_on_error=False)
    assert done.attempted >= 4
    assert done.failed == 0


def test_it_is_shorter_than_thirty_lines() -> None:
    code = [line for line in (adapters.__doc__ or "").splitlines() if line.startswith((">>>", "..."))]
    assert len(code) < 30


def test_every_name_is_there() -> None:
    for name in adapters.__all__:
        assert callable(getattr(adapters, name))
    assert set(adapters.__all__) <= set(dir(adapters))
    with pytest.raises(AttributeError, match="no attribute 'Reverso'"):
        _ = adapters.Reverso


def test_importing_it_imports_no_library_of_samplers() -> None:
    code = (
        "import sys; import verify.adapters as a; [getattr(a, name) for name in a.__all__]; "
        "print(*({'torch', 'jax', 'diffusers', 'blackjax', 'torchsde'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")
