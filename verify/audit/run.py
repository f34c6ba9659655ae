"""Run: the exact laws of one sampler at one number of steps, and their errors block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.linalg import block_diag

from verify import laws, targets
from verify.audit.level import Span
from verify.audit.probe import AffineMap
from verify.backend import Array
from verify.divergences import kl, total_variation, wasserstein2
from verify.estimate import Estimate


def product(blocks: Sequence[targets.Gaussian]) -> targets.Gaussian:
    """Return the product of independent targets: one run of a sampler serves them all."""
    return targets.Gaussian(
        np.concatenate([block.mean for block in blocks]), block_diag(*(block.cov for block in blocks))
    )


def marginal(law: laws.Gaussian, rows: slice) -> laws.Gaussian:
    """Return the law of some coordinates."""
    return laws.Gaussian(law.mean[rows], law.cov[rows, rows])


@dataclass(frozen=True, eq=False)
class Case:
    """One target at one number of steps: `output` from the exact first law, `practice` from the prior, and the goal."""

    target: targets.Gaussian
    output: laws.Gaussian
    practice: laws.Gaussian
    goal: laws.Gaussian

    @cached_property
    def discretisation(self) -> Estimate:
        """W2 to the goal from the exact first law: what the steps alone do wrong."""
        return wasserstein2(self.output, self.goal)

    @cached_property
    def total(self) -> Estimate:
        """W2 to the data from the prior: everything that is wrong in practice."""
        return wasserstein2(self.practice, self.target.law)

    @cached_property
    def prior(self) -> Estimate:
        """W2 that starting from the prior costs at the end."""
        return wasserstein2(self.practice, self.output)

    @cached_property
    def truncation(self) -> Estimate:
        """W2 from the goal to the data: early stopping, or the jump from the last noise level."""
        return wasserstein2(self.goal, self.target.law)

    @cached_property
    def kl(self) -> Estimate:
        """KL(data ‖ output) in practice."""
        return kl(self.target.law, self.practice)

    @cached_property
    def tv(self) -> Estimate:
        """TV between data and output in practice."""
        return total_variation(self.target.law, self.practice)

    @property
    def mean_error(self) -> float:
        """|mean − mean of the goal| from the exact first law."""
        return float(np.linalg.norm(self.output.mean - self.goal.mean))

    @property
    def cov_error(self) -> float:
        """The spectral norm of covariance − covariance of the goal, from the exact first law."""
        return float(np.linalg.norm(self.output.cov - self.goal.cov, 2))


@dataclass(frozen=True, eq=False)
class Run:
    """A sampler at `steps` steps: its affine map, where it runs from and to, and one case per target."""

    map: AffineMap
    span: Span
    cases: tuple[Case, ...]

    @property
    def steps(self) -> int:
        """N, as the sampler was asked for it."""
        return self.map.steps

    @property
    def evaluations(self) -> int:
        """Model calls that were made."""
        return len(self.map.calls)


def run(affine: AffineMap, span: Span, data: targets.Gaussian, blocks: Sequence[targets.Gaussian]) -> Run:
    """Return the laws of all blocks."""
    output, practice = affine.law(span.first(data)), affine.law(span.begun(data))
    goal = span.goal(data)
    ends = np.cumsum([block.dim for block in blocks])
    rows = [slice(int(end) - block.dim, int(end)) for block, end in zip(blocks, ends, strict=True)]
    cases = (
        Case(block, marginal(output, part), marginal(practice, part), marginal(goal, part))
        for block, part in zip(blocks, rows, strict=True)
    )
    return Run(affine, span, tuple(cases))


def size(target: targets.Gaussian) -> float:
    """Return the root mean square of the data, the unit of errors."""
    return float(np.sqrt(target.eigenvalues.sum() + target.mean @ target.mean))


def gaps(runs: Sequence[Run], block: int) -> Array:
    """Return by how much output and goal move, in W2 together, between neighbouring step counts.

    No error changes by more, so that a sum that is small beside the error says that a limit is reached.
    """
    cases = [r.cases[block] for r in runs]
    return np.array([float(wasserstein2(a.output, b.output)) + _moved(a.goal, b.goal) for a, b in pairwise(cases)])


def _moved(before: laws.Gaussian, after: laws.Gaussian) -> float:
    same = np.array_equal(before.mean, after.mean) and np.array_equal(before.cov, after.cov)
    return 0.0 if same else float(wasserstein2(before, after))
