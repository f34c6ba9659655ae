"""Bad input gets one clear line: wrong kinds of objects are refused where they are handed over."""

from __future__ import annotations

import numpy as np
import pytest

from verify import TimeGrid, laws, samplers, scores, targets
from verify.errors import InvalidInput
from verify.targets import gallery

GRID = TimeGrid.uniform(1.0, 4)
SCORE = scores.Exact(gallery.narrow())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: scores.Exact("x"), "`target`"),
        (lambda: scores.Shifted(np.eye(2), 0.1), "`target`"),
        (lambda: samplers.ExponentialIntegrator(None, GRID), "`score`"),
        (lambda: samplers.DDIM(SCORE, 4), "`grid`"),
        (lambda: samplers.DDIM(SCORE, GRID).run("x"), "`law`"),
        (lambda: targets.Gaussian([0, 1j], np.eye(2)), "real numbers"),
        (lambda: laws.Particles([[1, 2.0]], seed=0), "`points`"),
        (lambda: laws.Particles.standard(1e3, 2, seed=0), "`n`"),
        (lambda: TimeGrid.uniform(1.0, step="a"), "`step`"),
        (lambda: TimeGrid.uniform(None, 3), "`horizon`"),
        (lambda: TimeGrid.uniform(1.0, 3, stop="a"), "`stop`"),
        (lambda: TimeGrid.uniform(1e300, step=1e-300), "`steps`"),
        (lambda: TimeGrid.benton(2.0, 1e-12, 0.1), "`steps`"),
        (lambda: TimeGrid.karras(80.0, 0.002, 10, rho=0.001), "`rho`"),
    ],
)
def test_refused_with_one_line(make, words):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_target_stands_for_its_law():
    sampler = samplers.ExponentialIntegrator(scores.Exact(gallery.correlated()), GRID)
    start = targets.Gaussian([0.3, -0.2], [[1.2, 0.1], [0.1, 0.7]])
    a, b = sampler.run(start), sampler.run(laws.Gaussian(start.mean, start.cov))
    np.testing.assert_array_equal(a.mean, b.mean)
    np.testing.assert_array_equal(a.cov, b.cov)
