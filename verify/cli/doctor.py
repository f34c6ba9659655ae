"""``boundcheck doctor``: what this installation can do, and what is missing for the rest."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata, util

import click

# what an optional package is for, and the extra that brings it (None: none does)
OPTIONAL = {
    "cupy": ("backend cupy: particles on a GPU", "cuda12 or cuda13"),
    "distributed": ("--executor dask", "dist"),
    "dask_jobqueue": ("dask on a cluster", "dist"),
    "ot": ("optimal transport in the plane and above", "ot"),
    "flint": ("ball arithmetic", "rigor"),
    "diffusers": ("audit of diffusers' schedulers", "interop"),
    "torch": ("audits of PyTorch samplers, neural scores", None),
    "jax": ("JAX samplers in your own tests", None),
    "pyarrow": ("tables as Parquet", "parquet"),
    "mpmath": ("the test suite", "test"),
}
REQUIRED = ("numpy", "scipy", "pandas", "matplotlib", "array-api-compat", "click", "rich", "jinja2")


@click.command()
def doctor() -> None:
    """Say which backends, devices and optional packages are here, and how to get the others."""
    click.echo(f"boundcheck {_version('boundcheck')}, Python {platform.python_version()} ({sys.executable})")
    click.echo(f"{platform.platform()}, {os.cpu_count()} cores")
    click.echo("needed:   " + ", ".join(f"{name} {_version(name)}" for name in REQUIRED))
    click.echo("backends:")
    click.echo(f"  numpy   here: {_simd()}")
    click.echo(f"  numba   {_optional('numba', 'fast')}: float32 particles in compiled kernels on a CPU")
    click.echo(f"  cupy    {_cupy()}")
    click.echo("optional:")
    for module, (purpose, extra) in OPTIONAL.items():
        if module != "cupy":
            click.echo(f"  {module:14} {_optional(module, extra):44} {purpose}")


def _optional(module: str, extra: str | None) -> str:
    if util.find_spec(module) is not None:
        return f"here, {_distribution(module)}"
    return "absent: install it" if extra is None else f"absent: pip install 'boundcheck[{extra}]'"


def _distribution(module: str) -> str:
    names = metadata.packages_distributions().get(module, [module])
    return _version(names[0])


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "without metadata"


def _simd() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")["SIMD Extensions"]
    return "SIMD " + ", ".join([*found["baseline"], *found.get("found", [])][-3:])


def _cupy() -> str:
    from verify.backend import load
    from verify.errors import BackendUnavailable

    try:
        cupy = load("cupy")
    except BackendUnavailable as error:
        return f"absent: {error}"
    names = [
        cupy.cuda.runtime.getDeviceProperties(i)["name"].decode() for i in range(cupy.cuda.runtime.getDeviceCount())
    ]
    return f"here: {cupy.__version__}, CUDA {cupy.cuda.runtime.runtimeGetVersion()}, {', '.join(names)}"
