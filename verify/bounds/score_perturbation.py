"""How much the score changes when a law is contracted and blurred by one OU step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, Domain, assume


def lemma_terms(
    *, dim: int, smoothness: float, fisher: float, second_moment: float, contraction: float, blur: float
) -> dict[str, float]:
    """Return L√(‖M_1‖d), Lζ m_2 and (ζ + L‖M_1‖)√J, ζ = `contraction` and ‖M_1‖ = `blur`."""
    return {
        "blur": smoothness * math.sqrt(blur * dim),
        "position": smoothness * contraction * math.sqrt(second_moment),
        "score": (contraction + smoothness * blur) * math.sqrt(fisher),
    }


def printed_terms(
    *, dim: int, smoothness: float, fisher: float, second_moment: float, contraction: float, blur: float
) -> dict[str, float]:
    """Return the misprinted variant: √‖M_1‖ without d in the first term, 2‖M_1‖ for L‖M_1‖ in the last."""
    correct = lemma_terms(
        dim=1,
        smoothness=smoothness,
        fisher=fisher,
        second_moment=second_moment,
        contraction=contraction,
        blur=blur,
    )
    return correct | {"score": (contraction + 2 * blur) * math.sqrt(fisher)}


def explicit_terms(
    *, dim: int, smoothness: float, fisher: float, second_moment: float, step: float
) -> dict[str, float]:
    """Return e^s L√(2wd), (e^s − 1 + 2w e^s L)√J and 2e^s L(e^s − 1)m_2, w = e^{2s} − 1, s = `step`."""
    grow, w = math.exp(step), math.expm1(2 * step)
    return {
        "blur": grow * smoothness * math.sqrt(2 * w * dim),
        "score": (math.expm1(step) + 2 * w * grow * smoothness) * math.sqrt(fisher),
        "position": 2 * grow * smoothness * math.expm1(step) * math.sqrt(second_moment),
    }


def last_step(sampler: Any) -> dict[str, float]:
    """Return d, L, J and E‖X‖² at the end τ_N of the last step, where the score is roughest."""
    process, stop = sampler.process, sampler.grid.stop
    return {
        "dim": sampler.dim,
        "smoothness": need.smoothness(sampler),
        "fisher": float(process.fisher(stop)),
        "second_moment": float(process.second_moment(stop)),
    }


def _step(sampler: Any) -> float:
    return float(sampler.grid.step_sizes[-1])


class ScorePerturbation(Bound):
    """‖∇log((M_0)_# q * N(0, M_1)/q)‖ ≲ L√(‖M_1‖d) + Lζ‖θ‖ + (ζ + L‖M_1‖)‖∇H(θ)‖ in L²(q), for L ≤ 1/(4‖M_1‖).

    ‖M_0 − I‖ ≤ ζ and H = −log q (Lee, Lu, Tan, 2022, used by Chen et al., 2023). Evaluated for the OU step that ends at
    τ_N: M_0 = e^{−h}I, M_1 = (1 − e^{−2h})I.
    """

    name: ClassVar[str] = "score-perturbation"
    statement: ClassVar[str] = "‖∇log((M_0)_# q * N(0, M_1)/q)‖ ≲ L√(‖M_1‖d) + Lζ‖θ‖ + (ζ + L‖M_1‖)‖∇H(θ)‖"
    reference: ClassVar[str] = "lee2022convergence"
    divergence: ClassVar[str] = "moment"
    constant: ClassVar[float | None] = None
    domain: ClassVar[Domain] = {"L ≤ 1/(4‖M_1‖)": lambda q: 4 * q["blur"] * q["smoothness"] <= 1 + 1e-12}
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.SMOOTH,
        assume(
            "L ≤ 1/(4‖M_1‖)",
            "the blur is small against the smoothness",
            lambda s: -4 * math.expm1(-2 * _step(s)) * need.smoothness(s) <= 1 + 1e-12,
            lambda s: f"4L‖M_1‖ = {-4 * math.expm1(-2 * _step(s)) * need.smoothness(s):.4g}",
        ),
    )
    formula = staticmethod(lemma_terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, L, J, E‖X‖² at τ_N, ζ = 1 − e^{−h} and ‖M_1‖ = 1 − e^{−2h}."""
        h = _step(sampler)
        return last_step(sampler) | {"contraction": -math.expm1(-h), "blur": -math.expm1(-2 * h)}


class ScorePerturbationPrinted(ScorePerturbation):
    """The lemma as misprinted in lecture notes, kept to be refuted: no d in the first term, 2‖M_1‖ in the last."""

    name: ClassVar[str] = "score-perturbation-printed"
    statement: ClassVar[str] = "‖∇log((M_0)_# q * N(0, M_1)/q)‖ ≲ L√‖M_1‖ + Lζ‖θ‖ + (ζ + 2‖M_1‖)‖∇H(θ)‖  (misprint)"
    formula = staticmethod(printed_terms)


class ScorePerturbationExplicit(Bound):
    """‖∇log(q_{τ+s}/q_τ)‖ ≤ e^s L√(2wd) + [e^s − 1 + 2we^s L]√J + 2e^s L(e^s − 1)m_2 in L²(q_τ).

    Here w = e^{2s} − 1 and wL ≤ ½.

    *Proof.* v_{τ+s}(x) = e^s E[v_τ(X_τ) | X_{τ+s} = x], so the difference from v(x) is
    (e^s − 1)v(x) + e^s E[v(X_τ) − v(x)]. The posterior of X_τ has potential H(y) + ‖y − e^s x‖²/(2w), which is
    1/(2w)-strongly convex; its mode y* obeys ‖y* − e^s x‖ ≤ 2w‖v(e^s x)‖ ≤ 2w(‖v(x)‖ + L(e^s − 1)‖x‖), and
    E‖Y − y*‖² ≤ 2wd. Since ‖v(Y) − v(x)‖ ≤ L‖Y − x‖ and 2wL ≤ 1, the pieces add up to the right-hand side. ∎
    Minkowski's inequality carries it from points to L²(q_τ).
    """

    name: ClassVar[str] = "score-perturbation-explicit"
    statement: ClassVar[str] = (
        "‖∇log(q_{τ+s}/q_τ)‖ ≤ e^s L√(2wd) + [e^s − 1 + 2w e^s L]√J + 2e^s L(e^s − 1)m_2, w = e^{2s} − 1"
    )
    reference: ClassVar[str] = "lee2022convergence"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "moment"
    domain: ClassVar[Domain] = {"wL ≤ ½": lambda q: math.expm1(2 * q["step"]) * q["smoothness"] <= 0.5}
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.SMOOTH,
        assume(
            "wL ≤ ½",
            "the step is small against the smoothness",
            lambda s: math.expm1(2 * _step(s)) * need.smoothness(s) <= 0.5,
            lambda s: f"wL = {math.expm1(2 * _step(s)) * need.smoothness(s):.4g}",
        ),
    )
    formula = staticmethod(explicit_terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, L, J and E‖X‖² at τ_N and the step s."""
        return last_step(sampler) | {"step": _step(sampler)}
