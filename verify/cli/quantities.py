"""The quantities that bounds are formulas of: what each stands for, and the numbers that it can be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.errors import InvalidInput


@dataclass(frozen=True)
class Quantity:
    """A quantity: its meaning and its range, `least` included where `closed`, infinity included where `infinite`."""

    meaning: str
    least: float = 0.0
    closed: bool = True
    infinite: bool = False
    whole: bool = False

    @property
    def range(self) -> str:
        """The range in words, as ``a finite number > 0``."""
        kind = "whole " if self.whole else "" if self.infinite else "finite "
        return f"a {kind}number {'>=' if self.closed else '>'} {self.least:g}"

    def require(self, name: str, value: float) -> None:
        """Raise InvalidInput where `value` is outside the range."""
        above = value >= self.least if self.closed else value > self.least
        if not above or (value == math.inf and not self.infinite):
            raise InvalidInput(f"--{name.replace('_', '-')} must be {self.range}; got {value}.")


QUANTITIES = {
    "dim": Quantity("dimension d", least=1, whole=True),
    "smoothness": Quantity("smoothness L, the Lipschitz constant of the scores", closed=False),
    "second_moment": Quantity("second moment m_2^2 = E|X|^2 of the data"),
    "kl": Quantity("KL(p||γ) of the data to the standard Gaussian, or KL of a law to its target", infinite=True),
    "chi2": Quantity("chi-square divergence of a law to its target", infinite=True),
    "initial_kl": Quantity("KL of the law at T to the law that the sampler starts from", infinite=True),
    "path_kl": Quantity("KL of the path measures, started alike", infinite=True),
    "horizon": Quantity("horizon T, the time at which the forward process ends", closed=False),
    "stop": Quantity("time δ before the data at which the sampler stops", closed=False),
    "time": Quantity("time t of the forward process"),
    "steps": Quantity("number of steps N", least=1, whole=True),
    "step": Quantity("step size h", closed=False),
    "kappa": Quantity("κ, the largest step divided by min(1, its end)", closed=False),
    "score_error": Quantity("score error ε in L² of the law"),
    "fisher": Quantity("Fisher information J of the data", closed=False),
    "relative_fisher": Quantity(
        "relative Fisher information of the data to γ, or of a law to its target", infinite=True
    ),
    "contraction": Quantity("contraction ζ, at least ‖M_0 − I‖"),
    "strong_convexity": Quantity("strong convexity m of f, target e^(−f)"),
    "log_sobolev": Quantity("log-Sobolev constant α: KL <= FI/(2α)", closed=False),
    "poincare": Quantity("Poincaré constant C_P: Var g <= C_P E|∇g|²", closed=False),
    "hessian_lipschitz": Quantity("Lipschitz constant L_2 of the Hessian of f"),
    "hessian_size": Quantity("N_1, the root of E‖∇²f‖² (Frobenius) under the target"),
    "drift_size": Quantity("N_2, the root of E|Δ∇f − ∇²f∇f|² under the target"),
    "order": Quantity("order q of the Rényi divergence", least=1),
    "start_w2": Quantity("W2 of the start to the target", infinite=True),
    "start_twisted_w2": Quantity("W2 of the start to the target, as laws of (x, x + v)", infinite=True),
    "start_kl": Quantity("KL of the start to the target", infinite=True),
    "start_chi2": Quantity("chi-square divergence of the start to the target", infinite=True),
    "start_renyi": Quantity("Rényi divergence of the start to the target, of order q", infinite=True),
    "start_distance": Quantity("distance of the starting point to the minimiser of f"),
    "before_w2": Quantity("W2 to the target one step before", infinite=True),
    "after_w2": Quantity("W2 to the target after the step", infinite=True),
    "gradient_noise": Quantity("σ, the gradients have noise of variance σ²d at most"),
    "gradient_bias": Quantity("δ, the gradients have a bias of δ√d at most"),
    "friction": Quantity("friction of kinetic Langevin", closed=False),
    "inverse_mass": Quantity("inverse mass u of kinetic Langevin", closed=False),
    "accuracy": Quantity("accuracy to be reached", closed=False),
    "blur": Quantity("norm ‖M_1‖ of the covariance that is added"),
}


def quantity(name: str) -> Quantity:
    """Return the quantity called `name`; a formula may have others, of which only the sign is known."""
    return QUANTITIES.get(name, Quantity(name.replace("_", " "), infinite=True))
