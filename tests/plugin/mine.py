"""Samplers as a user writes them: Euler and Heun for the probability-flow ODE on Karras levels."""

from itertools import pairwise

import numpy as np

from verify.audit import Level, Span


def levels(n, low=0.01, high=20.0, rho=7.0):
    share = np.linspace(0, 1, n)
    return np.append((high ** (1 / rho) + share * (low ** (1 / rho) - high ** (1 / rho))) ** rho, 0.0)


def span(n):
    sigmas = levels(n)
    return Span(Level(1, sigmas[0]), prior=sigmas[0], jump=Level(1, sigmas[-2]))


def euler(model, x, noise, steps):
    sigmas = levels(steps)
    for a, b in pairwise(sigmas):
        x = x + (b - a) * (x - model.denoised(x, a)) / a
    return x


def heun(model, x, noise, steps):
    sigmas = levels(steps)
    for a, b in pairwise(sigmas):
        slope = (x - model.denoised(x, a)) / a
        y = x + (b - a) * slope
        x = y if b == 0 else x + (b - a) * (slope + (y - model.denoised(y, b)) / b) / 2
    return x


def jump(model, x, noise, steps):
    """The posterior mean at sigma = 2, whatever the number of steps."""
    return model.denoised(x, 2.0)


def clipped(model, x, noise, steps):
    return np.clip(euler(model, x, noise, steps), -1, 1)


euler.span = heun.span = span
euler.order, heun.order = 1, 2
jump.span = Span(Level(1, 2.0), prior=2.0, jump=Level(1, 2.0))
