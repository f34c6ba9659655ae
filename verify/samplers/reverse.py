"""ReverseSampler: what all discretisations of the time-reversed OU process share.

Forward dX = −X dt + √2 dB, X_0 ~ p, q_t = Law(X_t); in reverse dY = (Y + 2∇log q_{T−t}(Y)) dt + √2 dB from Y_0 ~ q_T
(Anderson, 1982). A sampler stands at the noise times τ_k of its grid and starts from γ = N(0, I) or from q_T itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt

from verify import laws, targets
from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.laws.most_exact import most_exact
from verify.noise import Noise
from verify.processes import MixtureDiffusion, OrnsteinUhlenbeck
from verify.scores import Score
from verify.timegrid import TimeGrid

Begin = Literal["standard", "marginal"]


@dataclass(frozen=True, eq=False)
class ReverseSampler(ABC):
    """Reverse-time sampler with score estimate `score` on `grid`, begun at γ ("standard") or at q_T ("marginal").

    `order` is the declared order in h of the law's W2 and TV error; `freeze` says what the drift holds fixed over a
    step: drift(Y_t) = (1 − freeze)·Y_t + freeze·Y_k + 2 s_k(Y_k). None: the noise is not that of the reverse SDE, so
    path measures are mutually singular and no Girsanov formula applies.
    """

    score: Score
    grid: TimeGrid
    begin: Begin = "standard"

    order: ClassVar[int]
    freeze: ClassVar[float | None] = None
    evaluations: ClassVar[int] = 1  # score evaluations a step

    def __post_init__(self) -> None:
        if not (callable(self.score) and hasattr(self.score, "target")):
            raise InvalidInput(f"`score` must be a score with a target; got {type(self.score).__name__}.")
        if not isinstance(self.grid, TimeGrid):
            raise InvalidInput(f"`grid` must be a TimeGrid; got {type(self.grid).__name__}.")
        if self.begin not in get_args(Begin):
            raise InvalidInput(f"`begin` must be 'standard' or 'marginal'; got {self.begin!r}.")

    @abstractmethod
    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1} from x_k, both of shape (…, d)."""

    @property
    def steps(self) -> int:
        """N."""
        return self.grid.steps

    @property
    def target(self) -> Any:
        """The data law p: a Gaussian, a mixture, an empirical law."""
        return self.score.target

    @property
    def dim(self) -> int:
        """d."""
        return int(self.target.dim)

    @property
    def process(self) -> Any:
        """The forward process from the target."""
        return OrnsteinUhlenbeck(self.target) if self.is_gaussian else MixtureDiffusion(self.target)

    @property
    def is_gaussian(self) -> bool:
        """True for Gaussian data."""
        return isinstance(self.target, targets.Gaussian)

    def marginal(self, k: int) -> Any:
        """Return q_{τ_k}, the law that x_k would have without any error."""
        return self.target.diffused(float(self.grid.tau[k]))

    def marginal_moments(self, k: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return the means and variances of q_{τ_k} in the target's eigenbasis, each (K, d)."""
        tau = self.grid.tau[k][:, None]
        return self.target.mean_at(tau), self.target.variances_at(tau)

    def growth(self, k: Any) -> Any:
        """Return e^{h_k}: no term of the gain of step k is larger before they cancel."""
        return np.exp(self.grid.step_sizes[k])

    def goal(self) -> Any:
        """Return q_δ, the law that the last iterate should have: the target itself for δ = 0."""
        return self.target.diffused(self.grid.stop)

    def start(self) -> Any:
        """Return γ or q_T; γ knows its exact deviation from a Gaussian q_T: −e^{−T} m and e^{−2T}(1 − λ)."""
        if not self.is_gaussian:
            return self.marginal(0) if self.begin == "marginal" else laws.Gaussian.standard(self.dim)
        horizon = self.grid.horizon
        first, zero = self.marginal(0), np.zeros(self.dim)
        if self.begin == "marginal":
            return laws.Gaussian.deviating(laws.Deviation(first, zero, zero, zero, zero))
        shift = -np.exp(-horizon) * self.target.spectral_mean
        change = np.exp(-2 * horizon) * (1 - self.target.eigenvalues)
        eps = 4 * np.finfo(float).eps
        return laws.Gaussian.deviating(laws.Deviation(first, shift, change, eps * np.abs(shift), eps * np.abs(change)))

    def run(self, law: Any = None) -> Any:
        """Return the law of the last iterate from `law`; None: from `start()`, in its exact form."""
        return self.output if law is None else most_exact(law, self)

    @cached_property
    def output(self) -> Any:
        """The exact law of the last iterate; a study that has folded it with others puts it here."""
        return most_exact(self.start(), self)
