"""Minimiser: what chains share whose goal is the point where the potential is least, not a law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from verify import targets
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True, eq=False)
class Minimiser(LangevinSampler):
    """A chain towards argmin f, f = −log π: its ideal law is the point mass there, N(m, 0) for a Gaussian target."""

    @cached_property
    def ideal(self) -> targets.Gaussian:
        """N(m, 0)."""
        target = super().ideal
        return targets.Gaussian.from_spectrum(target.mean, np.zeros(target.dim), target.eigenvectors)
