"""Least-squares scores are the minimisers: stationary under another rule, with the right moments, convergent."""

from __future__ import annotations

import array_api_strict as strict
import numpy as np
import pytest

import verify as vf
from verify import matching, samplers, scores
from verify.errors import InvalidInput, NoDensity
from verify.scores.l2_error import l2_error
from verify.scores.least_squares import LeastSquares
from verify.targets import Empirical, Gaussian, GaussianMixture, gallery

LINE = GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5))
PLANE = GaussianMixture((0.4, 0.6), [(-1.0, 0.5), (1.2, 0.0)], [[(0.5, 0.2), (0.2, 0.7)], [(0.9, -0.3), (-0.3, 0.4)]])
DATA = PLANE.sample(40, np.random.default_rng(2))
SHARES = np.arange(1.0, 41.0) / 820
RIDGE = 1e-3
MAKERS = {
    "linear": lambda ridge: scores.Linear(PLANE, DATA, weights=SHARES),
    "cosines": lambda ridge: scores.RandomFeatures(PLANE, DATA, weights=SHARES, count=12, width=0.8, ridge=ridge),
    "bumps": lambda ridge: scores.Radial(PLANE, DATA, weights=SHARES, centres=DATA[:9], width=0.8, ridge=ridge),
}


def stationarity(score: LeastSquares, t: float) -> np.ndarray:
    """E ψ(x̃)(s(x̃) + z/σ)^T + ρW, by Gauss–Hermite rules over z in place of the closed forms, (M + 1 + d, d)."""
    sigma = np.sqrt(-np.expm1(-2 * t))
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    z = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    share = np.outer(weights, weights).ravel() / (2 * np.pi)
    x = np.exp(-t) * DATA[:, None, :] + sigma * z
    fit, mean = score.fit(t)
    rest = score(x, t) + z / sigma
    design = np.concatenate([score.features(x), np.ones_like(x[..., :1]), x - mean], axis=-1)
    count = fit.shape[0] - 3
    penalty = score.ridge * fit * (np.arange(fit.shape[0]) < count)[:, None]
    return np.einsum("i,k,ikm,ikd->md", SHARES, share, design, rest) + penalty


@pytest.mark.parametrize("t", [0.1, 0.7])
@pytest.mark.parametrize("name", MAKERS)
def test_stationary_under_another_rule(name: str, t: float) -> None:
    """The gradient of the ridge denoising loss vanishes; at another ridge, or with the sign turned, it does not."""
    score = MAKERS[name](RIDGE)
    size = np.abs(score.fit(t)[0]).max()
    # 40 nodes are exact to rounding for features this smooth; the entries are sums of terms of the size of W and 1/σ
    assert np.abs(stationarity(score, t)).max() < 1e-11 * (1 + size)
    if name != "linear":
        other = MAKERS[name](2 * RIDGE)
        gap = stationarity(other, t) - other.ridge * np.where(np.arange(len(other.fit(t)[0])) < 9, 1, 0)[:, None] * (
            0.5 * other.fit(t)[0]
        )
        assert np.abs(gap).max() > 1e-6  # half of its penalty taken away: no optimum


@pytest.mark.parametrize("name", MAKERS)
def test_divergence_is_the_trace_of_the_jacobian(name: str) -> None:
    """Central differences of the running score, coordinate by coordinate."""
    score, x, h = MAKERS[name](RIDGE), PLANE.sample(6, np.random.default_rng(3)), 1e-5
    slopes = [(score(x + h * e, 0.2) - score(x - h * e, 0.2))[:, i] / (2 * h) for i, e in enumerate(np.eye(2))]
    np.testing.assert_allclose(score.divergence(x, 0.2), sum(slopes), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("t", [0.0, 0.3, 2.0])
def test_affine_fit_is_the_plug_in_score(t: float) -> None:
    """Normal equations without features against the diffused Gaussian with the data's moments; n − 1 is another."""
    x = PLANE.sample(7, np.random.default_rng(4))
    fit, plug = scores.Linear(PLANE, DATA), scores.PlugIn(PLANE, DATA)
    np.testing.assert_allclose(fit(x, t), plug(x, t), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(fit.divergence(x, t), plug.divergence(x, t), rtol=1e-11)
    if t < 1:
        assert np.abs(scores.PlugIn(PLANE, DATA, unbiased=True)(x, t) - fit(x, t)).max() > 1e-3


def test_population_fit_of_a_gaussian_is_exact() -> None:
    """Fitted by quadrature to N(m, v) the affine score is the score, and drives a sampler as the exact one does."""
    law = gallery.narrow()
    score = scores.Linear(law)
    assert score.error(0.4).value < 1e-12
    grid = vf.TimeGrid.uniform(horizon=4.0, steps=16)
    learned = samplers.ExponentialIntegrator(score, grid).run()
    exact = samplers.ExponentialIntegrator(scores.Exact(law), grid).run()
    assert vf.wasserstein2(learned, exact).value < 1e-10


def test_features_approach_the_score() -> None:
    """More bumps and cosines, smaller errors, by quadrature; a bias of the Gram matrix would stop them."""
    for kind in (
        lambda n: scores.Radial(LINE, centres=np.linspace(-4, 4, n), width=0.8, ridge=1e-10),
        lambda n: scores.RandomFeatures(LINE, count=2 * n, width=0.7, seed=1, ridge=1e-10),
    ):
        few, more = kind(5).error(0.3), kind(20).error(0.3)
        assert more.high < 0.25 * few.low
        assert more.high < 1e-2


def test_error_against_a_plain_sum() -> None:
    """error(t) is the root of E_{q_t}|s − ∇log q_t|²: a trapezoid rule, for scores fitted to data."""
    points = LINE.sample(60, np.random.default_rng(5))
    law = LINE.diffused(0.2)
    x = np.linspace(-9, 9, 20_001)[:, None]
    for score in (scores.Radial(LINE, points, centres=[-1.0, 0.0, 1.0]), scores.PlugIn(LINE, points)):
        gap = ((score(x, 0.2) - law.score(x)) ** 2)[:, 0] * np.exp(law.log_density(x))
        assert score.error(0.2).value == pytest.approx(np.sqrt(gap.sum() * 18 / 20_000), rel=1e-10)


def test_plug_in_error_in_closed_form() -> None:
    """tr((P̂ − P)Σ(P̂ − P)) + ‖P̂(m̂ − m)‖² against draws in the plane and quadrature on the line."""
    law = gallery.correlated()
    fit = scores.PlugIn(law, law.sample(30, np.random.default_rng(6)))
    drawn = l2_error(fit, 0.25)
    assert drawn.low <= fit.error(0.25).value <= drawn.high
    line = gallery.wide()
    other = scores.PlugIn(line, line.sample(10, np.random.default_rng(7)))
    assert other.error(0.25).value == pytest.approx(l2_error(other, 0.25).value, rel=1e-11)


@pytest.mark.parametrize("name", [*MAKERS, "plug-in"])
def test_times_namespaces_and_precision(name: str) -> None:
    """Arrays of times give what single times do; array_api_strict and float32 run."""
    score = scores.PlugIn(PLANE, DATA) if name == "plug-in" else MAKERS[name](RIDGE)
    x, times = PLANE.sample(3, np.random.default_rng(8)), np.array([[0.5], [0.1], [0.5]])
    one_by_one = np.stack([score(x[i], float(times[i, 0])) for i in range(3)])
    np.testing.assert_allclose(score(x, times), one_by_one, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(np.from_dlpack(score(strict.asarray(x), 0.5)), score(x, 0.5), rtol=1e-12, atol=1e-12)
    assert score(x.astype(np.float32), 0.5).dtype == np.float32


def test_atoms_and_far_data() -> None:
    """Atoms are their own population; data far from 0 lose no digits, for features are centred."""
    atoms = Empirical(np.array([-1.0, 0.5, 2.0]))
    by_points = scores.Linear(atoms, atoms.points)
    x = np.array([[0.3], [-2.0]])
    np.testing.assert_allclose(scores.Linear(atoms)(x, 0.2), by_points(x, 0.2), rtol=1e-13)
    far = Gaussian([1e4], [[0.25]])
    score = scores.Linear(far, far.sample(100, np.random.default_rng(9)))
    assert score.error(0.1).value < 2.0


def test_same_losses_same_optimum() -> None:
    """At the fit without ridge both losses are least: Hyvärinen's and the denoising one rise by the same amount."""
    kernel, t = matching.Kernel.preserving(0.4), 0.4
    field = matching.At(scores.Radial(LINE, centres=[-1.0, 1.0], ridge=0.0), t)
    noised = kernel.noised(LINE)
    for push in (1e-2, -1e-2):
        moved = matching.Formula(
            lambda x, push=push: field(x) + push * np.exp(-0.5 * (x - 1.0) ** 2),
            lambda x, push=push: field.divergence(x) - push * ((x - 1.0) * np.exp(-0.5 * (x - 1.0) ** 2))[..., 0],
        )
        rise = [
            matching.denoising(moved, LINE, kernel).value - matching.denoising(field, LINE, kernel).value,
            matching.hyvarinen(moved, noised).value - matching.hyvarinen(field, noised).value,
        ]
        # ½·push²·E φ² exactly, since the linear term vanishes at the optimum
        square = matching.average.expected(lambda x: np.exp(-((x - 1.0) ** 2))[:, 0], noised).value
        np.testing.assert_allclose(rise, 0.5 * push**2 * square, rtol=1e-7)


def test_bad_input() -> None:
    with pytest.raises(InvalidInput, match="a score is fitted to data; give `points`"):
        scores.Linear(PLANE)
    with pytest.raises(InvalidInput, match=r"`points` must have shape \(n, 2\)"):
        scores.Linear(PLANE, np.zeros((3, 1)))
    with pytest.raises(InvalidInput, match="`weights` belong to `points`"):
        scores.Linear(LINE, weights=np.ones(1))
    with pytest.raises(InvalidInput, match="`weights` must be 40 shares"):
        scores.Linear(PLANE, DATA, weights=np.ones(40))
    with pytest.raises(InvalidInput, match="`ridge` must be finite"):
        scores.RandomFeatures(LINE, ridge=-1.0)
    with pytest.raises(InvalidInput, match="`count` must be a whole number"):
        scores.RandomFeatures(LINE, count=0)
    with pytest.raises(InvalidInput, match="`width` must be finite and > 0"):
        scores.Radial(LINE, centres=[0.0], width=0.0)
    with pytest.raises(InvalidInput, match="must have diffused"):
        scores.PlugIn(vf.targets.Logistic(), np.zeros((3, 1)))
    with pytest.raises(InvalidInput, match="needs two points"):
        scores.PlugIn(LINE, np.zeros((1, 1)), unbiased=True)
    with pytest.raises(InvalidInput, match="singular; give a `ridge` > 0"):
        scores.Radial(LINE, np.zeros((1, 1)), centres=[0.0], ridge=0.0)(np.zeros((1, 1)), 0.0)
    with pytest.raises(InvalidInput, match="`t` must be finite and >= 0"):
        scores.Linear(LINE)(np.zeros((1, 1)), -1.0)
    with pytest.raises(NoDensity, match="singular Gaussian"):
        scores.PlugIn(LINE, np.zeros((1, 1)))(np.zeros((1, 1)), 0.0)
