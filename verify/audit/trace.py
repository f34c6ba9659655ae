"""trace: whether the model is told the noise level that the state really has.

The state at every model call has an exact law too. The level (α, σ) of that law is read off by least squares,
cov = α²Σ + σ²I, and σ/α compared with what the model was told, at N steps and at about 2N:

- with a consistent sampler the two differ by O(h²) after a few steps, h the step in log(σ/α); a difference of O(h)
  there is a state one timestep off, a difference of O(1) a level of another meaning;
- a difference that jumps from call to call, and does not shrink as N grows, is a level that was rounded on its way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify import laws
from verify.audit.level import Level
from verify.audit.probe import AffineMap
from verify.backend import Array
from verify.laws.gaussian import GaussianLike

EARLY = 4  # calls before a correct sampler has gathered errors of its own
SEEN = 1e-6  # relative differences of levels below are rounding of another kind
ASTRAY = 0.1  # relative: the states of a sampler that goes elsewhere say nothing about rounding
ALTERNATING = -0.2  # correlation of neighbouring second differences: −2/3 for white noise, −1/2 for lone jumps
NOISY = 0.2  # σ/α below: the state's own noise is too small a part of its variance to be read off


@dataclass(frozen=True, eq=False)
class Trace:
    """log(σ/α) at each model call: as `told`, and as it is in the `state` (NaN where that cannot be read off)."""

    steps: int
    told: Array
    state: Array

    @property
    def excess(self) -> Array:
        """State minus told, shape (calls,)."""
        return np.asarray(self.state - self.told)

    @property
    def step(self) -> Array:
        """The step in log(σ/α) around each call: the larger of the two."""
        moves = np.abs(np.diff(self.told))
        return np.asarray(np.maximum(np.append(moves, 0.0), np.append(0.0, moves)))


def read(law: GaussianLike, data: GaussianLike) -> Level | None:
    """Return the level whose law on `data` is nearest in mean or covariance; None where there is none."""
    basis = np.eye(data.dim) if data.eigenvectors is None else data.eigenvectors
    values, got = data.eigenvalues, np.einsum("ij,ik,kj->j", basis, law.cov, basis)
    centre, square = values - values.mean(), float(data.mean @ data.mean)
    if np.ptp(values) > 0.1 * values.max():
        alpha2 = float(centre @ got / (centre @ centre))
    elif square > 0:
        alpha2 = max(float(law.mean @ data.mean) / square, 0.0) ** 2
    else:
        return None
    sigma2 = float((got - alpha2 * values).mean())
    return Level(alpha2**0.5, max(sigma2, 0.0) ** 0.5) if alpha2 > 0 else None


def trace(affine: AffineMap, first: laws.Gaussian, data: GaussianLike) -> Trace:
    """Return the levels told and read off along the path of a traced map that starts from the law `first`."""
    levels = [read(state.law(first), data) for state in affine.path]
    with np.errstate(all="ignore"):
        told = np.array([np.log(np.divide(sigma, alpha)) for alpha, sigma in affine.calls])
        state = np.array([np.nan if s is None else np.log(np.divide(s.sigma, s.alpha)) for s in levels])
    told[~np.isfinite(told)] = np.nan
    state[~np.isfinite(state)] = np.nan
    return Trace(affine.steps, told, state)


def mistold(coarse: Trace, fine: Trace, calls: range = range(EARLY)) -> str | None:
    """Return a sentence where early `calls` are told another level than the state has; None where they are not."""
    for call in calls[: min(coarse.told.size, fine.told.size) - 1]:
        shrunk = fine.step[call] / coarse.step[call] if coarse.step[call] else np.nan
        seen, before = abs(fine.excess[call]), abs(coarse.excess[call])
        if not (before > SEEN and shrunk < 0.75 and seen > before * shrunk**1.25):
            continue
        after = fine.excess[call + 1]
        if call and not abs(after - fine.excess[call]) < 0.5 * seen:
            return None  # it grows from call to call: the steps are wrong, not what the model is told
        told, state = np.exp(fine.told[call]), np.exp(fine.state[call])
        where = f"first at model call {call + 1} of {fine.told.size}, {fine.steps} steps"
        ratio = f"the model is told noise level {told:.4g} where the state has {state:.4g} (sigma/alpha; {where})"
        offset = fine.excess[call] / fine.step[call]
        if seen > before * shrunk**0.5:
            return (
                f"{ratio}; their ratio {told / state:.5g} does not go to 1 with more steps: a level of another meaning"
            )
        if not 0.6 < abs(offset) < 1.6:
            return f"{ratio}, {abs(offset):.2f} of a step off: the levels told are not those that the steps go between"
        side = "next" if offset > 0 else "previous"
        return f"{ratio}, {abs(offset):.2f} of a step off: a timestep mismatch, the {side} timestep is told"
    return None


def rounded(coarse: Trace, fine: Trace) -> str | None:
    """Return a sentence where levels jump about the state's without shrinking with more steps."""
    rough, before = _rough(fine), _rough(coarse)
    if min(rough.size, before.size) < 4:
        return None
    size, was = (float(np.sqrt((r**2).mean())) for r in (rough, before))
    astray = float(np.nanmedian(np.abs(fine.excess)))
    if not (size > SEEN and size > 0.6 * was and astray < ASTRAY):
        return None
    if not rough[1:] @ rough[:-1] < ALTERNATING * rough @ rough:
        return None  # steps that are large near the data, however many there are
    return (
        f"noise levels are rounded before the model sees them, by up to {100 * np.abs(rough).max():.2g} %, "
        "while the steps go between unrounded ones"
    )


def _rough(seen: Trace) -> Array:
    """Return by how much each excess is off the mean of its neighbours, where the state is noisy enough."""
    excess = np.where(seen.told > np.log(NOISY), seen.excess, np.nan)
    rough = (excess[1:-1] - 0.5 * (excess[:-2] + excess[2:])) / np.sqrt(1.5)
    return np.asarray(rough[np.isfinite(rough)])
