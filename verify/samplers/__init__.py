"""Samplers: one pure step each, written from the paper's formula."""

from verify.samplers.adjusted import Adjusted
from verify.samplers.annealed_ula import AnnealedULA
from verify.samplers.baoab import BAOAB
from verify.samplers.ddim import DDIM
from verify.samplers.ddpm import DDPM
from verify.samplers.ddpm_posterior import DDPMPosterior
from verify.samplers.decaying_sgd import DecayingSGD
from verify.samplers.euler_maruyama import EulerMaruyama
from verify.samplers.exact_langevin import ExactLangevin
from verify.samplers.exponential_integrator import ExponentialIntegrator
from verify.samplers.flow_euler import FlowEuler
from verify.samplers.flow_exponential import FlowExponential
from verify.samplers.flow_heun import FlowHeun
from verify.samplers.gradient_descent import GradientDescent
from verify.samplers.kinetic import KineticSampler
from verify.samplers.kinetic_exponential_euler import KineticExponentialEuler
from verify.samplers.langevin import LangevinSampler
from verify.samplers.mala import MALA
from verify.samplers.metropolis import Metropolis
from verify.samplers.minimiser import Minimiser
from verify.samplers.mirror import MirrorLangevin
from verify.samplers.mirror_map import MirrorMap
from verify.samplers.myula import MYULA
from verify.samplers.noising import Noising
from verify.samplers.obabo import OBABO
from verify.samplers.optimal_ancestral import OptimalAncestral
from verify.samplers.perturbed import Perturbed
from verify.samplers.preconditioned_langevin import PreconditionedLangevin
from verify.samplers.primal_dual import PrimalDualLangevin
from verify.samplers.proximal_langevin import ProximalLangevin
from verify.samplers.proximal_sampler import ProximalSampler
from verify.samplers.random_walk_metropolis import RandomWalkMetropolis
from verify.samplers.randomised_midpoint import RandomisedMidpoint
from verify.samplers.relative_integrator import RelativeIntegrator
from verify.samplers.reverse import ReverseSampler
from verify.samplers.riemannian import DiagonalMetric, RiemannianLangevin
from verify.samplers.sampler import Sampler
from verify.samplers.sgd import SGD
from verify.samplers.sgld import SGLD
from verify.samplers.tamed_ula import TamedULA
from verify.samplers.ubu import UBU
from verify.samplers.ula import ULA

__all__ = [
    "BAOAB",
    "DDIM",
    "DDPM",
    "MALA",
    "MYULA",
    "OBABO",
    "SGD",
    "SGLD",
    "UBU",
    "ULA",
    "Adjusted",
    "AnnealedULA",
    "DDPMPosterior",
    "DecayingSGD",
    "DiagonalMetric",
    "EulerMaruyama",
    "ExactLangevin",
    "ExponentialIntegrator",
    "FlowEuler",
    "FlowExponential",
    "FlowHeun",
    "GradientDescent",
    "KineticExponentialEuler",
    "KineticSampler",
    "LangevinSampler",
    "Metropolis",
    "Minimiser",
    "MirrorLangevin",
    "MirrorMap",
    "Noising",
    "OptimalAncestral",
    "Perturbed",
    "PreconditionedLangevin",
    "PrimalDualLangevin",
    "ProximalLangevin",
    "ProximalSampler",
    "RandomWalkMetropolis",
    "RandomisedMidpoint",
    "RelativeIntegrator",
    "ReverseSampler",
    "RiemannianLangevin",
    "Sampler",
    "TamedULA",
]
