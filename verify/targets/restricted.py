"""restricted: exact draws from e^{−V(u) − (u − y)²/2η}, coordinate by coordinate, for convex V with a prox."""

from __future__ import annotations

import math
from collections.abc import Callable

from verify.backend import AnyArray, namespace
from verify.errors import Diverged
from verify.noise import Noise

ROUNDS = 10_000  # of proposals; V with L-Lipschitz V′ accepts a share of at least (1 + ηL)^{−1/2} a round

Entries = Callable[[AnyArray], AnyArray]


def restricted(value: Entries, prox: Entries, y: AnyArray, size: float, noise: Noise) -> AnyArray:
    """Return u of density ∝ e^{−V(u) − (u − y)²/2η}, η = `size`, at every entry: rejection from N(w, η), w = prox(y).

    s = (y − w)/η is a subgradient of V at w, and completing the square leaves e^{−[V(u) − V(w) − s(u − w)]} ≤ 1 as the
    ratio to the proposal (Chen, Chewi, Salim, Wibisono, 2022, §4.2). Every entry waits for its own acceptance.
    """
    xp = namespace(y)
    w = prox(y)
    slope, base, spread = (y - w) / size, value(w), math.sqrt(size)
    u, waiting = w, xp.ones_like(y, dtype=xp.bool)
    for _ in range(ROUNDS):
        z = w + spread * noise.normal()
        accepted = noise.uniform() < xp.exp(-(value(z) - base - slope * (z - w)))
        u = xp.where(waiting & accepted, z, u)
        waiting = waiting & ~accepted
        if not bool(xp.any(waiting)):
            return u
    raise Diverged(f"no draw was accepted in {ROUNDS} rounds; take a smaller step size.")
