"""Audits of other people's samplers: exact law, order and floors of anything that an exact Gaussian model can drive."""

from verify.audit.audit import STEPS, Audit, audit, default_targets
from verify.audit.cross_check import CrossCheck, cross_check
from verify.audit.floors import Floor
from verify.audit.level import DATA, Level, Span
from verify.audit.mixture import Mixture
from verify.audit.model import Model
from verify.audit.outcome import Outcome
from verify.audit.probe import AffineMap, probe
from verify.audit.source import Source

__all__ = [
    "DATA",
    "STEPS",
    "AffineMap",
    "Audit",
    "CrossCheck",
    "Floor",
    "Level",
    "Mixture",
    "Model",
    "Outcome",
    "Source",
    "Span",
    "audit",
    "cross_check",
    "default_targets",
    "probe",
]
