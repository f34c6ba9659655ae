"""Matching: losses whose least value is at the score, the identities between them, and Tweedie's formula.

All carry the factor ½. On the line they are integrated; from draws, in any dimension, they have a normal interval.
"""

from verify.matching.denoising import denoising, denoising_constant, denoising_sampled
from verify.matching.explicit import explicit, explicit_sampled
from verify.matching.field import At, Field, Formula, Own
from verify.matching.hyvarinen import boundary, hyvarinen, hyvarinen_constant, hyvarinen_sampled
from verify.matching.kernel import Kernel
from verify.matching.multi_scale import multi_scale, multi_scale_sampled, per_level
from verify.matching.tweedie import posterior, posterior_mean, tweedie

__all__ = [
    "At",
    "Field",
    "Formula",
    "Kernel",
    "Own",
    "boundary",
    "denoising",
    "denoising_constant",
    "denoising_sampled",
    "explicit",
    "explicit_sampled",
    "hyvarinen",
    "hyvarinen_constant",
    "hyvarinen_sampled",
    "multi_scale",
    "multi_scale_sampled",
    "per_level",
    "posterior",
    "posterior_mean",
    "tweedie",
]
