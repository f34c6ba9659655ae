"""Forward processes: how data turn into noise, with every moment and divergence along the way."""

from verify.processes.ornstein_uhlenbeck import OrnsteinUhlenbeck

__all__ = ["OrnsteinUhlenbeck"]
