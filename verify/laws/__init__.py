"""The forms a law can take: an exact Gaussian, a density on a grid of the line or plane, a product, a cloud."""

from verify.laws.cloud_moments import CloudMoments
from verify.laws.gaussian import Deviation, Gaussian, GaussianLike, same
from verify.laws.grid_density import GridDensity
from verify.laws.kernel_mixture import KernelMixture
from verify.laws.law import Law
from verify.laws.particles import Particles
from verify.laws.plane_density import PlaneDensity
from verify.laws.product_density import ProductDensity
from verify.laws.streamed_particles import StreamedParticles

__all__ = [
    "CloudMoments",
    "Deviation",
    "Gaussian",
    "GaussianLike",
    "GridDensity",
    "KernelMixture",
    "Law",
    "Particles",
    "PlaneDensity",
    "ProductDensity",
    "StreamedParticles",
    "same",
]
