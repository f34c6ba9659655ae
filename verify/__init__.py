"""boundcheck: convergence bounds of samplers and diffusion models, checked against exact laws.

Public names are imported when first used, so that `import verify` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify import (
        adapters,
        audit,
        bounds,
        claims,
        divergences,
        laws,
        matching,
        observables,
        processes,
        samplers,
        scores,
        targets,
    )
    from verify.divergences.chi2 import chi2
    from verify.divergences.fisher import fisher
    from verify.divergences.hellinger import hellinger
    from verify.divergences.kl import kl
    from verify.divergences.renyi import renyi
    from verify.divergences.total_variation import total_variation
    from verify.divergences.wasserstein import sliced_wasserstein2, wasserstein1, wasserstein2
    from verify.estimate import Estimate
    from verify.finding import Finding, Verdict
    from verify.study import Budgeted, Study
    from verify.timegrid import TimeGrid

_MODULES = (
    "adapters",
    "audit",
    "bounds",
    "claims",
    "divergences",
    "laws",
    "matching",
    "observables",
    "processes",
    "samplers",
    "scores",
    "targets",
)
_HOMES = {
    "Estimate": "verify.estimate",
    "Finding": "verify.finding",
    "Verdict": "verify.finding",
    "Budgeted": "verify.study",
    "Study": "verify.study",
    "TimeGrid": "verify.timegrid",
    "chi2": "verify.divergences",
    "fisher": "verify.divergences",
    "hellinger": "verify.divergences",
    "kl": "verify.divergences",
    "renyi": "verify.divergences",
    "sliced_wasserstein2": "verify.divergences",
    "total_variation": "verify.divergences",
    "wasserstein1": "verify.divergences",
    "wasserstein2": "verify.divergences",
}

__all__ = [
    "Budgeted",
    "Estimate",
    "Finding",
    "Study",
    "TimeGrid",
    "Verdict",
    "adapters",
    "audit",
    "bounds",
    "chi2",
    "claims",
    "divergences",
    "fisher",
    "hellinger",
    "kl",
    "laws",
    "matching",
    "observables",
    "processes",
    "renyi",
    "samplers",
    "scores",
    "sliced_wasserstein2",
    "targets",
    "total_variation",
    "wasserstein1",
    "wasserstein2",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"verify.{name}")
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'verify' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
