"""The kernels on a GPU: `chains.cu`, compiled by CuPy when it is first needed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from verify.kernels.chains import Chain, Mixture
from verify.kernels.philox import split

SOURCE = Path(__file__).with_name("chains.cu")
THREADS = 256


def run(chain: Chain, states: Any, seed: int, stage: int) -> Any:
    """Return the states (d, n), a float32 array on the device, after all steps; they are overwritten."""
    import cupy

    dim, n = states.shape
    kernel = _kernel(chain.name, dim if isinstance(chain, Mixture) else 1)
    low, high = split(seed)
    blocks = min(-(-chain.threads(n) // THREADS), 1 << 16)
    stream = np.uint32(stage), np.uint32(low), np.uint32(high)
    kernel((blocks,), (THREADS,), (states, *chain.arguments(n, cupy.asarray), *stream))
    return states


@lru_cache(maxsize=16)
def _kernel(name: str, dim: int) -> Any:
    import cupy

    return cupy.RawKernel(SOURCE.read_text(encoding="utf-8"), name, options=("--std=c++17", f"-DDIM={dim}"))
