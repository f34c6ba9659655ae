"""What is the gradient of the likelihood of an energy-based model?

p_θ ∝ e^{−βf_θ} on the line, three families. Z is a trapezoid sum, exact to rounding for analytic integrands on a grid
beyond which e^{−βf} is below 1e-17, and is differentiated by a complex step, which cancels nothing; the means under
data and model that the formula takes are adaptive quadratures of their own. On [−1.5, 1.5] the models at θ and at a
moved θ are compared in total variation.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad

import verify as vf
from verify import claims
from verify.cli import main_study

X = np.linspace(-12.0, 12.0, 6001)
TINY = 1e-30
# Adaptive quadrature to 1e-13 of integrals of order one, a mean from two of them and at most β = 2 times it.
QUADRATURE = 1e-11
SHORT = np.linspace(-1.5, 1.5, 20_001)  # a kink of the integrand costs (1.5e-4)² of the total variation
KINK = 1e-7
# what θ multiplies in f_θ(x) = Σ θ_i T_i(x), and a third family where θ enters nonlinearly
FAMILIES = {
    "quadratic": (lambda x, t: t[0] * x + t[1] * x**2 / 2, (0.4, 2.0)),
    "two wells": (lambda x, t: t[0] * (x**2 - 1) ** 2 + t[1] * x, (0.7, -0.3)),
    "shifted": (lambda x, t: (x - t[0]) ** 2 / 2 + np.log(np.cosh(x * t[1])), (0.6, 1.5)),
}


def data(x):
    """Return the density of the data up to its constant."""
    return np.exp(-((x - 0.3) ** 2) / 1.1) * (1 + 0.5 * np.sin(x))


def mean(density, g):
    """Return ∫ g·density/∫ density by adaptive quadrature."""
    parts = [
        quad(f, -12, 12, epsabs=1e-14, epsrel=1e-13, limit=400, points=(-1, 0, 1))[0]
        for f in (lambda x: float(g(x) * density(x)), lambda x: float(density(x)))
    ]
    return parts[0] / parts[1]


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

    def log_normaliser(self, theta, x=X):
        """log Z up to the constant of the grid, with the largest exponent taken out."""
        exponent = -self.beta * self.energy(x, theta)
        top = exponent.real.max()
        return np.log(np.exp(exponent - top).sum()) + top

    def slope(self, x):
        """∂f_θ(x) along the parameter, by a complex step."""
        return self.energy(x, self.perturbed()).imag / TINY

    def density(self, x):
        """p_θ up to its constant."""
        return np.exp(-self.beta * self.energy(x, np.array(self.theta)))

    def moved(self):
        """Return U at θ and at θ with the parameter moved by 0.2, on the short interval."""
        shift = 0.2 * np.eye(2)[self.index]
        return (self.beta * self.energy(SHORT, np.array(self.theta) + by) for by in (0.0, shift))


def subject(family, beta, parameter):
    return Model(*FAMILIES[family], beta, parameter)


def log_z_slope(model, cell):
    return float(model.log_normaliser(model.perturbed()).imag / TINY)


def log_z_slope_cut(model, cell):
    """The same of a sum that ends at 1: another model."""
    return float(model.log_normaliser(model.perturbed(), X[X < 1]).imag / TINY)


def loss_slope(model, cell):
    """The derivative of βE_data f_θ + log Z, both as trapezoid sums."""
    theta, weights = model.perturbed(), data(X) / data(X).sum()
    return float((model.beta * weights @ model.energy(X, theta) + model.log_normaliser(theta)).imag / TINY)


def model_mean(model, cell):
    return -model.beta * mean(model.density, model.slope)


def difference(model, cell):
    return model.beta * (mean(data, model.slope) - mean(model.density, model.slope))


def total_variation(model, cell):
    p, q = (np.exp(-u) / np.exp(-u).sum() for u in model.moved())
    return 0.5 * float(np.abs(p - q).sum())


def supremum(share):
    """Return the observable share·sup|U − U_θ|."""

    def measure(model, cell):
        here, there = model.moved()
        return share * float(np.abs(here - there).max())

    return measure


STUDY = vf.Study(
    name="energy_based/likelihood",
    question="What is the gradient of the likelihood of an energy-based model?",
    subject=subject,
    sweep={"family": tuple(FAMILIES), "beta": (0.5, 1.0, 2.0), "parameter": (0, 1)},
    observe={
        "log_z_slope": log_z_slope,
        "minus_model_mean": model_mean,
        "plus_model_mean": lambda model, cell: -model_mean(model, cell),
        "log_z_slope_cut": log_z_slope_cut,
        "loss_slope": loss_slope,
        "difference_of_means": difference,
        "sum_of_signs_turned": lambda model, cell: -difference(model, cell),
        "tv": total_variation,
        "half_supremum": supremum(1 / 2),
        "eighth_of_supremum": supremum(1 / 8),
    },
    claims={
        "S4-12": [
            claims.Identity(
                "log_z_slope",
                "minus_model_mean",
                QUADRATURE,
                statement="The gradient of log Z_θ, by a complex step, is −E_θ of the energy's gradient",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "log_z_slope_cut",
                    "minus_model_mean",
                    QUADRATURE,
                    statement="The gradient of log Z_θ of a model cut at 1 is −E_θ ∇U_θ of the whole",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "log_z_slope", "plus_model_mean", QUADRATURE, statement="The gradient of log Z_θ is +E_θ ∇U_θ"
                )
            ),
        ],
        "S4-10": [
            claims.UpperBound(
                "tv",
                by="half_supremum",
                slack=KINK,
                statement="Two energies on an interval are at most ½ sup|U − U_θ| apart in total variation",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv",
                    by="eighth_of_supremum",
                    slack=KINK,
                    statement="Two energies on an interval are at most ⅛ sup|U − U_θ| apart in total variation",
                )
            ),
        ],
        "S0-07": [
            claims.Identity(
                "loss_slope",
                "difference_of_means",
                QUADRATURE,
                statement="The gradient of βE_data f_θ + log Z(θ, β) is β(E_data ∇f_θ − E_θ ∇f_θ)",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "loss_slope",
                    "sum_of_signs_turned",
                    QUADRATURE,
                    statement="The gradient of βE_data f_θ + log Z(θ, β) is β(E_θ ∇f_θ − E_data ∇f_θ)",
                )
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
