"""Law: a Langevin kernel begun at its target has the bias that its closed form gives, and the order of that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from verify.adapters import Langevin
from verify.audit import Outcome, Source, audit, probe
from verify.backend import converter
from verify.errors import InvalidInput
from verify.targets import Gaussian, gallery

SKEWED = Gaussian.from_spectrum(
    np.array([1.0, -1.0, 0.5]),
    np.array([0.3, 0.8, 2.0]),
    np.linalg.qr(np.random.default_rng(8).standard_normal((3, 3)))[0],
)
DATA = (gallery.narrow(), gallery.correlated(), SKEWED)
STEPS = (80, 120, 180, 270)


def ula(gradient: Any, x: Any, h: float, noise: Source) -> Any:
    return x + h * gradient(x) + (2 * h) ** 0.5 * noise.normal()


def heun(gradient: Any, x: Any, h: float, noise: Source) -> Any:
    kick = (2 * h) ** 0.5 * noise.normal()
    first = gradient(x)
    return x + 0.5 * h * (first + gradient(x + h * first + kick)) + kick


def leimkuhler_matthews(gradient: Any, state: Any, h: float, noise: Source) -> Any:
    """Return x + h∇log p + √(h/2)(z + z') and z': the overdamped limit of BAOAB (Leimkuhler, Matthews, 2013)."""
    (x, before), after = state, noise.normal()
    return x + h * gradient(x) + (h / 2) ** 0.5 * (before + after), after


def matched(gradient: Any, x: Any, noise: Source) -> Any:
    return x, noise.normal()


def metropolis(gradient: Any, x: Any, h: float, noise: Source) -> Any:
    proposed = ula(gradient, x, h, noise)
    return np.where(noise.uniform() < 0.5, proposed, x)


FORMS = {  # gain and noise variance of a step in a direction of variance λ, a = h/λ
    ula: lambda h, a: (1 - a, 2 * h),
    heun: lambda h, a: (1 - a + 0.5 * a**2, 2 * h * (1 - 0.5 * a) ** 2),
}


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("steps", [40, 200])
def test_the_law_is_the_closed_form(kernel: Any, steps: int) -> None:
    h, lam, basis = 6.0 / steps, SKEWED.eigenvalues, SKEWED.eigenvectors
    gain, variance = FORMS[kernel](h, h / lam)
    powers = gain ** (2 * steps)
    wanted = powers * lam + variance * (1 - powers) / (1 - gain**2)
    out = probe(Langevin(kernel, 6.0), SKEWED, steps, converter("numpy", "float64"), repeat=False).law(SKEWED)
    np.testing.assert_allclose(out.mean, SKEWED.mean, atol=1e-12)
    np.testing.assert_allclose(basis.T @ out.cov @ basis, np.diag(wanted), atol=1e-12)


@pytest.mark.parametrize(("kernel", "order"), [(ula, 1.0), (heun, 2.0)])
def test_the_order_is_that_of_the_kernel(kernel: Any, order: float) -> None:
    assert audit(Langevin(kernel, order=order), DATA, STEPS).outcome is Outcome.CONVERGES
    assert audit(Langevin(kernel, order=order + 1), DATA, STEPS).outcome is Outcome.SLOWER


def with_memory(horizon: float) -> Langevin:
    return Langevin(leimkuhler_matthews, horizon, 2.0, init=matched, read=lambda state: state[0])


@pytest.mark.parametrize("steps", [10, 40])
def test_a_kernel_with_memory_forgets_an_independent_first_normal(steps: int) -> None:
    """Stationary at variance λ for every h; begun at cov(x, z) = 0 instead of √(h/2), δ_N = −h(1 − h/λ)^{2N−1}."""
    h, lam, basis = 2.0 / steps, SKEWED.eigenvalues, SKEWED.eigenvectors
    wanted = lam - h * (1 - h / lam) ** (2 * steps - 1)
    out = probe(with_memory(2.0), SKEWED, steps, converter("numpy", "float64"), repeat=False).law(SKEWED)
    np.testing.assert_allclose(basis.T @ out.cov @ basis, np.diag(wanted), atol=1e-12)


def test_the_horizon_decides_whether_its_order_is_seen() -> None:
    assert audit(with_memory(2.0), SKEWED, (40, 60, 90)).outcome is Outcome.SLOWER
    assert "at its rounding level" in audit(with_memory(40.0), SKEWED, (160, 200, 250)).reason


def test_too_little_noise_is_a_wrong_limit() -> None:
    def kernel(gradient: Any, x: Any, h: float, noise: Source) -> Any:
        return x + h * gradient(x) + h**0.5 * noise.normal()

    assert audit(Langevin(kernel), DATA, STEPS).outcome is Outcome.WRONG_LIMIT


def test_accept_reject_is_named_not_affine() -> None:
    found = audit(Langevin(metropolis), DATA, STEPS)
    assert found.outcome is Outcome.NOT_AFFINE
    assert "uniforms" in found.reason


@pytest.mark.parametrize("bad", [{"kernel": 1}, {"kernel": ula, "horizon": 0.0}, {"kernel": ula, "horizon": np.inf}])
def test_bad_arguments_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="Langevin must be"):
        Langevin(**bad)
