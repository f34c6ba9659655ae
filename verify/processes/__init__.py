"""Processes in continuous time: forward processes of diffusion models and Langevin diffusions, with what is exact."""

from verify.processes.eyring_kramers import eyring_kramers
from verify.processes.langevin import LangevinDiffusion
from verify.processes.line_semigroup import LineSemigroup
from verify.processes.mixture_diffusion import MixtureDiffusion
from verify.processes.muckenhoupt import muckenhoupt
from verify.processes.ornstein_uhlenbeck import OrnsteinUhlenbeck
from verify.processes.potential import Mixture, Polynomial
from verify.processes.spectral_gap import highest_barrier, spectral_gap

__all__ = [
    "LangevinDiffusion",
    "LineSemigroup",
    "Mixture",
    "MixtureDiffusion",
    "OrnsteinUhlenbeck",
    "Polynomial",
    "eyring_kramers",
    "highest_barrier",
    "muckenhoupt",
    "spectral_gap",
]
