"""Law: what no formula accepts is refused with one line: what, where, what to do; singular laws give no NaN."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, laws, samplers, scores, targets
from verify.errors import BoundcheckError, InvalidInput, NoDensity
from verify.processes import OrnsteinUhlenbeck

NAN, P, GRID = np.nan, cases.target(True), TimeGrid.uniform(1.0, 4)


@pytest.mark.parametrize("kind", [targets.Gaussian, laws.Gaussian])
@pytest.mark.parametrize(
    ("mean", "cov", "message"),
    [
        (np.zeros(2), np.eye(3), r"`cov` must have shape \(2, 2\) to match `mean`; got \(3, 3\)"),
        (np.zeros(2), np.ones(2), r"`cov` must have shape \(2, 2\) to match `mean`; got \(1, 2\)"),
        (np.zeros((2, 2)), np.eye(2), r"`mean` must be a finite vector; got shape \(2, 2\)"),
        (np.zeros(0), np.zeros((0, 0)), r"`mean` must be a finite vector; got shape \(0,\)"),
        ([0.0, NAN], np.eye(2), r"`mean` must be a finite vector.*nan at index \(1,\)"),
        (np.zeros(2), [[1.0, NAN], [NAN, 1.0]], r"`cov` must be finite with nan at index \(0, 1\)"),
        (np.zeros(2), [[np.inf, 0.0], [0.0, 1.0]], r"`cov` must be finite with inf at index \(0, 0\)"),
        (np.zeros(2), [[1.0, 0.2], [0.1, 1.0]], "`cov` must be symmetric; it differs from its transpose by 0.1"),
        (np.zeros(2), [[1.0, 2.0], [2.0, 1.0]], "`cov` must be positive semi-definite; its smallest eigenvalue is -1"),
        (np.zeros(2), np.diag([1.0, -1e-300]), "`cov` must be positive semi-definite"),
        ("ab", np.eye(2), "`mean` must be an array of real numbers; got str"),
        (np.zeros(2), [[1.0], [0.0, 1.0]], "`cov` must be an array of real numbers; got list"),
        (np.zeros(2), [[1j, 0], [0, 1]], "`cov` must be an array of real numbers"),
    ],
)
def test_gaussians(kind, mean, cov, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        kind(mean, cov)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: targets.Gaussian.from_spectrum(np.zeros(2), np.array([1.0, -1.0])), "`eigenvalues` must be >= 0"),
        (lambda: targets.Gaussian.from_spectrum(np.zeros(2), np.ones(2), np.ones((2, 2))), "orthogonal matrix"),
        (lambda: targets.Gaussian.from_spectrum(np.zeros(2), np.ones(2), np.eye(3)), "orthogonal matrix of 2"),
        (lambda: P.diffused(-0.1), "`t` must be finite and >= 0; got -0.1"),
        (lambda: P.diffused(NAN), "`t` must be finite and >= 0; got nan"),
        (lambda: targets.gallery.power_law(0), "`dim` and `condition` must be >= 1"),
        (lambda: targets.gallery.two_scales(2, 0.5), "`dim` and `condition` must be >= 1"),
        (lambda: scores.Shifted(P, -0.1), "`error` must be finite and >= 0"),
        (lambda: scores.Shifted(P, NAN), "`error` must be finite and >= 0"),
        (lambda: scores.Shifted(P, "small"), "`error` must be finite and >= 0"),
        (lambda: scores.Shifted(P, 0.1, direction=np.zeros(3)), "`direction` must be a non-zero finite vector"),
        (lambda: scores.Shifted(P, 0.1, direction=np.ones(2)), r"of shape \(3,\); got \(2,\)"),
        (lambda: scores.Shifted(P, lambda t: 0.5 - t).error(1.0), "`error` must be finite and >= 0 at every time"),
        (lambda: scores.Dilated(P, 0.1, sign=0), "`sign` must be 1 or -1"),
        (lambda: scores.Decaying(-1.0, 1.0), "`size` must be finite and >= 0"),
        (lambda: samplers.DDPM(scores.Exact(P), GRID, "gamma"), "`begin` must be 'standard' or 'marginal'; got 'gam"),
        (lambda: samplers.DDPM(scores.Exact(P), GRID).run(laws.Gaussian.standard(2)), "dimension 3, the law in 2"),
        (lambda: samplers.Perturbed(scores.Exact(P), GRID, drift=NAN), "must be finite"),
        (lambda: samplers.Perturbed(scores.Exact(P), GRID, lag=1.5), "`lag` must be <= 1"),
        (lambda: samplers.FlowHeun(scores.Exact(targets.gallery.flat(2)), GRID), "give the grid a `stop` > 0"),
    ],
)
def test_everything_else(make, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, BoundcheckError)
    assert caught.value.exit_code == 2


SINGULAR = {
    "axes": targets.Gaussian(np.array([1.0, -1.0, 0.5]), np.diag([0.0, 2.0, 0.0])),
    "turned": targets.Gaussian(np.array([1.0, -1.0, 0.5]), np.outer([1.0, 2.0, -1.0], [1.0, 2.0, -1.0])),
    "point": targets.Gaussian(np.array([1.0, -1.0]), np.zeros((2, 2))),
}


@pytest.mark.parametrize("p", SINGULAR.values(), ids=SINGULAR)
@pytest.mark.parametrize("name", cases.EXACT_LAW)
@pytest.mark.parametrize("stop", [0.0, 0.01])
def test_singular_covariances_give_no_nan(p, name, stop):
    """Warnings are errors here, so a division by zero or a NaN on the way does not pass either."""
    grid = TimeGrid.uniform(2.0, 16, stop=stop)
    if name == "FlowHeun" and stop == 0:
        with pytest.raises(InvalidInput, match="singular"):
            cases.build(name, cases.errors(p)["Exact"], grid)
        return
    for error in cases.errors(p).values():
        out = cases.build(name, error, grid).run()
        for array in (out.mean, out.cov, out.eigenvalues, out.deviation.mean_error, out.deviation.cov_error):
            assert np.isfinite(array).all()
        assert (out.eigenvalues >= 0).all()


def test_rank_is_found_exactly():
    p = SINGULAR["turned"]
    assert np.count_nonzero(p.eigenvalues) == 1
    assert p.constants.smoothness == np.inf
    assert np.isfinite(p.sample(5, np.random.default_rng(0))).all()
    assert OrnsteinUhlenbeck(p).kl(0.0) == np.inf


@pytest.mark.parametrize(
    "ask",
    [
        lambda p: p.log_density(p.mean),
        lambda p: p.score(p.mean),
        lambda p: scores.Exact(p)(p.mean, 0.0),
        lambda p: laws.Gaussian(p.mean, p.cov).log_density(p.mean),
        lambda p: samplers.Perturbed(scores.Exact(p), GRID, lag=1.0).run(),
    ],
)
@pytest.mark.parametrize("p", SINGULAR.values(), ids=SINGULAR)
def test_no_density_where_there_is_none(ask, p):
    with pytest.raises(NoDensity, match="singular"):
        ask(p)


def test_one_dimension_may_be_given_by_scalars():
    p = targets.Gaussian(0.5, 2.0)
    assert (p.dim, p.mean.shape, p.cov.shape) == (1, (1,), (1, 1))
