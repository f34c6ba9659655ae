"""Scores: an estimate s_t of ∇log q_t whose error in L²(q_t) is known by construction."""

from verify.scores.affine import AffineScore
from verify.scores.dilated import Dilated
from verify.scores.exact import Exact
from verify.scores.profiles import Decaying
from verify.scores.scaled import Scaled
from verify.scores.score import Score
from verify.scores.shifted import Shifted
from verify.scores.whitened import Whitened

__all__ = ["AffineScore", "Decaying", "Dilated", "Exact", "Scaled", "Score", "Shifted", "Whitened"]
