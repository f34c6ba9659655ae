"""Philox4x32-10 in NumPy, and the normals of the kernels: one word for every (particle, coordinate, step).

Salmon, Moraes, Dror, Shaw (2011). The counter is (particle, stage, coordinate, ⌊step/4⌋), the key the seed, so that a
draw depends on nothing else: not on blocks, threads or devices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.errors import NotApplicable

Words = npt.NDArray[Any]  # 32 bits in each of 64
Single = npt.NDArray[np.float32]

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
KEYS = 0x9E3779B9, 0xBB67AE85
UNIT, FIRST = np.float32(2.0**-32), np.float32(2.0**-33)
STAGES = 1 << 16  # that the counter has room for beside particles
TURN = np.float32(2 * np.pi * 2.0**-32)


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> tuple[Words, Words, Words, Words]:
    """Return the four output words of every counter; all four broadcast against each other."""
    c0, c1, c2, c3 = (np.asarray(c, dtype=np.uint64) for c in counter)
    k0, k1 = key
    for _ in range(10):
        first, second = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (second >> HALF) ^ c1 ^ np.uint64(k0),
            second & LOW,
            (first >> HALF) ^ c3 ^ np.uint64(k1),
            first & LOW,
        )
        k0, k1 = (k0 + KEYS[0]) & 0xFFFFFFFF, (k1 + KEYS[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def split(seed: int) -> tuple[int, int]:
    """Return the two words of the key that a seed of any size stands for, by NumPy's `SeedSequence`."""
    low, high = np.random.SeedSequence(int(seed)).generate_state(2)
    return int(low), int(high)


def normals(
    seed: int, stage: int, particles: npt.NDArray[np.integer], coordinates: npt.NDArray[np.integer], quarter: int
) -> Single:
    """Return the draws of steps 4q, …, 4q + 3, q = `quarter`, shape (4, particles, coordinates), in float32.

    √(−2 log u)(cos 2πv, sin 2πv) from the words (u, v) and then from the other two.
    """
    i = np.asarray(particles, dtype=np.uint64)[:, None]
    j = np.asarray(coordinates, dtype=np.uint64)[None, :]
    counter = i & LOW, (i >> HALF) ^ np.uint64(stage << 16), j, np.asarray(quarter, dtype=np.uint64)
    u, v, s, t = (np.broadcast_to(w, (i.size, j.size)).astype(np.float32) for w in philox(counter, split(seed)))
    found = []
    for size, angle in ((u, v), (s, t)):
        radius = np.sqrt(np.float32(-2) * np.log(size * UNIT + FIRST))
        found += [radius * np.cos(angle * TURN), radius * np.sin(angle * TURN)]
    return np.stack(found)


@dataclass
class CounterStream:
    """Noise for a step that draws once: the kernels' normals for the particles (rows of `state`) from `first` on."""

    state: npt.NDArray[np.floating]
    seed: int
    stage: int = 1
    first: int = 0
    step: int = field(default=0, init=False)
    _quad: Single | None = field(default=None, init=False, repr=False)

    def normal(self) -> npt.NDArray[np.floating]:
        """Return the normals of the next step, shaped and typed like the state."""
        if self.step % 4 == 0:
            n, dim = self.state.shape
            particles = np.arange(self.first, self.first + n)
            self._quad = normals(self.seed, self.stage, particles, np.arange(dim), self.step // 4)
        assert self._quad is not None
        self.step += 1
        return np.asarray(self._quad[(self.step - 1) % 4], dtype=self.state.dtype)

    def uniform(self, width: int | None = None) -> npt.NDArray[np.floating]:
        """Refuse: the kernels draw normals only."""
        raise NotApplicable("the counter-based stream of the kernels draws normals only.")
