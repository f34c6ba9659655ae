"""Targets: the law p (or π) to be sampled, with its score and its constants."""

from verify.targets import gallery
from verify.targets.beta import Beta
from verify.targets.convolved import convolved
from verify.targets.double_well import DoubleWell
from verify.targets.empirical import Empirical
from verify.targets.gamma import Gamma
from verify.targets.gaussian import Gaussian
from verify.targets.gaussian_mixture import GaussianMixture
from verify.targets.huber import Huber
from verify.targets.hyperbolic_secant import HyperbolicSecant
from verify.targets.laplace import Laplace
from verify.targets.line import Line
from verify.targets.log_cosh import LogCosh
from verify.targets.logistic import Logistic
from verify.targets.piecewise_quadratic import PiecewiseQuadratic
from verify.targets.product import Product
from verify.targets.quartic import Quartic
from verify.targets.separable import Separable
from verify.targets.student_t import StudentT
from verify.targets.target import Constants, Target

__all__ = [
    "Beta",
    "Constants",
    "DoubleWell",
    "Empirical",
    "Gamma",
    "Gaussian",
    "GaussianMixture",
    "Huber",
    "HyperbolicSecant",
    "Laplace",
    "Line",
    "LogCosh",
    "Logistic",
    "PiecewiseQuadratic",
    "Product",
    "Quartic",
    "Separable",
    "StudentT",
    "Target",
    "convolved",
    "gallery",
]
