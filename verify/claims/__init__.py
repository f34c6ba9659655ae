"""Claims: pure functions of a table that say holds, violated or inconclusive; one kind a file."""

from verify.claims.claim import Claim
from verify.claims.identity import Identity
from verify.claims.implied_constant import ImpliedConstant
from verify.claims.negative_control import NegativeControl
from verify.claims.rate import Rate
from verify.claims.upper_bound import UpperBound

__all__ = ["Claim", "Identity", "ImpliedConstant", "NegativeControl", "Rate", "UpperBound"]
