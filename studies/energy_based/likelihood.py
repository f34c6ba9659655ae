"""What is the gradient of the likelihood of an energy-based model?

p_θ ∝ e^{−βf_θ} on the line, three families. The loss L(θ) = βE_data f_θ + log Z(θ, β) is differentiated by a complex
step, which cancels nothing; the formula takes means under data and model. Integrals are trapezoid sums on a grid beyond
which e^{−βf} is below 1e-17: for analytic integrands that is exact to rounding.
"""

from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims
from verify.cli import main_study

X = np.linspace(-12.0, 12.0, 6001)
TINY = 1e-30
# Sums of 6,001 terms of one sign, and two of them subtracted: 64 ε of the larger mean, which is below 10 here.
ROUNDING = 640 * np.finfo(float).eps
# what θ multiplies in f_θ(x) = Σ θ_i T_i(x), and a third family where θ enters nonlinearly
FAMILIES = {
    "quadratic": (lambda x, t: t[0] * x + t[1] * x**2 / 2, (0.4, 2.0)),
    "two wells": (lambda x, t: t[0] * (x**2 - 1) ** 2 + t[1] * x, (0.7, -0.3)),
    "shifted": (lambda x, t: (x - t[0]) ** 2 / 2 + np.log(np.cosh(x * t[1])), (0.6, 1.5)),
}
DATA = np.exp(-((X - 0.3) ** 2) / 1.1) * (1 + 0.5 * np.sin(X))
DATA /= DATA.sum()


@dataclass(frozen=True)
class Model:
    """One family at one β; its parameters have an index."""

    energy: object
    theta: tuple
    beta: float
    index: int

    def perturbed(self):
        """Return θ with i·TINY added to the parameter."""
        theta = np.array(self.theta, dtype=complex)
        theta[self.index] += 1j * TINY
        return theta

    def log_normaliser(self, theta):
        """log Z up to the constant of the grid, with the largest exponent taken out."""
        exponent = -self.beta * self.energy(X, theta)
        top = exponent.real.max()
        return np.log(np.exp(exponent - top).sum()) + top

    @property
    def slope(self):
        """∂f_θ(x) along the parameter, by a complex step."""
        return self.energy(X, self.perturbed()).imag / TINY

    @property
    def density(self):
        """p_θ on the grid, of sum 1."""
        exponent = -self.beta * self.energy(X, np.array(self.theta))
        weights = np.exp(exponent - exponent.max())
        return weights / weights.sum()


def subject(family, beta, parameter):
    return Model(*FAMILIES[family], beta, parameter)


def log_z_slope(model, cell):
    return float(model.log_normaliser(model.perturbed()).imag / TINY)


def loss_slope(model, cell):
    theta = model.perturbed()
    return float((model.beta * DATA @ model.energy(X, theta) + model.log_normaliser(theta)).imag / TINY)


def model_mean(model, cell):
    return float(-model.beta * model.density @ model.slope)


def difference(model, cell):
    return float(model.beta * (DATA - model.density) @ model.slope)


STUDY = vf.Study(
    name="energy_based/likelihood",
    question="What is the gradient of the likelihood of an energy-based model?",
    subject=subject,
    sweep={"family": tuple(FAMILIES), "beta": (0.5, 1.0, 2.0), "parameter": (0, 1)},
    observe={
        "log_z_slope": log_z_slope,
        "minus_model_mean": model_mean,
        "plus_model_mean": lambda model, cell: -model_mean(model, cell),
        "loss_slope": loss_slope,
        "difference_of_means": difference,
        "sum_of_signs_turned": lambda model, cell: -difference(model, cell),
    },
    claims={
        "S4-12": [
            claims.Identity(
                "log_z_slope",
                "minus_model_mean",
                ROUNDING,
                statement="The gradient of log Z_θ, by a complex step, is −E_θ of the energy's gradient",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "log_z_slope", "plus_model_mean", ROUNDING, statement="The gradient of log Z_θ is +E_θ ∇U_θ"
                )
            ),
        ],
        "S0-07": [
            claims.Identity(
                "loss_slope",
                "difference_of_means",
                ROUNDING,
                statement="The gradient of βE_data f_θ + log Z(θ, β) is β(E_data ∇f_θ − E_θ ∇f_θ)",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "loss_slope",
                    "sum_of_signs_turned",
                    ROUNDING,
                    statement="The gradient of βE_data f_θ + log Z(θ, β) is β(E_θ ∇f_θ − E_data ∇f_θ)",
                )
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
