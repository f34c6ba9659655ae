"""From one divergence between the law of a chain and its target to another."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def pinsker_terms(*, kl: float) -> dict[str, float]:
    """Return √(KL/2)."""
    return {"pinsker": math.sqrt(kl / 2)}


def bretagnolle_huber_terms(*, kl: float) -> dict[str, float]:
    """Return √(1 − e^{−KL})."""
    return {"tv": math.sqrt(-math.expm1(-kl))}


def talagrand_terms(*, strong_convexity: float, kl: float) -> dict[str, float]:
    """Return √(2KL/m)."""
    return {"w2": math.sqrt(2 * kl / strong_convexity)}


def chi2_terms(*, chi2: float) -> dict[str, float]:
    """Return ½√χ²."""
    return {"tv": math.sqrt(chi2) / 2}


def guillin_terms(*, poincare: float, relative_fisher: float) -> dict[str, float]:
    """Return 2√(C_P FI)."""
    return {"tv": 2 * math.sqrt(poincare * relative_fisher)}


def log_sobolev_terms(*, strong_convexity: float, relative_fisher: float) -> dict[str, float]:
    """Return FI/(2m)."""
    return {"kl": relative_fisher / (2 * strong_convexity)}


class PinskerOutput(FromChain, Bound):
    """TV(ν, π) ≤ √(KL(ν‖π)/2), ν the law of the output (Tsybakov, 2009, Lemma 2.5). Status: quoted."""

    name: ClassVar[str] = "pinsker-output"
    statement: ClassVar[str] = "TV(ν, π) ≤ √(KL(ν‖π)/2)"
    reference: ClassVar[str] = "tsybakov2009introduction"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula = staticmethod(pinsker_terms)


class BretagnolleHuber(FromChain, Bound):
    """TV(ν, π) ≤ √(1 − e^{−KL(ν‖π)}), below one for every finite KL (Bretagnolle, Huber, 1979). Status: from memory."""

    name: ClassVar[str] = "bretagnolle-huber"
    statement: ClassVar[str] = "TV(ν, π) ≤ √(1 − e^{−KL(ν‖π)})"
    reference: ClassVar[str] = "bretagnolle1979estimation"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula = staticmethod(bretagnolle_huber_terms)


class Talagrand(FromChain, Bound):
    """W2(ν, π) ≤ √(2KL(ν‖π)/m), π m-strongly log-concave (Otto, Villani, 2000). Status: quoted."""

    name: ClassVar[str] = "talagrand"
    statement: ClassVar[str] = "W2(ν, π) ≤ √(2KL(ν‖π)/m)"
    reference: ClassVar[str] = "otto2000generalization"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.STRONGLY_CONVEX,)
    formula = staticmethod(talagrand_terms)


class TVChi2(FromChain, Bound):
    """TV(ν, π) ≤ ½√χ²(ν‖π). Status: derived here: TV = ½E_π|ν/π − 1|, and Cauchy–Schwarz."""

    name: ClassVar[str] = "tv-chi2"
    statement: ClassVar[str] = "TV(ν, π) ≤ ½√χ²(ν‖π)"
    reference: ClassVar[str] = "tsybakov2009introduction"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula = staticmethod(chi2_terms)


class Guillin2009(FromChain, Bound):
    """TV(ν, π)² ≤ 4C_P FI(ν‖π) under PI(C_P) (Guillin, Léonard, Wu, Yao, 2009).

    Status: original, in Balasubramanian et al. (2022, Lemma 7).
    """

    name: ClassVar[str] = "guillin2009"
    statement: ClassVar[str] = "TV(ν, π) ≤ 2√(C_P FI(ν‖π))"
    reference: ClassVar[str] = "guillin2009transportation"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.POINCARE,)
    formula = staticmethod(guillin_terms)


class LogSobolevConvex(FromChain, Bound):
    """KL(ν‖π) ≤ FI(ν‖π)/(2m), π m-strongly log-concave (Bakry, Émery, 1985). Status: quoted."""

    name: ClassVar[str] = "log-sobolev-convex"
    statement: ClassVar[str] = "KL(ν‖π) ≤ FI(ν‖π)/(2m)"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.STRONGLY_CONVEX,)
    formula = staticmethod(log_sobolev_terms)
