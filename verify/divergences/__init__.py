"""Distances between laws: exact for Gaussian pairs, with intervals and nulls for particles against a known law.

Each function returns an Estimate. The `*_terms`, `*_total` and `total_variations` take arrays of canonical pairs, so
that thousands of cells are evaluated at once.
"""

from verify.divergences.chi2 import chi2, chi2_total
from verify.divergences.fisher import fisher, fisher_terms
from verify.divergences.hellinger import hellinger, hellinger_total
from verify.divergences.kl import kl, kl_terms
from verify.divergences.pair import Pair, canonical, reduce
from verify.divergences.renyi import renyi, renyi_terms
from verify.divergences.total_variation import overlap, total_variation, total_variations
from verify.divergences.wasserstein import sliced_wasserstein2, wasserstein1, wasserstein2, wasserstein2_terms

__all__ = [
    "Pair",
    "canonical",
    "chi2",
    "chi2_total",
    "fisher",
    "fisher_terms",
    "hellinger",
    "hellinger_total",
    "kl",
    "kl_terms",
    "overlap",
    "reduce",
    "renyi",
    "renyi_terms",
    "sliced_wasserstein2",
    "total_variation",
    "total_variations",
    "wasserstein1",
    "wasserstein2",
    "wasserstein2_terms",
]
