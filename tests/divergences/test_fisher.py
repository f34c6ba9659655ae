"""FI(p‖q) = E_p ‖∇log(p/q)‖²: by the scores, by quadrature, by de Bruijn's identity, and log-Sobolev."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given

import verify as vf
from tests.divergences.cases import A, B, close, pairs
from verify import laws
from verify.divergences import fisher_terms


def test_fisher_is_the_mean_square_of_the_score_difference() -> None:
    # Gauss–Hermite of degree 3 in each coordinate is exact for the quadratic integrand
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    z = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3)
    w = np.multiply.outer(np.multiply.outer(weights, weights), weights).ravel() / (2 * math.pi) ** 1.5
    x = A.mean + z @ np.linalg.cholesky(A.cov).T
    gap = (x - B.mean) @ np.linalg.inv(B.cov) - (x - A.mean) @ np.linalg.inv(A.cov)
    assert vf.fisher(A, B).value == close(float(w @ (gap**2).sum(axis=1)), rel=1e-12)


def test_de_bruijn() -> None:
    # along the heat flow dX = √2 dB: d/dt KL(p_t‖q_t) = −FI(p_t‖q_t); Richardson on central differences, O(h⁴)
    def kl(t: float) -> float:
        return vf.kl(*(laws.Gaussian(law.mean, law.cov + 2 * t * np.eye(3)) for law in (A, B))).value

    slopes = [(kl(-h) - kl(h)) / (2 * h) for h in (2e-3, 1e-3)]
    want = (4 * slopes[1] - slopes[0]) / 3
    assert vf.fisher(A, B).value == close(want, rel=1e-8)


@given(pairs())
def test_log_sobolev(pair: tuple[laws.Gaussian, laws.Gaussian]) -> None:
    p, q = pair
    assert vf.kl(p, q).low <= 0.5 * q.eigenvalues.max() * vf.fisher(p, q).high * (1 + 1e-12)


@given(pairs())
def test_rotation_leaves_it_and_dilation_scales_it(pair: tuple[laws.Gaussian, laws.Gaussian]) -> None:
    double = [laws.Gaussian(2 * law.mean, 4 * law.cov) for law in pair]  # exact in floats
    assert vf.fisher(*double).value == close(vf.fisher(*pair).value / 4, rel=1e-9)


def test_tracked_small_deviations_both_ways() -> None:
    target, zero = vf.targets.Gaussian(A.mean, A.cov), np.zeros(3)
    shift, change = 1e-9 * np.array([1.0, 2, -1]), 1e-9 * np.array([-0.5, 1, 0.2])
    near = laws.Gaussian.deviating(laws.Deviation(target, shift, change, zero, zero))
    lam = target.eigenvalues
    forward = fisher_terms(lam, shift, change).sum()
    backward = ((change / lam) ** 2 / (lam + change) + (shift / lam) ** 2).sum()
    assert vf.fisher(target, near).value == close(forward, rel=1e-14)
    assert vf.fisher(near, target).value == close(backward, rel=1e-14)
    assert forward != close(backward, rel=1e-10)


def test_singular_laws_and_atoms() -> None:
    line = laws.Gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]])
    assert vf.fisher(line, laws.Gaussian.standard(2)).value == math.inf
    assert vf.fisher(laws.Gaussian.standard(2), line).value == math.inf
    assert vf.fisher(line, line).value == 0.0
    found = vf.fisher(laws.Particles.standard(20, 3, seed=1), A)
    assert found.value == math.inf
    assert "atoms against a density" in found.method
