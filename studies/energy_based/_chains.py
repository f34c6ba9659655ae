"""One Langevin step on p_θ = N(0, 1/θ) as it acts on second moments, read off the running step."""

import numpy as np

from verify.noise import Impulse
from verify.targets import Gaussian

ONE, ZERO = np.ones((1, 1)), np.zeros((1, 1))


def kernel(sampler, theta, step):
    """Return (g², σ²) of X' = gX + σξ: E X'² = g² E X² + σ²."""
    chain = sampler(Gaussian(np.zeros(1), np.array([[1 / theta]])), step, 1)
    gain = float(chain.step(0, ONE, Impulse(ONE))[0, 0])
    scale = float(chain.step(0, ZERO, Impulse(ZERO, ONE))[0, 0])
    return gain**2, scale**2


def after(sampler, theta, step, count, moment):
    """Return E X_k² after `count` steps from a law with second moment `moment`."""
    square, noise = kernel(sampler, theta, step)
    for _ in range(count):
        moment = square * moment + noise
    return moment
