"""Noise sources that a step can be fed: a random stream, zeros, or the impulses that probe an affine step.

A step draws with `noise.normal()` and `noise.uniform()`; each call gives one array shaped like the state, and
`noise.uniform(1)` one number a particle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from verify.backend import AnyArray, namespace
from verify.errors import NotAffine
from verify.normals import box_muller


class Noise(Protocol):
    """What a step may ask of its noise."""

    def normal(self) -> AnyArray:
        """Return independent standard normals shaped like the state."""
        ...

    def uniform(self, width: int | None = None) -> AnyArray:
        """Return independent uniforms on [0, 1) shaped like the state, with `width` columns where one is given."""
        ...


@dataclass(frozen=True)
class Stream:
    """Draws from a backend's random generator, in the shape and dtype of `state`.

    On the host they come coordinate by coordinate: (n, d) draws are the transpose of (d, n) consecutive ones, so that
    arrays of particles are contiguous along the particles.
    """

    generator: Any
    state: AnyArray

    def normal(self) -> AnyArray:
        """Return standard normals: Box–Muller in float32 on the host, the generator's own method otherwise."""
        if isinstance(self.state, np.ndarray):
            shape = self.state.shape[::-1]
            if self.state.dtype == np.float32:
                return box_muller(self.generator, math.prod(shape)).reshape(shape).T
            return self.generator.standard_normal(shape).T
        return self.generator.standard_normal(self.state.shape, dtype=self.state.dtype)

    def uniform(self, width: int | None = None) -> AnyArray:
        """Return uniforms on [0, 1)."""
        shape = self.state.shape if width is None else (*self.state.shape[:-1], width)
        if isinstance(self.state, np.ndarray):
            return self.generator.random(shape[::-1], dtype=self.state.dtype).T
        return self.generator.random(shape, dtype=self.state.dtype)


@dataclass
class Impulse:
    """Feeds `impulse` to the draw number `draw` (None: to every draw), zeros to all others; counts them in `draws`."""

    state: AnyArray
    impulse: AnyArray | None = None
    draw: int | None = 0
    draws: int = field(default=0, init=False)

    def normal(self) -> AnyArray:
        """Return the impulse or zeros."""
        index, self.draws = self.draws, self.draws + 1
        if self.impulse is not None and self.draw in (None, index):
            return self.impulse
        return namespace(self.state).zeros_like(self.state)

    def uniform(self, width: int | None = None) -> AnyArray:
        """Refuse: a step that randomises its coefficients mixes Gaussians."""
        raise NotAffine("the step draws uniforms, so its output law is not Gaussian; use laws.Particles.")
