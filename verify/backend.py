"""The only file that knows array libraries and devices: NumPy on the host, CuPy on a GPU.

The backend `numba` means NumPy arrays whose chains may run in compiled kernels.

Step functions and scores use array-API operations and Python floats only, so any conforming namespace runs them;
laws and divergences do their algebra on the host in float64.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from array_api_compat import array_namespace, device, is_cupy_array, is_numpy_array, is_torch_array

from verify.errors import BackendUnavailable, InvalidInput, UnknownName

Array = npt.NDArray[np.float64]
AnyArray = Any  # an array of any array-API namespace

NAMES = ("numpy", "numba", "cupy")


def namespace(x: AnyArray) -> Any:
    """Return the array-API namespace of `x`."""
    if type(x) is np.ndarray:  # the common case, without the 3 µs of dispatch
        return np
    return array_namespace(x)


def maths(value: float | AnyArray) -> Any:
    """Return the module whose `exp`, `expm1`, `sqrt`, `sinh` … take `value`: math for floats, else the namespace."""
    return math if isinstance(value, float) else namespace(value)


def to_host(x: AnyArray) -> Array:
    """Return `x` as a float64 NumPy array."""
    if is_cupy_array(x):
        x = x.get()
    elif is_torch_array(x):
        x = x.detach().cpu().numpy()
    elif not is_numpy_array(x) and hasattr(x, "__array_namespace__"):
        x = np.from_dlpack(x)
    return np.asarray(x, dtype=np.float64)


def to_index(k: AnyArray) -> npt.NDArray[np.intp]:
    """Return an integer array of any namespace as a NumPy index."""
    if not isinstance(k, np.ndarray):
        k = to_host(k)
        if not (k == np.rint(k)).all():
            raise InvalidInput("a step number must be an integer or an array of integers.")
        k = k.astype(np.intp)
    return np.asarray(k)


def like(values: npt.ArrayLike, x: AnyArray) -> AnyArray:
    """Return host `values` as an array of the namespace, device and floating dtype of `x` (float64 for integers)."""
    if type(x) is np.ndarray:
        return np.asarray(values, dtype=x.dtype if x.dtype.kind == "f" else np.float64)
    xp = namespace(x)
    dtype = x.dtype if xp.isdtype(x.dtype, "real floating") else xp.float64
    return xp.asarray(np.array(values, dtype=np.float64), dtype=dtype, device=device(x))


def load(name: str) -> ModuleType:
    """Return the array module of backend `name`; BackendUnavailable where it cannot compute here."""
    if name == "numpy":
        return np
    if name == "numba":
        try:
            import numba  # noqa: F401
        except ImportError as error:  # absent, or too old for this NumPy
            raise BackendUnavailable(
                f"backend `numba` needs the Numba package ({error}); install the extra boundcheck[fast], "
                "or use backend `numpy`."
            ) from None
        return np
    if name != "cupy":
        raise UnknownName("backend", name, NAMES)
    try:
        import cupy
    except ImportError:
        raise BackendUnavailable(
            "backend `cupy` needs the CuPy package; install the extra boundcheck[cuda12] or boundcheck[cuda13], "
            "or use backend `numpy`."
        ) from None
    if not cupy.cuda.is_available():
        raise BackendUnavailable("backend `cupy` found no usable CUDA device; use backend `numpy` on this machine.")
    return cupy  # type: ignore[no-any-return]


def belongs(x: AnyArray, name: str) -> bool:
    """Return whether `x` is an array of backend `name`."""
    return bool(is_cupy_array(x) if name == "cupy" else is_numpy_array(x))


def generator(name: str, entropy: np.random.SeedSequence) -> Any:
    """Return the random generator of backend `name` for one stream: SFC64 on the host, Philox4x32-10 on a GPU.

    CuPy keeps 32 bits of the entropy as Philox key; the number of its threads is fixed: no device changes a draw.
    """
    xp = load(name)
    if xp is np:
        return np.random.Generator(np.random.SFC64(entropy))
    return xp.random.Generator(xp.random.Philox4x3210(entropy, size=1 << 18))


def dtype_named(name: str) -> str:
    """Return `name` if it is a floating dtype that samplers run in."""
    if name not in ("float32", "float64"):
        raise InvalidInput(f"`dtype` must be float32 or float64; got {name}.")
    return name


def converter(name: str, dtype: str) -> Callable[[Array], AnyArray]:
    """Return the function that turns host arrays into `dtype` arrays of library `name`: numpy, cupy, torch or jax."""
    dtype_named(dtype)
    if name in ("numpy", "cupy"):
        xp = load(name)
        return lambda x: xp.asarray(x, dtype=dtype)
    if name not in ("torch", "jax"):
        raise UnknownName("array library", name, ("numpy", "cupy", "torch", "jax"))
    try:
        library = import_module({"torch": "torch", "jax": "jax.numpy"}[name])
    except ImportError:
        raise BackendUnavailable(f"array library `{name}` is not installed; install it or choose numpy.") from None
    if name == "jax" and str(library.asarray(np.zeros(1)).dtype) != "float64" == dtype:
        raise BackendUnavailable("jax computes in float32 here; call jax.config.update('jax_enable_x64', True) first.")
    return lambda x: library.asarray(np.array(x), dtype=getattr(library, dtype))


@cache
def keep_freed_memory() -> bool:
    """Tell the C library, once, to keep freed blocks; return whether it is one that can be told (glibc).

    By default glibc gives the temporaries of a few hundred kilobytes that array expressions make back to the system
    after every operation and has them mapped and zeroed again for the next: measured, three quarters of the time of an
    exact sweep. Up to 256 MB are kept instead.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    mmap_threshold, trim_threshold = -3, -1  # from malloc.h; the first cannot be more than 32 MB
    return bool(mallopt(mmap_threshold, 1 << 25) and mallopt(trim_threshold, 1 << 28))
