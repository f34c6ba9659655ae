"""AnnealedLangevin: Langevin steps on the data blurred by less and less noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from verify import laws, targets
from verify.backend import AnyArray, Array, maths
from verify.errors import InvalidInput
from verify.laws.most_exact import most_exact
from verify.noise import Noise
from verify.samplers.langevin import positive
from verify.samplers.schedule import at, root
from verify.samplers.stage import Stage, stages
from verify.scores import Score
from verify.targets.convolved import convolved


@dataclass(frozen=True, eq=False)
class AnnealedLangevin:
    """X' = X + (ε_i/2) s_i(X) + √ε_i ξ, `steps_per_level` times at each level σ_i (Song, Ermon, 2019, Algorithm 1).

    s_i ≈ ∇log p * N(0, σ_i²I), ε_i = ε σ_i²/σ_min² with ε = `step_size`; from `begin`, None: N(0, σ_1²I). `levels` (L,)
    decrease, or the modes never mix; `any_order` lets pass what does not. `score` s_t is that of the OU process:
    s_i(x) = e^{−t} s_t(e^{−t}x) with e^{2t} = 1 + σ_i². Its goal is p * N(0, σ_L²I). A level is ULA with γ = ε_i/2, so
    ε < 4σ_min² is stable for all data.
    """

    score: Score
    levels: npt.ArrayLike
    step_size: float
    steps_per_level: int
    begin: Any = None
    any_order: bool = False

    evaluations: ClassVar[int] = 1  # score evaluations a step

    def __post_init__(self) -> None:
        if not (callable(self.score) and hasattr(self.score, "target")):
            raise InvalidInput(f"`score` must be a score with a target; got {type(self.score).__name__}.")
        object.__setattr__(self, "levels", _checked(self.levels, self.any_order))
        object.__setattr__(self, "step_size", positive("step_size", self.step_size))
        count = self.steps_per_level
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise InvalidInput(f"`steps_per_level` must be a whole number >= 1; got {count!r}.")
        if self.begin is not None and getattr(self.begin, "dim", None) != self.dim:
            raise InvalidInput(f"`begin` must be a law on R^{self.dim}; got {type(self.begin).__name__}.")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}, both of shape (…, d)."""
        sigma, size = at(self._sigmas, k, x), at(self._sizes, k, x)
        return x + 0.5 * size * self.score_at(x, sigma) + root(size) * noise.normal()

    def score_at(self, x: AnyArray, sigma: Any) -> AnyArray:
        """Return the score of p * N(0, σ²I), (…, d) -> (…, d); σ a float or of shape (…, 1)."""
        m = maths(sigma)
        stretch = m.sqrt(1 + sigma * sigma)
        return self.score(x / stretch, 0.5 * m.log1p(sigma * sigma)) / stretch

    @property
    def steps(self) -> int:
        """N = L · steps_per_level."""
        return self._sigmas.size

    @property
    def target(self) -> Any:
        """The data law p."""
        return self.score.target

    @property
    def dim(self) -> int:
        """d."""
        return int(self.target.dim)

    def marginal(self, k: int) -> Any:
        """Return p * N(0, σ²I) at the level of step k, the last one for k = N."""
        return convolved(self.target, float(self._sigmas[min(int(k), self.steps - 1)]))

    def marginal_moments(self, k: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return the means and variances of these laws in the target's eigenbasis, each (K, d), for Gaussian data."""
        sigma = self._sigmas[np.minimum(k, self.steps - 1)][:, None]
        variances = self.target.eigenvalues + sigma**2
        return np.broadcast_to(self.target.spectral_mean, variances.shape), variances

    def growth(self, k: Any) -> Any:
        """Return 1: a gain is I − ε_i/2·(something) and its terms are no larger than 1 + |gain|."""
        return np.ones(np.shape(k))

    def goal(self) -> Any:
        """Return p * N(0, σ_L²I), σ_L the last level."""
        return self.marginal(self.steps)

    def start(self) -> Any:
        """Return the law of x_0."""
        if self.begin is not None:
            return self.begin
        return laws.Gaussian(np.zeros(self.dim), self._sigmas[0] ** 2 * np.eye(self.dim))

    def run(self, law: Any = None) -> Any:
        """Return the law of the last iterate from `law`; None: from `start()`, in its exact form."""
        law = self.start() if law is None else law
        if isinstance(law, laws.Particles) or isinstance(self.target, targets.Gaussian):
            return most_exact(law, self)
        for stage in self.stages():
            law = most_exact(law, stage)
        return law

    def stages(self) -> tuple[Stage, ...]:
        """Return the levels as chains of their own: grid laws keep one kernel for each."""
        return stages(self, np.full(self.steps // self.steps_per_level, self.steps_per_level))

    @cached_property
    def _sigmas(self) -> Array:
        return np.repeat(np.asarray(self.levels), self.steps_per_level)

    @cached_property
    def _sizes(self) -> Array:
        return np.asarray(self.step_size * (self._sigmas / self._sigmas.min()) ** 2)


def _checked(levels: npt.ArrayLike, any_order: bool) -> Array:
    try:
        found = np.atleast_1d(np.array(levels, dtype=np.float64))
    except (TypeError, ValueError):
        raise InvalidInput(f"`levels` must be numbers > 0; got {type(levels).__name__}.") from None
    if found.ndim != 1 or not found.size or not (np.isfinite(found) & (found > 0)).all():
        raise InvalidInput(f"`levels` must be finite numbers > 0, at least one; got shape {found.shape}.")
    if not any_order and (np.diff(found) >= 0).any():
        i = int(np.argmax(np.diff(found) >= 0))
        raise InvalidInput(
            f"`levels` must decrease, from the largest noise to the smallest; {found[i]:.6g} comes before "
            f"{found[i + 1]:.6g} (any_order=True lets that pass)."
        )
    found.flags.writeable = False
    return found
