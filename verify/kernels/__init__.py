"""Fused kernels for a GPU: whole trajectories in registers, with a NumPy reference of their random streams."""

from verify.kernels.fused import Affine, Mixture, Polynomial, run
from verify.kernels.philox import CounterStream, normals, philox

__all__ = ["Affine", "CounterStream", "Mixture", "Polynomial", "normals", "philox", "run"]
