"""TimeGrid: the noise times T = τ_0 > τ_1 > … > τ_N = δ at which a reverse sampler stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, to_index
from verify.errors import InvalidInput

LARGEST_STEP = 300.0  # e^{2h} must stay inside float64
LARGEST_COUNT = 10**8  # 800 MB of times


def _positive(name: str, value: float) -> float:
    if not (isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value) and value > 0):
        raise InvalidInput(f"`{name}` must be positive and finite; got {value}.")
    return float(value)


def _count(name: str, value: int) -> int:
    whole = isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value) and value == int(value)
    if isinstance(value, bool) or not whole or not 1 <= value <= LARGEST_COUNT:
        raise InvalidInput(f"`{name}` must be a whole number from 1 to {LARGEST_COUNT}; got {value}.")
    return int(value)


@dataclass(frozen=True, eq=False)
class TimeGrid:
    """Decreasing noise times `tau`, shape (N + 1,), in units of the OU time of dX = −X dt + √2 dB.

    The last entry is the early-stopping time δ ≥ 0; the step sizes are h_k = τ_k − τ_{k+1}.
    """

    tau: Array

    def __post_init__(self) -> None:
        tau = np.array(self.tau, dtype=np.float64)
        if tau.ndim != 1 or tau.size < 2 or not np.isfinite(tau).all():
            raise InvalidInput(f"`tau` must be a finite vector of at least two times; got shape {tau.shape}.")
        if tau[-1] < 0 or not (np.diff(tau) < 0).all():
            raise InvalidInput("`tau` must decrease strictly and end at a stopping time >= 0.")
        if -np.diff(tau).min() > LARGEST_STEP:
            raise InvalidInput(f"steps above {LARGEST_STEP} overflow e^(2h); got {-np.diff(tau).min():.6g}.")
        tau.flags.writeable = False
        object.__setattr__(self, "tau", tau)

    @classmethod
    def uniform(
        cls, horizon: float, steps: int | None = None, *, step: float | None = None, stop: float = 0.0
    ) -> TimeGrid:
        """Return equal steps from `horizon` down to `stop`, given their number `steps` or their size `step`."""
        length = _positive("horizon", horizon) - _stop(stop, horizon)
        if (steps is None) == (step is None):
            raise InvalidInput("give exactly one of `steps` and `step`.")
        if steps is None:
            assert step is not None
            ratio = length / _positive("step", step)
            steps = round(min(ratio, 2.0 * LARGEST_COUNT))
            if steps <= LARGEST_COUNT and (steps < 1 or abs(steps * step - length) > 1e-9 * length):
                raise InvalidInput(
                    f"`step` = {step} does not divide the horizon {length:.10g} (ratio {ratio:.6g}); "
                    f"take step = {length / max(steps, 1):.10g}."
                )
        count = _count("steps", steps)
        # counted from the end, so that grids of one step size share their tails bit for bit
        return cls(stop + np.arange(count, -1, -1.0) * (step if step is not None else length / count))

    @classmethod
    def geometric(cls, horizon: float, steps: int, stop: float) -> TimeGrid:
        """Return times in geometric progression: τ_k = T (δ/T)^{k/N}, δ = `stop` > 0."""
        first, last = _positive("horizon", horizon), _positive("stop", stop)
        _stop(stop, horizon)
        tau = np.geomspace(first, last, _count("steps", steps) + 1)
        return cls(tau)

    @classmethod
    def benton(cls, horizon: float, kappa: float, stop: float) -> TimeGrid:
        """Return a grid with h_k ≤ κ min(1, τ_{k+1}) (Benton, De Bortoli, Doucet, Deligiannidis, 2024, Theorem 1).

        Equal steps of at most κ on [1, T], then times shrinking by the factor 1/(1 + κ) down to δ ≤ 1 ≤ T.
        """
        kappa, horizon, stop = _positive("kappa", kappa), _positive("horizon", horizon), _positive("stop", stop)
        if not 0 < stop <= 1 <= horizon:
            raise InvalidInput(f"Benton's grid needs 0 < `stop` <= 1 <= `horizon`; got {stop} and {horizon}.")
        most = 2.0 * LARGEST_COUNT
        late = max(stop < 1, math.ceil(min(math.log(1 / stop) / math.log1p(kappa), most) - 1e-12))
        early = max(horizon > 1, math.ceil(min((horizon - 1) / kappa, most) - 1e-12))
        _count("steps", max(1, late + early))
        tail = np.geomspace(1.0, stop, late + 1) if late else np.ones(1)
        head = np.linspace(horizon, 1.0, early + 1)[:-1] if early else np.empty(0)
        return cls(np.concatenate([head, tail]))

    @classmethod
    def karras(cls, sigma_max: float, sigma_min: float, steps: int, rho: float = 7.0) -> TimeGrid:
        """Return ρ-spaced noise levels (Karras, Aittala, Aila, Laine, 2022, eq. (5)) as OU times ½ log(1 + σ²)."""
        high, low = _positive("sigma_max", sigma_max), _positive("sigma_min", sigma_min)
        if not 1 <= _positive("rho", rho) <= 100:
            raise InvalidInput(f"`rho` must lie in [1, 100]; got {rho}.")
        ramp = np.linspace(0, 1, _count("steps", steps) + 1)
        sigma = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
        return cls(0.5 * np.log1p(sigma**2))

    @property
    def horizon(self) -> float:
        """T, the first time."""
        return float(self.tau[0])

    @property
    def stop(self) -> float:
        """δ, the last time."""
        return float(self.tau[-1])

    @property
    def steps(self) -> int:
        """N, the number of steps."""
        return self.tau.size - 1

    @cached_property
    def step_sizes(self) -> Array:
        """h_k = τ_k − τ_{k+1}, shape (N,)."""
        sizes = -np.diff(self.tau)
        sizes.flags.writeable = False
        return sizes

    @property
    def is_uniform(self) -> bool:
        """True where all steps agree to rounding."""
        return bool(np.ptp(self.step_sizes) <= 8 * np.spacing(self.horizon))

    def interval(self, k: int | npt.NDArray[np.intp], x: AnyArray) -> tuple[Any, Any, Any]:
        """Return (τ_k, τ_{k+1}, h_k): Python floats for an integer k, else arrays shaped to multiply `x` (…, d)."""
        if isinstance(k, (int, np.integer)):
            if not 0 <= k < self.steps:
                raise InvalidInput(f"`k` must lie in [0, {self.steps}); got {k}.")
            start, end = float(self.tau[k]), float(self.tau[k + 1])
            return start, end, start - end
        k = to_index(k)
        if k.size and not 0 <= k.min() <= k.max() < self.steps:
            raise InvalidInput(f"`k` must lie in [0, {self.steps}); got {k.min()} to {k.max()}.")
        now, then = self.tau[k][..., None], self.tau[k + 1][..., None]
        return like(now, x), like(then, x), like(now - then, x)


def _stop(stop: float, horizon: float) -> float:
    if not (isinstance(stop, (int, float, np.integer, np.floating)) and 0 <= stop < horizon):
        raise InvalidInput(f"`stop` must lie in [0, horizon); got {stop} with horizon {horizon}.")
    return float(stop)
