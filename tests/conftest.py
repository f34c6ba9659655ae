"""Shared by all tests: hypothesis profiles, the array namespaces to go through, and when a GPU test is skipped."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]  # for tests/plugin; pytest accepts it in the topmost conftest only

os.environ.setdefault("MPLBACKEND", "Agg")

# No deadline: a busy machine is slow, not wrong. In CI the same examples every time: a red run can be repeated.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(params=["numpy", "array_api_strict"])
def xp(request: pytest.FixtureRequest) -> ModuleType:
    """Return an array namespace; the strict one stands in for a GPU: it rejects what is NumPy's own."""
    return importlib.import_module(request.param)


def _gpu() -> bool:
    try:
        return bool(importlib.import_module("cupy").cuda.is_available())
    except ImportError:
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked `gpu` where CuPy finds no device."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not _gpu():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
