"""Samplers: one pure step each, written from the paper's formula."""

from verify.samplers.ddim import DDIM
from verify.samplers.ddpm import DDPM
from verify.samplers.ddpm_posterior import DDPMPosterior
from verify.samplers.euler_maruyama import EulerMaruyama
from verify.samplers.exponential_integrator import ExponentialIntegrator
from verify.samplers.flow_euler import FlowEuler
from verify.samplers.flow_exponential import FlowExponential
from verify.samplers.flow_heun import FlowHeun
from verify.samplers.langevin import LangevinSampler
from verify.samplers.optimal_ancestral import OptimalAncestral
from verify.samplers.perturbed import Perturbed
from verify.samplers.relative_integrator import RelativeIntegrator
from verify.samplers.reverse import ReverseSampler
from verify.samplers.sampler import Sampler
from verify.samplers.ula import ULA

__all__ = [
    "DDIM",
    "DDPM",
    "ULA",
    "DDPMPosterior",
    "EulerMaruyama",
    "ExponentialIntegrator",
    "FlowEuler",
    "FlowExponential",
    "FlowHeun",
    "LangevinSampler",
    "OptimalAncestral",
    "Perturbed",
    "RelativeIntegrator",
    "ReverseSampler",
    "Sampler",
]
