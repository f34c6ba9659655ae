"""consistency: whether the coefficients of a step add up, whatever the model says.

The model is replaced by one whose E[x_0 | x] is a function of the noise level alone, g(λ), λ = log(α/σ). Then a step
from level (α, σ) to (α', σ') is x' = a x + Σ_j c_j g(λ_j) + noise with numbers that can be read off, and with
q = −log(aα/α')

.. math:: Σ c_j = α' - aα, \\qquad \\operatorname{var} = σ'^2 - a^2σ^2, \\qquad
    \\frac{Σ c_j λ_j}{Σ c_j} = λ + h\\Big(\\frac1{1 - e^{-q}} - \\frac1q\\Big)

The first two hold up to O(h) in any consistent sampler of an ODE or SDE with these marginals: they say that data at one
point stay there and that noise has the right size. The third is the condition of order two (Hochbruck, Ostermann, Acta
Numerica 2010): as of when, within the step, the answers count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.audit.model import Model
from verify.audit.probe import AffineMap
from verify.backend import AnyArray, Array, to_host

SKIP = 3  # first steps, which multistep methods take with what they have
SHARE = 0.6  # of the calls: the last steps have no room between sigma_min and zero


class Driven(Model):
    """A model whose E[x_0 | x] is λ^power in every coordinate, whatever x is."""

    def __init__(self, data: Any, record: bool = False, *, power: int) -> None:
        super().__init__(data, record)
        self._values, self._basis, self._power = np.zeros(data.dim), np.eye(data.dim), power

    def _answer(
        self, x: AnyArray, alpha: Any, sigma: Any, linear: Callable[[Array, Array], tuple[Any, Any]]
    ) -> AnyArray:
        a, s = (float(to_host(value).reshape(-1)[0]) for value in (alpha, sigma))
        self._mean = np.full(self.data.dim, np.log(a / s) ** self._power if a and s else 0.0**self._power)
        return super()._answer(x, alpha, sigma, linear)


@dataclass(frozen=True, eq=False)
class Steps:
    """What steps between some calls do: total `weight` (1), relative `noise` error per h (0), the noise `variance` over
    what there is room for, and `moment`, as of which fraction of the step answers count, less what order two needs."""

    weight: float
    noise: float
    variance: float
    moment: float
    needed: float


Index = npt.NDArray[np.intp]
Probing = Callable[..., AffineMap]  # probes a sampler with `model`


def steps(probing: Probing) -> dict[tuple[int, int], Steps]:
    """Return what steps of 1 to 3 calls do, by number of calls and by the call at which they begin."""
    plain = probing(model=partial(Driven, power=0), trace=True, repeat=False)
    moment = probing(model=partial(Driven, power=1), trace=True, repeat=False)
    found = {}
    for stride in (1, 2, 3):
        for phase in range(stride):
            calls = np.arange(
                SKIP + (phase - SKIP) % stride, int(SHARE * len(plain.calls)) - stride, stride, dtype=np.intp
            )
            if calls.size > 2 and (seen := _between(plain, moment, calls, stride)) is not None:
                found[stride, phase] = seen
    return found


def _between(plain: AffineMap, moment: AffineMap, calls: Index, stride: int) -> Steps | None:
    after = calls + stride
    alpha, sigma = np.array(plain.calls).T
    gain = np.array([np.trace(m.gain) / len(m.gain) for m in plain.path])
    shift, tilted = (np.array([m.shift.mean() for m in seen.path]) for seen in (plain, moment))
    noise = np.array([float((m.noise**2).sum()) / len(m.gain) for m in plain.path])
    with np.errstate(all="ignore"):
        lam = np.log(alpha / sigma)
        h, a = lam[after] - lam[calls], gain[after] / gain[calls]
        total = shift[after] - a * shift[calls]
        room = sigma[after] ** 2 - a**2 * sigma[calls] ** 2
        added = noise[after] - a**2 * noise[calls]
        q = -np.log(a * alpha[calls] / alpha[after])
        needed = 1 / -np.expm1(-q) - 1 / q
        counts = ((tilted[after] - a * tilted[calls]) / total - lam[calls]) / h
        seen = np.stack([total / (alpha[after] - a * alpha[calls]), (added - room) / (sigma[after] ** 2 * h)])
        rest = np.stack([added / room, counts - needed, needed])
    good = (h > 1e-9) & np.isfinite(seen).all(axis=0) & (gain[calls] > 1e-9 * gain[0])
    if good.sum() < 3:
        return None
    return Steps(*(float(np.median(value[good])) for value in (*seen, *rest)))


def inconsistent(coarse: dict[tuple[int, int], Steps], fine: dict[tuple[int, int], Steps]) -> list[str]:
    """Return sentences on steps whose weights or noise do not add up, at either step count and in every grouping."""
    found = []
    if (at := _persistent(coarse, fine, lambda s: s.weight - 1, 0.02)) is not None:
        found.append(
            "inconsistent coefficients: the model's answers enter a step with total weight "
            f"{fine[at].weight:.3g} instead of 1"
        )
    if (at := _persistent(coarse, fine, lambda s: s.noise, 0.02)) is not None:
        found.append(
            f"inconsistent noise: a step adds {fine[at].variance:.3g} times the variance that its drift leaves room for"
        )
    return found


def first_order(coarse: dict[tuple[int, int], Steps], fine: dict[tuple[int, int], Steps]) -> str | None:
    """Return a sentence where answers count as of another time than order two needs."""
    at = _persistent(coarse, fine, lambda s: s.moment, 0.05)
    if at is None or not np.isfinite(fine[at].moment):
        return None
    needed, counts = fine[at].needed, fine[at].needed + fine[at].moment
    if abs(counts) < 0.1 * needed:
        why = "there is no second-order correction"
    elif abs(counts + needed) < 0.2 * needed:
        why = "the second-order correction has the wrong sign"
    else:
        why = "the second-order correction has the wrong size"
    return (
        f"wrong multistep or stage coefficients: answers count as of {counts:+.2f} of a step, order two needs "
        f"{needed:+.2f}: {why}"
    )


def _persistent(
    coarse: dict[tuple[int, int], Steps],
    fine: dict[tuple[int, int], Steps],
    error: Callable[[Steps], float],
    least: float,
) -> tuple[int, int] | None:
    """Return the finest grouping of calls if the error stays, at more steps, in every grouping; None if not."""
    both = sorted(set(coarse) & set(fine))
    for at in both:
        now, before = abs(error(fine[at])) * at[0], abs(error(coarse[at])) * at[0]
        if not (now > least and now > 0.75 * before):
            return None
    return both[0] if both else None
