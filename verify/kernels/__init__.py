"""Fused kernels: a whole chain in one compiled loop, noise and all, on a GPU or a CPU, and its random stream in NumPy.

`chains.cu` (CuPy) and `compiled` (Numba) run the same chains with the same normals, those of `CounterStream`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.errors import InvalidInput
from verify.kernels.chains import Affine, Chain, Mixture, Polynomial
from verify.kernels.philox import STAGES, CounterStream, normals, philox

__all__ = ["Affine", "Chain", "CounterStream", "Mixture", "Polynomial", "normals", "philox", "run", "standard"]


def run(chain: Chain, states: Any, seed: int, stage: int, workers: int = 1, first: int = 0) -> Any:
    """Return the states (d, n), float32 in C order, after all steps of the particles from `first` on.

    They are overwritten. NumPy arrays go through `compiled`, shared by `workers` threads, CuPy's through `chains.cu`,
    where `first` must be 0.
    """
    if states.ndim != 2 or states.shape[0] != chain.dim or str(states.dtype) != "float32":
        raise InvalidInput(f"`states` must be float32 of shape ({chain.dim}, n); got {states.dtype}, {states.shape}.")
    if not (states.flags.c_contiguous and getattr(states.flags, "writeable", True)):
        raise InvalidInput("`states` must be a writable array in C order.")
    if not 0 <= stage < STAGES:
        raise InvalidInput(f"`stage` must be in [0, {STAGES}); got {stage}.")
    if isinstance(states, np.ndarray):
        from verify.kernels import compiled

        return compiled.run(chain, states, seed, stage, workers, first)
    if first:
        raise InvalidInput("`first` must be 0 on a GPU, whose kernels take the whole cloud at once.")
    from verify.kernels import cuda

    return cuda.run(chain, states, seed, stage)


def standard(states: Any, seed: int, stage: int, workers: int = 1, first: int = 0) -> Any:
    """Return the states (d, n) filled with the first normals of the stream, one for each particle and coordinate."""
    states[...] = 0
    row = np.zeros((1, states.shape[0]), np.float32)  # of slopes and shifts: 0 + 0·0 + ξ
    return run(Affine(row, row, row + np.float32(1), 1), states, seed, stage, workers, first)
