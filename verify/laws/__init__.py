"""The forms a law can take: an exact Gaussian, a cloud of particles."""

from verify.laws.gaussian import Deviation, Gaussian, GaussianLike, same
from verify.laws.law import Law
from verify.laws.particles import Particles

__all__ = ["Deviation", "Gaussian", "GaussianLike", "Law", "Particles", "same"]
