"""Targets: the law p (or π) to be sampled, with its score and its constants."""

from verify.targets import gallery
from verify.targets.gaussian import Gaussian
from verify.targets.target import Constants, Target

__all__ = ["Constants", "Gaussian", "Target", "gallery"]
