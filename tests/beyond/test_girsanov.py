"""dLaw(Y)/dLaw(X) = exp(∫u dB − ½∫u²) along X: the studies of Girsanov's theorem hold, and refute sign and factor."""

from __future__ import annotations

from functools import cache
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from verify.claims import NegativeControl
from verify.finding import Verdict
from verify.study import Result, Study


@cache
def result(name: str) -> Result:
    with TemporaryDirectory() as folder:
        return Study.load(f"studies/girsanov/{name}.py").run("smoke", folder, progress=False)


@pytest.mark.parametrize("name", ["sign", "novikov", "factor"])
def test_every_claim_holds_and_every_control_is_refuted(name: str) -> None:
    found = result(name).findings
    assert [f.claim.statement for f in found if f.finding.verdict != Verdict.HOLDS] == []
    assert sum(isinstance(f.claim, NegativeControl) for f in found) >= 2


def test_planted_sign_moves_the_mean_to_the_other_side() -> None:
    """X starts at −0.4; the wells pull Y to the right of that, the wrong sign pushes it to the left."""
    table = result("sign").table
    right, wrong = table["weighted_mean"] + 0.4, table["printed_mean"] + 0.4
    assert (right > 0).all() and (wrong < 0).all()
    np.testing.assert_allclose(table["printed_one"], 1.0, atol=1e-10)  # normalisation does not show it


def test_planted_factor_is_below_the_true_kl() -> None:
    """With the score of another law the true KL is above three quarters of the path KL at the finest step."""
    last = result("factor").table.iloc[-1]
    assert last["half"] < last["three_quarters"] < last["kl"] < last["bound"]
