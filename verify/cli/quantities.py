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
    "kl": Quantity("KL(p||γ) of the data to the standard Gaussian", infinite=True),
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
    "relative_fisher": Quantity("relative Fisher information I(p||γ) of the data", infinite=True),
    "contraction": Quantity("contraction ζ, at least ‖M_0 − I‖"),
    "blur": Quantity("norm ‖M_1‖ of the covariance that is added"),
}


def quantity(name: str) -> Quantity:
    """Return the quantity called `name`; a formula may have others, of which only the sign is known."""
    return QUANTITIES.get(name, Quantity(name.replace("_", " "), infinite=True))
