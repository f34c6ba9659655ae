"""The most exact form in which a law goes through a sampler."""

from __future__ import annotations

from typing import Any

from verify.errors import InvalidInput, NotAffine
from verify.laws.gaussian import Gaussian
from verify.laws.grid_density import GridDensity
from verify.laws.product_density import ProductDensity


def most_exact(law: Any, sampler: Any) -> Any:
    """Return the law of the last iterate of `sampler` when its first has `law`.

    A Gaussian stays a Gaussian where the step is affine; on the line it becomes a GridDensity where it is not, and a
    product of those where the coordinates of the target are independent. A target stands for its law. NotAffine in
    d ≥ 2 where the step is not affine: there only Particles go on.
    """
    law = getattr(law, "law", law)
    independent = hasattr(law, "coordinates") or getattr(law, "eigenvectors", 0) is None
    if independent and hasattr(getattr(sampler, "target", None), "coordinates"):
        return ProductDensity.of(law).through(sampler)
    if not hasattr(law, "through"):
        if not (hasattr(law, "dim") and hasattr(law, "sample")):
            raise InvalidInput(f"`law` must be a law, a target or None; got {type(law).__name__}.")
        if law.dim > 1:
            raise NotAffine(f"a {type(law).__name__} in d = {law.dim} has no exact form; draw laws.Particles from it.")
        law = GridDensity.of(law)
    if not isinstance(law, Gaussian):
        return law.through(sampler)
    try:
        return law.through(sampler)
    except NotAffine:
        if law.dim > 1:
            raise
    return GridDensity.of(law).through(sampler)
