"""Scores: an estimate s_t of ∇log q_t whose error in L²(q_t) is known by construction."""

from verify.scores.adversarial import Adversarial
from verify.scores.affine import AffineScore
from verify.scores.calibrated import Calibrated
from verify.scores.dilated import Dilated
from verify.scores.exact import Exact
from verify.scores.l2_error import l2_error
from verify.scores.linear import Linear
from verify.scores.mistaken import Mistaken
from verify.scores.network import Network
from verify.scores.plug_in import PlugIn
from verify.scores.profiles import Decaying
from verify.scores.radial import Radial
from verify.scores.random_features import RandomFeatures
from verify.scores.scaled import Scaled
from verify.scores.score import Score
from verify.scores.shifted import Shifted
from verify.scores.smoothed import Smoothed
from verify.scores.whitened import Whitened

__all__ = [
    "Adversarial",
    "AffineScore",
    "Calibrated",
    "Decaying",
    "Dilated",
    "Exact",
    "Linear",
    "Mistaken",
    "Network",
    "PlugIn",
    "Radial",
    "RandomFeatures",
    "Scaled",
    "Score",
    "Shifted",
    "Smoothed",
    "Whitened",
    "l2_error",
]
