"""Does the score of noised data give the posterior mean of the data (Tweedie), with which factor, and whose mean?

x' = √(1 − β) x + √β z: ∇log p_β(x') = E[∇log p(x'|x) | x'] and x' + β∇log p_β(x') = √(1 − β) E[x | x']. Scores come
from closed forms, posteriors from Bayes' rule by quadrature over the data, which needs no score. Defects are roots of
means over p_β, relative to that of x'. With the prior mean E x in place of E[x | x'], or without √(1 − β), it fails.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from _identity import MIXTURE, atoms, gaussian

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.matching.average import expected
from verify.report import figures
from verify.targets import GaussianMixture

LAWS = {
    "gaussian": gaussian(),
    "mixture": MIXTURE,
    "far modes": GaussianMixture((0.2, 0.8), (-6.0, 5.0), (0.2, 1.5)),
    "atoms": atoms(),
}
# 1e-15 of the terms, which are larger than x' by x'/√β, and the root of a square: nothing below 1e-9 is resolved
ROUNDING = 1e-9
SMALL = (0.001, 0.003, 0.01)
# (1 − √(1 − β))/β = ½ + β/8 + …: the slope moves by β/4 at most
BENT = 0.02


@dataclass(frozen=True, eq=False)
class Noised:
    """A law after one step of noising."""

    law: Any
    kernel: matching.Kernel

    def defect(self, left, right, size):
        """The root mean square of left − right over p_β, relative to that of `size`; functions of x'."""

        def mean(g):
            return expected(lambda x: (g(x) ** 2)[:, 0], self.kernel.noised(self.law), self.kernel.noise).value

        return math.sqrt(max(mean(lambda x: left(x) - right(x)), 0.0) / mean(size))


def subject(law, beta):
    return Noised(LAWS[law], matching.Kernel.step(beta))


def score_defect(at, cell):
    """∇log p_β(x') against E[∇log p(x'|x) | x']."""

    def given(x):
        return matching.posterior(lambda x0, seen: at.kernel.conditional_score(seen, x0), at.law, at.kernel, x)

    score = at.kernel.noised(at.law).score
    return at.defect(score, given, score)


def score_defect_prior(at, cell):
    """∇log p_β(x') against E ∇log p(x'|x), x' fixed and x from the data, not from the posterior."""
    score = at.kernel.noised(at.law).score
    mean = np.asarray(at.law.mean, dtype=float)
    return at.defect(score, lambda x: at.kernel.conditional_score(x, mean), score)


def tweedie_defect(scaled):
    """Return the observable: x' + β∇log p_β(x') against √(1 − β) E[x | x'], or E[x | x'] where not scaled."""

    def measure(at, cell):
        kernel, score = at.kernel, at.kernel.noised(at.law).score
        factor = kernel.scale if scaled else 1.0
        left = lambda x: x + kernel.noise**2 * score(x)  # noqa: E731
        return at.defect(left, lambda x: factor * matching.posterior_mean(at.law, kernel, x), lambda x: x)

    return measure


def tweedie_defect_prior(at, cell):
    """x' + β∇log p_β(x') against √(1 − β) E x."""
    score, mean = at.kernel.noised(at.law).score, np.asarray(at.law.mean, dtype=float)
    return at.defect(
        lambda x: x + at.kernel.noise**2 * score(x), lambda x: np.full(x.shape, at.kernel.scale * mean), lambda x: x
    )


def formula_defect(at, cell):
    """The package's `tweedie` against the posterior mean."""
    law = at.kernel.noised(at.law)
    return at.defect(
        lambda x: matching.tweedie(law.score, at.kernel, x),
        lambda x: matching.posterior_mean(at.law, at.kernel, x),
        lambda x: x,
    )


def vanishes(column, words, **where):
    """Return the claim that a defect is zero."""
    return claims.Identity(column, 0.0, ROUNDING, statement=words, where=where)


STUDY = vf.Study(
    name="score_matching/tweedie",
    question="Does the score of noised data give the posterior mean of the data, and with which factor?",
    subject=subject,
    sweep={
        "law": tuple(LAWS),
        "beta": vf.Budgeted(
            smoke=(*SMALL, 0.1, 0.5), ci=(*SMALL, 0.1, 0.3, 0.6, 0.9), full=(*SMALL, 0.03, 0.1, 0.3, 0.6, 0.9, 0.99)
        ),
    },  # fmt: skip
    observe={
        "score_defect": score_defect,
        "score_defect_prior": score_defect_prior,
        "tweedie_defect": tweedie_defect(True),
        "tweedie_defect_unscaled": tweedie_defect(False),
        "tweedie_defect_prior": tweedie_defect_prior,
        "formula_defect": formula_defect,
    },
    claims={
        "S1-05": [
            vanishes("score_defect", "∇log p_β(x') = E[∇log p(x'|x) | x']"),
            vanishes("score_defect", "It holds for atoms, where ∇log p does not exist", law="atoms"),
            claims.NegativeControl(
                vanishes("score_defect_prior", "∇log p_β(x') is the mean of ∇log p(x'|x) over all data")
            ),
        ],
        "S1-06": [
            vanishes("tweedie_defect", "x' + β∇log p_β(x') = √(1 − β) E[x | x']"),
            vanishes("formula_defect", "(x' + σ²∇log p_σ(x'))/a is the posterior mean"),
            claims.Rate(
                "tweedie_defect_unscaled",
                "beta",
                1.0,
                BENT,
                where={"beta": SMALL},
                statement="What a missing √(1 − β) costs grows as β",
            ),
            claims.NegativeControl(vanishes("tweedie_defect_unscaled", "x' + β∇log p_β(x') = E[x | x']")),
            claims.NegativeControl(vanishes("tweedie_defect_prior", "x' + β∇log p_β(x') = √(1 − β) E x")),
        ],
    },
    figures=[figures.Lines("beta", ("tweedie_defect_unscaled", "tweedie_defect_prior"), within="law")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
