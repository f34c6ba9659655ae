"""Does the score of noised data give the posterior mean of the data (Tweedie), with which factor, and whose mean?

x' = √(1 − β) x + √β z: ∇log p_β(x') = E[∇log p(x'|x) | x'] and x' + β∇log p_β(x') = √(1 − β) E[x | x']. Scores come
from closed forms, posteriors from Bayes' rule by quadrature over the data, which needs no score. Defects are roots of
means over p_β, relative to that of x'. With the prior mean E x in place of E[x | x'], or without √(1 − β), it fails.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from _identity import MIXTURE, atoms, gaussian

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.matching.average import rules
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
SMALL = (0.003, 0.01, 0.03)
# (1 − √(1 − β))/β = ½(1 + β/4 + …), and of E[x | x']² the posterior variance, β at most of E x² > 0.8, is missing
BENT = 2 * SMALL[-1]


@dataclass(frozen=True, eq=False)
class Noised:
    """A law after one step of noising."""

    law: Any
    kernel: matching.Kernel

    @cached_property
    def rule(self):
        """Places x' (n, 1) and weights for means over p_β."""
        x, w = rules(self.kernel.noised(self.law))[0]
        return x[:, None], w

    @cached_property
    def score(self):
        """∇log p_β at the places, in closed form."""
        return self.kernel.noised(self.law).score(self.rule[0])

    @cached_property
    def posterior(self):
        """E[x | x'] at the places, by Bayes' rule."""
        return matching.posterior_mean(self.law, self.kernel, self.rule[0])

    @property
    def prior(self):
        """E x."""
        return np.asarray(self.law.mean, dtype=float)

    @property
    def left(self):
        """x' + β∇log p_β(x')."""
        return self.rule[0] + self.kernel.noise**2 * self.score

    def defect(self, left, right, size):
        """The root mean square of left − right, relative to that of `size`; values at the places."""
        mean = [float(self.rule[1] @ (values**2)[:, 0]) for values in (left - right, size)]
        return math.sqrt(mean[0] / mean[1])


def subject(law, beta):
    return Noised(LAWS[law], matching.Kernel.step(beta))


def score_defect(at, cell):
    """∇log p_β(x') against E[∇log p(x'|x) | x']."""
    given = matching.posterior(lambda x, seen: at.kernel.conditional_score(seen, x), at.law, at.kernel, at.rule[0])
    return at.defect(at.score, given, at.score)


def score_defect_prior(at, cell):
    """∇log p_β(x') against E ∇log p(x'|x), x' fixed and x from the data, not from the posterior."""
    return at.defect(at.score, at.kernel.conditional_score(at.rule[0], at.prior), at.score)


def tweedie_defect(at, cell):
    """x' + β∇log p_β(x') against √(1 − β) E[x | x']."""
    return at.defect(at.left, at.kernel.scale * at.posterior, at.rule[0])


def tweedie_defect_unscaled(at, cell):
    """The same against E[x | x']."""
    return at.defect(at.left, at.posterior, at.rule[0])


def tweedie_defect_prior(at, cell):
    """The same against √(1 − β) E x."""
    return at.defect(at.left, at.kernel.scale * at.prior, at.rule[0])


def formula_defect(at, cell):
    """The package's `tweedie` against the posterior mean."""
    found = matching.tweedie(at.kernel.noised(at.law).score, at.kernel, at.rule[0])
    return at.defect(found, at.posterior, at.rule[0])


def own_defect(at, cell):
    """E[X_0 | X_t] and ∇log q_t of the running target, e^{−2t} = 1 − β, against Bayes' rule; 0 for the Gaussian."""
    if not hasattr(at.law, "posterior_mean"):
        return 0.0
    x, time = at.rule[0], -0.5 * math.log1p(-(at.kernel.noise**2))
    mean = at.defect(at.law.posterior_mean(x, time), at.posterior, x)
    return max(
        mean, at.defect(at.law.score_at(x, time), (at.kernel.scale * at.posterior - x) / at.kernel.noise**2, at.score)
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
            smoke=(*SMALL, 0.5), ci=(*SMALL, 0.1, 0.3, 0.6, 0.9), full=(*SMALL, 0.1, 0.3, 0.6, 0.9, 0.99)
        ),
    },
    observe={
        "score_defect": score_defect,
        "score_defect_prior": score_defect_prior,
        "tweedie_defect": tweedie_defect,
        "tweedie_defect_unscaled": tweedie_defect_unscaled,
        "tweedie_defect_prior": tweedie_defect_prior,
        "formula_defect": formula_defect,
        "own_defect": own_defect,
    },
    claims={
        "S1-05": [
            vanishes("score_defect", "∇log p_β(x') = E[∇log p(x'|x) | x']"),
            vanishes(
                "score_defect",
                "For atoms, which have no score, ∇log p_β(x') = E[∇log p(x'|x) | x'] as well",
                law="atoms",
            ),
            claims.NegativeControl(
                vanishes("score_defect_prior", "∇log p_β(x') is the mean of ∇log p(x'|x) over all data")
            ),
        ],
        "S1-06": [
            vanishes("tweedie_defect", "x' + β∇log p_β(x') = √(1 − β) E[x | x']"),
            vanishes("formula_defect", "(x' + σ²∇log p_σ(x'))/a is the posterior mean"),
            vanishes(
                "own_defect",
                "Posterior mean and score of mixtures and atoms under the OU process are those of Bayes' rule",
            ),
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
