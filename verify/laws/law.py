"""Law: what every form of a probability law can do."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np


class Law(Protocol):
    """A probability law on R^dim that can be sampled and pushed through a sampler."""

    @property
    def dim(self) -> int:
        """d, the dimension of the space."""
        ...

    def through(self, sampler: Any) -> Self:
        """Return the law of the sampler's last iterate when its first has this law."""
        ...

    def sample(self, n: int, rng: np.random.Generator) -> Any:
        """Return n independent draws, shape (n, d)."""
        ...
