"""Law: kernels of blackjax, run as they are with their normals captured, have the laws that their formulas give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from verify.adapters import Langevin, jax_captured
from verify.audit import Model, Outcome, Source, audit, probe
from verify.backend import converter
from verify.errors import NotAffine
from verify.targets import gallery

jax = pytest.importorskip("jax", reason="needs JAX")
DATA = gallery.correlated()


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def ula_law(steps: int, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variances in the eigenbasis of ULA begun at the target: g = 1 − h/λ, v' = g²v + 2h."""
    h, lam = horizon / steps, DATA.eigenvalues
    powers = (1 - h / lam) ** (2 * steps)
    return DATA.mean, powers * lam + 2 * h * (1 - powers) / (1 - (1 - h / lam) ** 2)


def overdamped() -> Langevin:
    """Return the integrator behind blackjax.mala, without its accept-reject decision."""
    diffusions = pytest.importorskip("blackjax.mcmc.diffusions", reason="needs blackjax")
    key = jax.random.key(0)

    def kernel(gradient: Any, state: Any, step_size: float, noise: Source) -> Any:
        one_step = diffusions.overdamped_langevin(lambda x: (0.0, gradient(x)))
        return one_step(key, state, step_size)

    return Langevin(
        kernel,
        order=1,
        init=lambda gradient, x, noise: diffusions.DiffusionState(x, 0.0, gradient(x)),
        read=lambda state: state.position,
        around=jax_captured,
        array="jax",
        name="blackjax overdamped Langevin",
    )


@pytest.mark.parametrize("steps", [20, 50])
def test_overdamped_langevin_of_blackjax_has_the_law_of_ula(steps: int) -> None:
    out = probe(overdamped(), DATA, steps, converter("jax", "float64")).law(DATA)
    mean, variances = ula_law(steps, 8.0)
    np.testing.assert_allclose(out.mean, mean, atol=1e-12)
    basis = DATA.eigenvectors
    np.testing.assert_allclose(basis.T @ out.cov @ basis, np.diag(variances), atol=1e-12)


def test_its_order_is_one_not_two() -> None:
    steps = (32, 48, 72)
    assert audit(overdamped(), DATA, steps).outcome is Outcome.CONVERGES
    assert audit(overdamped(), DATA, steps, order=2.0).outcome is Outcome.SLOWER


def test_sgld_of_blackjax_has_the_law_of_ula() -> None:
    blackjax = pytest.importorskip("blackjax", reason="needs blackjax")
    key = jax.random.key(0)

    def kernel(gradient: Any, x: Any, step_size: float, noise: Source) -> Any:
        return blackjax.sgld(lambda position, _: gradient(position)).step(key, x, None, step_size)

    sampler = Langevin(kernel, around=jax_captured, array="jax")
    out = probe(sampler, DATA, 20, converter("jax", "float64")).law(DATA)
    basis = DATA.eigenvectors
    np.testing.assert_allclose(np.diag(basis.T @ out.cov @ basis), ula_law(20, 8.0)[1], atol=1e-12)


def test_mala_of_blackjax_is_named_not_affine() -> None:
    blackjax = pytest.importorskip("blackjax", reason="needs blackjax")
    precision = np.linalg.inv(DATA.cov)

    def log_density(x: Any) -> Any:
        off = x - DATA.mean
        return -0.5 * ((off @ precision) * off).sum()

    def kernel(gradient: Any, state: Any, step_size: float, noise: Source) -> Any:
        return blackjax.mala(log_density, step_size).step(jax.random.key(0), state)[0]

    sampler = Langevin(
        kernel,
        init=lambda gradient, x, noise: blackjax.mala(log_density, 1.0).init(x),
        read=lambda state: state.position,
        around=jax_captured,
        array="jax",
    )
    found = audit(sampler, DATA, (20, 40))
    assert found.outcome is Outcome.NOT_AFFINE
    assert "jax.random." in found.reason


def test_without_a_capture_the_randomness_is_hidden() -> None:
    def kernel(gradient: Any, x: Any, step_size: float, noise: Source) -> Any:
        return x + step_size * gradient(x) + (2 * step_size) ** 0.5 * jax.random.normal(jax.random.key(0), x.shape)

    found = audit(Langevin(kernel, array="jax"), DATA, (20, 40))
    assert found.outcome is Outcome.HIDDEN_INPUT


def test_all_is_as_before_when_the_block_is_left() -> None:
    before = dict(vars(jax.random))
    start = jax.numpy.zeros((3, 2))
    with jax_captured(Source(start)):
        assert float(abs(jax.random.normal(jax.random.key(0), (6,))).max()) == 0
        with pytest.raises(NotAffine, match=r"jax\.random\.gamma"):
            jax.random.gamma(jax.random.key(0), 1.0, (3, 2))
    assert dict(vars(jax.random)) == before


def test_a_draw_of_another_size_is_refused() -> None:
    def kernel(gradient: Any, x: Any, step_size: float, noise: Source) -> Any:
        return x + jax.random.normal(jax.random.key(0), (1, 2))

    with pytest.raises(ValueError, match=r"draws noise of shape \(1, 2\)"):
        Langevin(kernel, around=jax_captured, array="jax")(Model(DATA), *_zeros(), 2)


def _zeros() -> tuple[Any, Source]:
    start = jax.numpy.zeros((3, 2))
    return start, Source(start)
