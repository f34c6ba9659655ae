"""SignedError: base of the errors that are linear in x − m_t and come with either sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify import targets
from verify.backend import Array
from verify.errors import InvalidInput
from verify.scores.affine import AffineScore, Profile


@dataclass(frozen=True, eq=False, init=False)
class SignedError(AffineScore):
    """An error of L²(q_t) norm ε(t) with a `sign`, +1 or −1 (the cross term of the path KL changes with it)."""

    sign: int

    def __init__(self, target: targets.Gaussian, error: float | Profile, sign: int = 1) -> None:
        super().__init__(target, error)
        if sign not in (1, -1):
            raise InvalidInput(f"`sign` must be 1 or -1; got {sign}.")
        object.__setattr__(self, "sign", sign)


def over_coordinates(values: Array) -> Array:
    """Return the sum of (…, d) over the last axis, kept as (…, 1) so that it broadcasts against (…, d)."""
    return np.asarray(values.sum(axis=-1, keepdims=True))
