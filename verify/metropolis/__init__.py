"""Metropolis chains on Gaussian targets in closed form: stationary acceptance, expected squared jump, scaling."""

from verify.metropolis.acceptance import (
    acceptance,
    acceptance_ceiling,
    acceptance_floor,
    rejection,
    squared_jump,
)
from verify.metropolis.isotropic import isotropic_acceptance, isotropic_squared_jump
from verify.metropolis.optimum import Optimum, optimum
from verify.metropolis.proposal import Proposal
from verify.metropolis.scaling import ScalingLimit, mala_limit, random_walk_limit

__all__ = [
    "Optimum",
    "Proposal",
    "ScalingLimit",
    "acceptance",
    "acceptance_ceiling",
    "acceptance_floor",
    "isotropic_acceptance",
    "isotropic_squared_jump",
    "mala_limit",
    "optimum",
    "random_walk_limit",
    "rejection",
    "squared_jump",
]
