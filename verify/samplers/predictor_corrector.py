"""PredictorCorrector: after each step of a reverse sampler, Langevin steps at the time it has reached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, namespace, to_index
from verify.errors import InvalidInput
from verify.laws.most_exact import most_exact
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler
from verify.samplers.schedule import at, root, schedule
from verify.scores import Score
from verify.timegrid import TimeGrid


@dataclass(frozen=True, eq=False)
class PredictorCorrector:
    """X ← predictor(X) from τ_i to τ_{i+1}, then M times X ← X + γ s(X, τ_{i+1}) + √(2γ) ξ (Song et al., 2021, §4.2).

    `size` γ is one number or one per step of the predictor, `corrections` M ≥ 0. Each of the two kinds of step is a
    step of this chain with a draw of its own: it has N(1 + M) of them. A corrector leaves q_{τ_{i+1}} as it is up to
    O(γ²), so that with γ = O(h) the law errs by O(h), with γ = O(h^{3/2}) by O(h²) at best.
    """

    predictor: ReverseSampler
    size: npt.ArrayLike
    corrections: int = 1

    evaluations: ClassVar[int] = 1  # score evaluations of a corrector

    def __post_init__(self) -> None:
        if not isinstance(self.predictor, ReverseSampler):
            raise InvalidInput(f"`predictor` must be a reverse sampler; got {type(self.predictor).__name__}.")
        count = self.corrections
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 0:
            raise InvalidInput(f"`corrections` must be a whole number >= 0; got {count!r}.")
        object.__setattr__(self, "size", schedule("size", self.size, self.predictor.steps))

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}, both of shape (…, d)."""
        cycle = 1 + self.corrections
        if isinstance(k, (int, np.integer)):
            step = self._corrected if int(k) % cycle else self.predictor.step
            return step(int(k) // cycle, x, noise)
        i, j = np.divmod(to_index(k), cycle)
        if not self.corrections:
            return self.predictor.step(i, x, noise)
        shared = _Shared(noise.normal(), noise)
        predicted = self.predictor.step(i, x, shared)
        corrected = self._corrected(i, x, _Shared(shared.first, noise))
        return namespace(x).where(like(j[..., None], x) == 0, predicted, corrected)

    def _corrected(self, i: Any, x: AnyArray, noise: Noise) -> AnyArray:
        size = at(self._sizes, i, x)
        _, after, _ = self.grid.interval(i, x)
        return x + size * self.score(x, after) + root(2 * size) * noise.normal()

    @property
    def steps(self) -> int:
        """N(1 + M)."""
        return self.predictor.steps * (1 + self.corrections)

    @property
    def score(self) -> Score:
        """s."""
        return self.predictor.score

    @property
    def grid(self) -> TimeGrid:
        """The grid of the predictor."""
        return self.predictor.grid

    @property
    def target(self) -> Any:
        """The data law p."""
        return self.predictor.target

    @property
    def dim(self) -> int:
        """d."""
        return self.predictor.dim

    def marginal(self, k: int) -> Any:
        """Return q at the time where x_k stands: τ_i before step i of the predictor, τ_{i+1} ever after it."""
        return self.predictor.marginal(int(self._place(np.array([k]))[0]))

    def marginal_moments(self, k: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return the means and variances of these laws in the target's eigenbasis, each (K, d)."""
        return self.predictor.marginal_moments(self._place(k))

    def _place(self, k: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the index on the grid of the time where x_k stands: ⌈k/(1 + M)⌉."""
        return np.asarray(-(-k // (1 + self.corrections)))

    def growth(self, k: Any) -> Any:
        """Return that of the predictor, e^h: the gain of a corrector has terms no larger than 1 + |gain|."""
        return self.predictor.growth(np.asarray(k) // (1 + self.corrections))

    def goal(self) -> Any:
        """Return q_δ."""
        return self.predictor.goal()

    def start(self) -> Any:
        """Return the law of x_0, the predictor's."""
        return self.predictor.start()

    def run(self, law: Any = None) -> Any:
        """Return the law of the last iterate from `law`; None: from `start()`, in its exact form."""
        return most_exact(self.start() if law is None else law, self)

    @cached_property
    def _sizes(self) -> Array:
        return np.asarray(self.size)


class _Shared:
    """Gives a draw that was made before, then what `noise` gives: rows of one array may be at steps of either kind."""

    def __init__(self, first: AnyArray, noise: Noise) -> None:
        self.first, self.noise, self.given = first, noise, False

    def normal(self) -> AnyArray:
        """Return the draw made before, the first time."""
        if self.given:
            return self.noise.normal()
        self.given = True
        return self.first

    def uniform(self, width: int | None = None) -> AnyArray:
        """Return uniforms of their own."""
        return self.noise.uniform(width)
