"""Published bounds as objects: one theorem a file."""

from verify.bounds import langevin
from verify.bounds.benton2024_explicit import Benton2024Explicit
from verify.bounds.bound import Assumption, Bound
from verify.bounds.chen2023_explicit import Chen2023Explicit, Chen2023ExplicitTV
from verify.bounds.chen2023_theorem2 import Chen2023Theorem2
from verify.bounds.conforti2025_explicit import Conforti2025Explicit
from verify.bounds.fisher_information import FisherConvolution, FisherInformation
from verify.bounds.movement import Movement
from verify.bounds.one_step import Chen2023OneStep
from verify.bounds.ou_contraction import OUContraction
from verify.bounds.ou_regularisation import OURegularisation
from verify.bounds.path_kl import PathKL
from verify.bounds.pinsker import Pinsker
from verify.bounds.score_perturbation import ScorePerturbation, ScorePerturbationExplicit, ScorePerturbationPrinted
from verify.bounds.second_moment import SecondMoment

__all__ = [
    "Assumption",
    "Benton2024Explicit",
    "Bound",
    "Chen2023Explicit",
    "Chen2023ExplicitTV",
    "Chen2023OneStep",
    "Chen2023Theorem2",
    "Conforti2025Explicit",
    "FisherConvolution",
    "FisherInformation",
    "Movement",
    "OUContraction",
    "OURegularisation",
    "PathKL",
    "Pinsker",
    "ScorePerturbation",
    "ScorePerturbationExplicit",
    "ScorePerturbationPrinted",
    "SecondMoment",
    "langevin",
]
