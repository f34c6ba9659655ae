"""Rates of the proximal sampler (Chen, Chewi, Salim, Wibisono, 2022): y ~ N(x, ηI), x⁺ ∝ exp(−f − ‖· − y‖²/(2η))."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def w2_terms(*, strong_convexity: float, step: float, steps: int, start_w2: float) -> dict[str, float]:
    """Return (1 + mη)^{−k} W2(ν_0, π)."""
    return {"contraction": math.exp(-steps * math.log1p(strong_convexity * step)) * start_w2}


def kl_terms(*, log_sobolev: float, step: float, steps: int, start_kl: float) -> dict[str, float]:
    """Return (1 + αη)^{−2k} KL(ν_0‖π)."""
    return {"contraction": math.exp(-2 * steps * math.log1p(log_sobolev * step)) * start_kl}


def chi2_terms(*, poincare: float, step: float, steps: int, start_chi2: float) -> dict[str, float]:
    """Return (1 + η/C_P)^{−2k} χ²(ν_0‖π)."""
    return {"contraction": math.exp(-2 * steps * math.log1p(step / poincare)) * start_chi2}


def renyi_terms(*, log_sobolev: float, order: float, step: float, steps: int, start_renyi: float) -> dict[str, float]:
    """Return (1 + αη)^{−2k/q} R_q(ν_0‖π)."""
    return {"contraction": math.exp(-2 * steps / order * math.log1p(log_sobolev * step)) * start_renyi}


def convex_terms(*, step: float, steps: int, start_w2: float) -> dict[str, float]:
    """Return W2²(ν_0, π)/(kη)."""
    return {"transient": start_w2**2 / (steps * step) if steps else math.inf}


class Chen2022W2(FromChain, Bound):
    """W2(ν_k, π) ≤ (1 + mη)^{−k} W2(ν_0, π) for m-strongly convex f (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-w2"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 + mη)^{−k} W2(ν_0, π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.STRONGLY_CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(w2_terms)


class Chen2022KL(FromChain, Bound):
    """KL(ν_k‖π) ≤ (1 + αη)^{−2k} KL(ν_0‖π) under LSI(α) (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-kl"
    statement: ClassVar[str] = "KL(ν_k‖π) ≤ (1 + αη)^{−2k} KL(ν_0‖π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.LOG_SOBOLEV,
        need.FINITE_KL,
    )
    formula = staticmethod(kl_terms)


class Chen2022Chi2(FromChain, Bound):
    """χ²(ν_k‖π) ≤ (1 + η/C_P)^{−2k} χ²(ν_0‖π) under PI(C_P) (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-chi2"
    statement: ClassVar[str] = "χ²(ν_k‖π) ≤ (1 + η/C_P)^{−2k} χ²(ν_0‖π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "chi2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.POINCARE,
        need.FINITE_CHI2,
    )
    formula = staticmethod(chi2_terms)


class Chen2022Renyi(FromChain, Bound):
    """R_q(ν_k‖π) ≤ (1 + αη)^{−2k/q} R_q(ν_0‖π) under LSI(α), q ≥ 1 (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-renyi"
    statement: ClassVar[str] = "R_q(ν_k‖π) ≤ (1 + αη)^{−2k/q} R_q(ν_0‖π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "renyi"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.LOG_SOBOLEV,
        need.FINITE_RENYI,
    )
    formula = staticmethod(renyi_terms)
    domain: ClassVar[Domain] = {"q ≥ 1": lambda q: q["order"] >= 1}


class Chen2022Convex(FromChain, Bound):
    """KL(ν_k‖π) ≤ W2²(ν_0, π)/(kη) for convex f (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-convex"
    statement: ClassVar[str] = "KL(ν_k‖π) ≤ W2²(ν_0, π)/(kη)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(convex_terms)
